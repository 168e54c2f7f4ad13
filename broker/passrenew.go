package broker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// renewalAgain is how long the successor of a session cookie is given to who
// still comes with the old one: the answer that brought it may have been lost.
const renewalAgain = time.Minute

// renewal is the successor of one session cookie. Requests of one page share it.
type renewal struct {
	busy atomic.Bool // somebody is renewing
	last atomic.Pointer[renewed]
}

type renewed struct {
	login Login
	at    time.Time
}

// renewCookie returns a new login for a session cookie in the second half of its
// life, nil when there is nothing to renew or somebody else is at it: the old
// one is good until then. An error means that the session is over.
func (b *Broker) renewCookie(ctx context.Context, s *seen, p Presented) (*Login, error) {
	now, pass := b.Now(), s.pass
	if pass.session.Mode != sessions.ModeSession || pass.expires.Sub(now) > pass.expires.Sub(pass.issued)/2 {
		return nil, nil
	}
	if r := s.renewal.last.Load(); r != nil && now.Sub(r.at) < renewalAgain {
		l := r.login
		l.Life -= now.Sub(r.at)
		return &l, nil
	}
	if !s.renewal.busy.CompareAndSwap(false, true) {
		return nil, nil
	}
	defer s.renewal.busy.Store(false)
	l, err := b.Renew(ctx, Renewal{Session: p.Session, Mode: sessions.ModeSession, Client: p.Client})
	switch code := CodeOf(err); {
	case err == nil && l.Claims.ExpiresAt.After(pass.expires):
		s.renewal.last.Store(&renewed{l, now})
		return &l, nil
	case err == nil: // the session ends before a new token would live longer
		return nil, nil
	case code == CodeCredentials, code == CodeSuspended, code == CodeForbidden:
		return nil, &Error{Code: CodeTokenInvalid, Err: err}
	}
	return nil, nil // the database is away: the cookie is still good, and the next request tries again
}

// forwarded is a token for the application behind the guard.
type forwarded struct{ last atomic.Pointer[forward] }

type forward struct {
	token string
	at    time.Time
	until time.Time
}

// Forward returns an access token of the person's session for the application
// behind the guard, with at least half of its life before it. It opens what any
// access token does, but in a session cookie it opens nothing and renews
// nothing. A provider's token has none: the answer is "".
func (b *Broker) Forward(p *Pass) (string, error) {
	now := b.Now()
	if p.session.ID == "" {
		return "", nil
	}
	if f := p.forwarded.last.Load(); f != nil && now.Sub(f.at) < f.until.Sub(f.at)/2 {
		return f.token, nil
	}
	c := p.Claims
	c.IssuedAt, c.ExpiresAt = now, earliest(now.Add(b.Lifetimes.Access), p.session.Ends)
	var err error
	if c.ID, err = token.NewForwardedID(b.Random); err != nil {
		return "", err
	}
	if !c.ExpiresAt.After(now.Add(time.Second)) {
		return "", Fail(CodeTokenExpired, "")
	}
	raw, err := b.Ring.Sign(c)
	if err != nil {
		return "", unsigned(err)
	}
	p.forwarded.last.Store(&forward{raw, now, c.ExpiresAt})
	return raw, nil
}

var errStray = errors.New("token of an application in a session cookie")
