package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

const (
	// mayMiss is how many tokens that are not in force a service may ask about
	// within missWindow: far more than a busy one does whose people come back
	// with old tokens, and too few to find one by trying.
	mayMiss    = 6000
	missWindow = time.Minute
)

// misses counts questions about tokens that were not in force.
type misses struct {
	mu    sync.Mutex
	since time.Time
	n     int
}

// full says how long a service has to wait that asked about too many; 0 for one
// that need not.
func (m *misses) full(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	ends := m.since.Add(missWindow)
	if m.n < mayMiss || !now.Before(ends) {
		return 0
	}
	return ends.Sub(now)
}

func (m *misses) add(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !now.Before(m.since.Add(missWindow)) {
		m.since, m.n = now, 0
	}
	m.n++
}

// Introspection is what a service is told of a token (RFC 7662 §2.2). Without
// Active there is nothing else in it.
type Introspection struct {
	Active bool
	// Claims are those of the person now; issuer, audience, times and id are the
	// token's.
	Claims token.Claims
	// Username is what people may call the person: the user name, else the
	// address if a verifier may know them by it, else the account's id.
	Username string
}

// Introspect says whether an access token is in force here and now, and of whom
// it is: one statement, and none for what is no token of ours. Which of all
// reasons one is not in force for is not told; neither is a refresh token, nor a
// token of an audience that is not the service's. Codes: CodeCredentials for a
// service that is not proven, CodeLimited for one that has asked about too many
// that were not in force, CodeUnavailable.
func (b *Broker) Introspect(ctx context.Context, q Inquiry) (Introspection, error) {
	s, err := b.asks(ctx, q)
	if err != nil {
		return Introspection{}, err
	}
	if wait := s.misses.full(b.Now()); wait > 0 {
		return Introspection{}, &Error{Code: CodeLimited, Reason: "too many of the tokens were not active", Retry: wait}
	}
	found, err := b.inForce(ctx, s, q.Token)
	if err == nil && !found.Active {
		s.misses.add(b.Now())
	}
	return found, err
}

func (b *Broker) inForce(ctx context.Context, s *service, raw string) (Introspection, error) {
	c, ours := b.heardBy(s, raw)
	if !ours {
		return Introspection{}, nil
	}
	session, a, err := b.present(ctx, c.SessionID)
	switch {
	case errors.Is(err, sessions.ErrNotFound), err == nil && a.ID != c.AccountID:
		return Introspection{}, nil
	case err != nil:
		return Introspection{}, &Error{Code: CodeUnavailable, Err: err}
	}
	now := b.claims(session, a)
	now.Issuer, now.Audience, now.IssuedAt, now.ExpiresAt, now.ID = c.Issuer, c.Audience, c.IssuedAt, c.ExpiresAt, c.ID
	return Introspection{Active: true, Claims: now, Username: or(a.Username, or(b.address(a), a.ID))}, nil
}

// heardBy returns the claims of an access token of ours that is for the service.
func (b *Broker) heardBy(s *service, raw string) (token.Claims, bool) {
	c, err := b.Ring.Verify(raw)
	if err != nil || s.Audience != "" && !slices.Contains(c.Audience, s.Audience) {
		return token.Claims{}, false
	}
	return c, true
}

// Revoke ends the session of a refresh token or of an access token that is in
// force (RFC 7009 §2.1). An access token is nothing but its session: it dies only
// with it. What is unknown, has ended or is for another audience is no error:
// there is nothing left to end. Codes: CodeCredentials for a service that is not
// proven, CodeUnavailable when it is not certain that the token is dead.
func (b *Broker) Revoke(ctx context.Context, q Inquiry) error {
	s, err := b.asks(ctx, q)
	if err != nil {
		return err
	}
	ev := Event{Name: EventSessionEnd, Reason: "token_revoked", Actor: actorClient + s.ID, Client: q.Client}
	if ev.SessionID, _, err = b.refresh.Parse(q.Token); err != nil {
		c, ours := b.heardBy(s, q.Token)
		if !ours {
			return nil
		}
		ev.SessionID, ev.AccountID, ev.Provider = c.SessionID, c.AccountID, c.Provider
	}
	ended, err := b.Sessions.End(ctx, ev.SessionID, "revoked", b.Now())
	if err != nil {
		return &Error{Code: CodeUnavailable, Err: fmt.Errorf("end session: %w", err)}
	}
	if ended {
		b.Audit.Record(ctx, ev)
	}
	return nil
}
