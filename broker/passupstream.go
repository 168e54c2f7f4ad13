package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

const (
	// upstreamWithin bounds the question to a provider about one token.
	upstreamWithin = 3 * time.Second
	// upstreamDown is how long a token is refused unasked whose provider could
	// not answer.
	upstreamDown = 2 * time.Second
	// upstreamCalls is how many tokens of one provider may be looked into at
	// once. One more is refused: a stranger can make up as many as he likes.
	upstreamCalls = 16
	// upstreamTries is how often an account is read again that changes while it
	// is read.
	upstreamTries = 3
)

// issuerOf returns the provider that could have made a token; nil for none.
func (b *Broker) issuerOf(raw string, d *door) *provider {
	for _, p := range d.Providers {
		if r := p.Driver.Bearer; r != nil && !p.Disabled && r.Issued(raw) {
			return d.byName[p.Name]
		}
	}
	return nil
}

// findUpstream has a provider say whose a token is, and remembers the answer for
// as long as the operator allows. A provider that cannot answer is no fault of
// ours: the token is refused.
func (b *Broker) findUpstream(ctx context.Context, raw string, s *seen, p *provider) (*seen, error) {
	select {
	case p.bearers <- struct{}{}:
		defer func() { <-p.bearers }()
	default:
		return nil, &Error{Code: CodeTokenInvalid, Err: fmt.Errorf("%s: too many questions about tokens", p.Name)}
	}
	asking, cancel := context.WithTimeout(ctx, upstreamWithin)
	defer cancel()
	answer, err := p.Driver.Bearer.ReadBearer(asking, raw)
	p.note(err, b.Now())
	now := b.Now()
	s.until, s.stamp = now.Add(p.Bearer), b.feed.stamp("", "")
	if err != nil {
		s.inactive = errors.Is(err, drivers.ErrCredentials)
		if errors.Is(err, drivers.ErrUnavailable) || asking.Err() != nil {
			s.until = now.Add(upstreamDown)
			b.Audit.Record(ctx, Event{Name: EventProviderDown, Provider: p.Name, Reason: "bearer", Err: err})
		}
		b.passes.keep(s)
		return s, nil
	}
	s.until = earliest(s.until, answer.Expires)
	e := entry{provider: p, identity: answer.Identity, amr: answer.Identity.AMR}
	if err := b.passUpstream(ctx, s, e); err != nil {
		return nil, err
	}
	return s, nil
}

// passUpstream gives a proven identity a pass. Its account may change while it
// is read: then it is read again, and in the end not remembered.
func (b *Broker) passUpstream(ctx context.Context, s *seen, e entry) error {
	for range upstreamTries {
		before := b.feed.total.Load()
		s.pass, s.accountID = nil, ""
		e := e
		a, _, err := b.identify(ctx, &e)
		if err == nil && b.secondMissing(e, a) {
			b.audit(ctx, e, Event{Name: EventLoginDenied, Reason: "second_factor_missing", AccountID: a.ID})
			err = Fail(CodeCredentials, "")
		}
		if err != nil && CodeOf(err) != CodeCredentials {
			return err
		}
		if err == nil {
			s.accountID = a.ID
			now := b.claims(sessions.Session{Provider: e.provider.Realm(), AMR: e.amr}, a)
			s.pass = &Pass{Claims: now, Email: b.address(a), issued: b.Now(), expires: s.until}
		}
		s.stamp = b.feed.stamp(s.sessionID, s.accountID)
		if b.feed.total.Load() == before {
			b.passes.keep(s)
			break
		}
	}
	return nil
}

// secondMissing reports a person who would have been asked for a second factor
// when signing in: a token cannot show one, unless its provider has.
func (b *Broker) secondMissing(e entry, a Account) bool {
	switch {
	case e.provider.MFA == MFAOff, b.vouchedTwice(e):
		return false
	}
	return a.SecondFactor || e.provider.MFA == MFARequired
}
