package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// Rehearsal is what a sign-in would come to.
type Rehearsal struct {
	Decision Decision
	Identity drivers.Identity // groups already mapped
	Account  Account          // as it would be; zero when the person may not enter
	Known    bool             // the account exists
	// Token is the access token that would be issued, but for its expiry, which
	// has passed: it can be read and not be used. "" when the person may not
	// enter.
	Token string
}

// Rehearse says what a sign-in with an identity would come to, and changes
// nothing: no account, no session, no record. It is for an operator who tries
// a provider. Codes: CodeNoProvider, CodeUnavailable.
func (b *Broker) Rehearse(ctx context.Context, provider string, id drivers.Identity) (Rehearsal, error) {
	p := b.door.Load().byName[provider]
	if p == nil {
		return Rehearsal{}, Fail(CodeNoProvider, "")
	}
	e := entry{provider: p, identity: id, mode: sessions.ModeJSON, amr: append([]string{}, id.AMR...)}
	e.identity.Groups = mapGroups(p.Provider, id.Groups)
	ev, _, err := b.evidence(ctx, e)
	if err != nil {
		return Rehearsal{}, err
	}
	r := Rehearsal{Decision: Decide(ev), Identity: e.identity}
	switch r.Decision.Act {
	case Enter:
		r.Account, r.Known = follow(*ev.Account, p.Provider, e.identity), true
	case Join:
		r.Account, r.Known = follow(*ev.Namesake, p.Provider, e.identity), true
	case Signup:
		r.Account = newAccount(p.Provider, e.identity)
		r.Account.ID = "00000000-0000-0000-0000-000000000000"
	default:
		return r, nil
	}
	r.Token, err = b.expired(e, r.Account)
	return r, err
}

// expired signs the access token of a session that was never begun.
func (b *Broker) expired(e entry, a Account) (string, error) {
	s, err := b.session(e, a)
	if err != nil {
		return "", err
	}
	c := b.claims(s, a)
	c.IssuedAt = b.Now().Add(-time.Minute)
	c.ExpiresAt = c.IssuedAt.Add(time.Second)
	signed, err := b.Ring.Sign(c)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed, nil
}
