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
