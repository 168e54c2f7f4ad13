package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// HouseRules implements what pages ask.
func (b *Broker) HouseRules() broker.HouseRules {
	return broker.HouseRules{MinPassword: 15, Confirm: true}
}

// PassSecond implements what pages ask. Nothing ever waits here.
func (b *Broker) PassSecond(context.Context, broker.SecondStep) (broker.Landing, error) {
	err := b.enter()
	defer b.mu.Unlock()
	if err == nil {
		err = sessions.ErrNotFound
	}
	return broker.Landing{}, err
}

// ProposeSecond implements what pages ask.
func (b *Broker) ProposeSecond(ctx context.Context, s broker.SecondStep) (broker.Enrolment, error) {
	_, err := b.PassSecond(ctx, s)
	return broker.Enrolment{}, err
}

// ConfirmSecond implements what pages ask.
func (b *Broker) ConfirmSecond(ctx context.Context, s broker.SecondStep) (broker.Landing, []string, error) {
	l, err := b.PassSecond(ctx, s)
	return l, nil, err
}
