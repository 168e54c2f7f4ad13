package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// Entrance implements what the interface of Papermerge asks. No provider here
// takes codes.
func (b *Broker) Entrance(context.Context, string) (broker.Entrance, error) {
	return broker.Entrance{}, broker.Fail(broker.CodeNoProvider, "")
}

// TakeCode implements what the interface of Papermerge asks.
func (b *Broker) TakeCode(context.Context, broker.Carried) (broker.Login, error) {
	return broker.Login{}, broker.Fail(broker.CodeNoProvider, "")
}
