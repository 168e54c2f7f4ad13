package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// AskConfirmation implements what ethics asks.
func (b *Broker) AskConfirmation(_ context.Context, r broker.ConfirmationRequest) error {
	return b.note(r)
}

// ConfirmsAtOnce implements what ethics asks: never.
func (b *Broker) ConfirmsAtOnce(string) (atOnce, keyed bool) { return false, false }

// Named implements what ethics asks: nobody is known.
func (b *Broker) Named(context.Context, string) (broker.Account, error) {
	return broker.Account{}, broker.ErrNoAccount
}

// NumberOf implements what authserver asks: nobody has a number.
func (b *Broker) NumberOf(context.Context, string) (int64, error) {
	return 0, broker.ErrNoAccount
}

// Numbered implements what authserver asks: nobody is listed.
func (b *Broker) Numbered(context.Context, int64, int) ([]broker.Numbered, error) { return nil, nil }
