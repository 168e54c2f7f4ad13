package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// Service is the only service of a [Broker], and ServiceSecret its secret.
const (
	Service       = "api"
	ServiceSecret = "plum+jacket/river="
)

// Introspect implements introspection.Broker.
func (b *Broker) Introspect(ctx context.Context, q broker.Inquiry) (broker.Introspection, error) {
	if err := b.proven(q); err != nil {
		return broker.Introspection{}, err
	}
	c, err := b.Whoami(ctx, q.Token)
	switch broker.CodeOf(err) {
	case broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return broker.Introspection{}, nil
	}
	return broker.Introspection{Active: err == nil, Claims: c, Username: c.PreferredUsername}, err
}

// Revoke implements introspection.Broker.
func (b *Broker) Revoke(ctx context.Context, q broker.Inquiry) error {
	if err := b.proven(q); err != nil {
		return err
	}
	if _, _, err := b.refresh.Parse(q.Token); err == nil {
		return b.Leave(ctx, broker.Farewell{Refresh: q.Token})
	}
	return b.Leave(ctx, broker.Farewell{Session: q.Token})
}

func (b *Broker) proven(q broker.Inquiry) error {
	for _, s := range q.Secrets {
		if q.ID == Service && s == ServiceSecret {
			return nil
		}
	}
	return broker.Fail(broker.CodeCredentials, "")
}
