package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// Guard implements guard.Broker: what is presented has to be good, and of one
// account.
func (b *Broker) Guard(ctx context.Context, p broker.Presented) (broker.Passage, error) {
	var out broker.Passage
	for _, raw := range []string{p.Session, p.Bearer} {
		if raw == "" {
			continue
		}
		c, err := b.Whoami(ctx, raw)
		if err != nil {
			return broker.Passage{}, err
		}
		if out.Pass != nil && out.Claims.AccountID != c.AccountID {
			return broker.Passage{}, broker.Fail(broker.CodeTokenInvalid, "")
		}
		out.Pass = &broker.Pass{Claims: c, Email: c.Email}
	}
	if out.Pass == nil {
		return out, broker.Fail(broker.CodeTokenMissing, "")
	}
	return out, nil
}

// Forward implements guard.Broker.
func (b *Broker) Forward(*broker.Pass) (string, error) { return "fresh", nil }
