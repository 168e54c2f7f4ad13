package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// Pass is somebody whom the guard knows. It is shared by all requests with the
// same token and must not be changed.
type Pass struct {
	// Claims are what a token made now would say, whatever the one says that was
	// presented. Of a provider's token they have no SessionID.
	Claims token.Claims
	// Email is the address that an application may know the person by: one that
	// is confirmed, or that the operator or their directory gave. "" for none.
	Email string

	session   sessions.Session
	issued    time.Time
	expires   time.Time
	forwarded forwarded
}

// Presented is what a request carries. Both may be empty.
type Presented struct {
	Session string // access token from the session cookie
	Bearer  string // access token from the Authorization field
	Client  Client
}

// Passage is a request that may pass, as far as the person is concerned.
type Passage struct {
	*Pass
	// Renewed is a new login for the session cookie, nil for none.
	Renewed *Login
}

// Guard says whose request this is. What is presented twice has to be of one
// person, and all of it good: what an application looks at may be either.
//
// The first request with a token costs one statement; further ones none, until
// its session or account changes or [Broker.Follow] has heard nothing for a
// second: then each costs two. Codes: CodeTokenMissing, CodeTokenInvalid,
// CodeTokenExpired, CodeUnavailable.
func (b *Broker) Guard(ctx context.Context, p Presented) (Passage, error) {
	if p.Session == "" && p.Bearer == "" {
		return Passage{}, Fail(CodeTokenMissing, "")
	}
	var byCookie, byHeader *seen
	var err error
	if p.Session != "" {
		if byCookie, err = b.holder(ctx, p.Session, false); err != nil {
			return Passage{}, err
		}
	}
	if p.Bearer != "" {
		if byHeader, err = b.holder(ctx, p.Bearer, true); err != nil {
			return Passage{}, err
		}
	}
	switch {
	case byCookie == nil:
		return Passage{Pass: byHeader.pass}, nil
	case byHeader != nil && byHeader.pass.Claims.AccountID != byCookie.pass.Claims.AccountID:
		b.Audit.Record(ctx, Event{
			Name: EventGuardDenied, Reason: "two_people", AccountID: byCookie.pass.Claims.AccountID, Client: p.Client,
		})
		return Passage{}, Fail(CodeTokenInvalid, "")
	}
	renewed, err := b.renewCookie(ctx, byCookie, p)
	return Passage{byCookie.pass, renewed}, err
}

// holder finds out whose a token is: from memory, if that can be trusted.
// Bearer says that a provider's token will do.
func (b *Broker) holder(ctx context.Context, raw string, bearer bool) (*seen, error) {
	if len(raw) > token.MaxLength {
		return nil, Fail(CodeTokenInvalid, "")
	}
	d := digestOf(raw)
	now := b.Now()
	s := b.passes.find(d)
	if s == nil || !b.trusted(s, now) {
		var err error
		if s, err = b.ask(ctx, raw, d, bearer); err != nil {
			return nil, err
		}
	}
	switch {
	case s.inactive:
		return nil, &Error{Code: CodeTokenInvalid, Err: ErrInactive}
	case s.pass == nil, !bearer && s.pass.stray():
		return nil, Fail(CodeTokenInvalid, "")
	}
	return s, nil
}

// stray reports a token that has no business in a session cookie: one that was
// passed on to an application, or a provider's.
func (p *Pass) stray() bool { return p.session.ID == "" || token.Forwarded(p.Claims.ID) }

// trusted reports that s still counts.
func (b *Broker) trusted(s *seen, now time.Time) bool {
	return now.Before(s.until) && b.current(s, now)
}

// current reports that nothing has happened since s was found out.
func (b *Broker) current(s *seen, now time.Time) bool {
	return b.feed.alive(now) && s.door == b.door.Load() && s.keys == b.Ring.Edition() &&
		s.stamp == b.feed.stamp(s.sessionID, s.accountID)
}

// ask finds out whose a token is, and remembers it. Requests of one moment share
// the question, unless the feed is silent or something has happened since it was
// asked: then a request must not get an answer to a question that is older than
// itself.
func (b *Broker) ask(ctx context.Context, raw string, d digest, bearer bool) (*seen, error) {
	if !b.feed.alive(b.Now()) {
		return b.askAlone(ctx, raw, d, bearer)
	}
	key := string(d[:])
	if bearer {
		key += "b"
	}
	// The one who asks may go away; the others still want to know.
	asking := context.WithoutCancel(ctx)
	v, err, shared := b.passes.asking.Do(key, func() (any, error) { return b.find(asking, raw, d, bearer) })
	if err != nil {
		return nil, err
	}
	if s := v.(*seen); !shared || b.current(s, b.Now()) {
		return s, nil
	}
	return b.askAlone(ctx, raw, d, bearer)
}

// askAlone is ask for one request, which trusts nothing from before it.
func (b *Broker) askAlone(ctx context.Context, raw string, d digest, bearer bool) (*seen, error) {
	if err := b.Ring.Sync(ctx); err != nil {
		return nil, &Error{Code: CodeUnavailable, Err: err}
	}
	return b.find(ctx, raw, d, bearer)
}

func (b *Broker) find(ctx context.Context, raw string, d digest, bearer bool) (*seen, error) {
	s := &seen{digest: d, keys: b.Ring.Edition(), door: b.door.Load()}
	claims, err := b.Ring.Verify(raw)
	if err != nil {
		if p := b.issuerOf(raw, s.door); bearer && p != nil {
			return b.findUpstream(ctx, raw, s, p)
		}
		return nil, err
	}
	s.sessionID, s.accountID, s.until = claims.SessionID, claims.AccountID, claims.ExpiresAt
	s.stamp = b.feed.stamp(s.sessionID, s.accountID)
	session, a, err := b.present(ctx, claims.SessionID)
	switch {
	case errors.Is(err, sessions.ErrNotFound), err == nil && a.ID != claims.AccountID:
		b.passes.keep(s)
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("find holder: %w", err)
	}
	now := b.claims(session, a)
	now.ID = claims.ID
	s.pass = &Pass{Claims: now, Email: b.address(a), session: session, issued: claims.IssuedAt, expires: claims.ExpiresAt}
	s.until = earliest(s.until, session.Ends, session.IdleEnds)
	if before := b.passes.find(d); before != nil {
		s.renewal = before.renewal
	} else {
		s.renewal = &renewal{}
	}
	b.passes.keep(s)
	return s, nil
}

// address is the account's address if a verifier may know a person by it.
func (b *Broker) address(a Account) string {
	if !b.proven(a) {
		return ""
	}
	return a.Email
}

func earliest(t time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.Before(t) {
			t = o
		}
	}
	return t
}
