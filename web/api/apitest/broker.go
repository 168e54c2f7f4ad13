// Package apitest holds a broker for tests of what stands on HTTP. Its tokens
// are real, its accounts are two lines, and it fails when it is told to: what
// an honest broker does not do on demand.
package apitest

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// Password is right for every account of a [Broker].
const Password = "d1r3ctu5"

// Start is the moment a [Broker] begins at.
var Start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Broker is a broker in memory. It knows the local account
// admin@example.com and bob at the directory "ldap"; "off" is disabled, "down"
// cannot be reached and "github" takes no password.
type Broker struct {
	ring    *token.Ring
	refresh sessions.RefreshTokens

	mu      sync.Mutex
	now     time.Time
	live    map[string]*session
	fail    error
	panics  any
	signIns []broker.Credentials
	asked   []any
}

type session struct {
	provider   string
	generation int64
}

// New returns a Broker whose clock stands still at [Start].
func New(t testing.TB) *Broker {
	t.Helper()
	sealer, err := token.NewSealer([]byte("Tw3lve brown foxes jump 0ver nine lazy hounds"))
	if err != nil {
		t.Fatal(err)
	}
	b := &Broker{now: Start, live: map[string]*session{}}
	if b.refresh, err = sessions.NewRefreshTokens(sealer.Key("refresh token")); err != nil {
		t.Fatal(err)
	}
	cfg := token.Config{Issuer: "https://sso.example.org", Now: b.Now}
	if b.ring, err = token.Open(t.Context(), cfg, new(tokentest.Keys), sealer); err != nil {
		t.Fatal(err)
	}
	return b
}

// Now is the broker's clock.
func (b *Broker) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Pass moves the clock on.
func (b *Broker) Pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// Fail makes every question end in err, nil in none.
func (b *Broker) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

// Panic makes every question panic with v, nil for none.
func (b *Broker) Panic(v any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.panics = v
}

// SignIns are the sign-ins that got as far as the broker.
func (b *Broker) SignIns() []broker.Credentials {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]broker.Credentials(nil), b.signIns...)
}

// Live is the number of sessions that have not ended.
func (b *Broker) Live() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.live)
}

// enter is the start of every question; the caller unlocks.
func (b *Broker) enter() error {
	b.mu.Lock()
	if b.panics != nil {
		defer b.mu.Unlock()
		panic(b.panics)
	}
	return b.fail
}

// Ways implements what api and pages ask.
func (b *Broker) Ways() []broker.Way {
	return []broker.Way{
		{Name: "local", Driver: "local", Label: "E-mail and password", Password: true},
		{Name: "ldap", Driver: "ldap", Label: "Corporate login", Icon: "building", Password: true},
		{Name: "down", Driver: "ldap", Label: "Branch office", Password: true, Down: true},
		{Name: "github", Driver: "oauth2", Label: "GitHub", Icon: "github"},
		{Name: "old", Driver: "openid", Label: "Old", Degraded: true},
	}
}

// DefaultDisabled implements what api asks.
func (b *Broker) DefaultDisabled() bool { return false }

// SignIn implements what api and pages ask.
func (b *Broker) SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error) {
	err := b.enter()
	defer b.mu.Unlock()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return broker.Login{}, err
	}
	b.signIns = append(b.signIns, c)
	right := map[string]string{"": "admin@example.com", "local": "admin@example.com", "ldap": "bob"}
	switch c.Provider {
	case "", "local", "ldap":
	case "off":
		return broker.Login{}, broker.Fail(broker.CodeProviderDisabled, "")
	case "down":
		return broker.Login{}, drivers.ErrUnavailable
	default:
		return broker.Login{}, broker.Fail(broker.CodeNoProvider, "")
	}
	if c.Login != right[c.Provider] || c.Password != Password {
		return broker.Login{}, drivers.ErrCredentials
	}
	if c.OTP != "" && c.OTP != OTP {
		return broker.Login{}, broker.Fail(broker.CodeOTP, "")
	}
	id, err := sessions.NewID(rand.Reader)
	if err != nil {
		return broker.Login{}, err
	}
	s := &session{provider: c.Provider, generation: 1}
	if s.provider == "" {
		s.provider = "local"
	}
	b.live[id] = s
	return b.issue(id, s, c.Mode)
}

func (b *Broker) issue(id string, s *session, m sessions.Mode) (broker.Login, error) {
	l := broker.Login{Mode: m, Life: 15 * time.Minute, RefreshLife: 7 * 24 * time.Hour, SessionID: id}
	if m == sessions.ModeSession {
		l.Life = 24 * time.Hour
	}
	l.Claims = token.Claims{
		Subject: "6c1d0f3e-3f0a-4b5f-9c57-0a4e3c0e5a11", AccountID: "6c1d0f3e-3f0a-4b5f-9c57-0a4e3c0e5a11",
		SessionID: id, Provider: s.provider, Name: "José", Role: "user", IssuedAt: b.now, ExpiresAt: b.now.Add(l.Life),
	}
	var err error
	if l.Refresh, err = b.refresh.Make(id, s.generation); err != nil {
		return l, err
	}
	// The ring asks for the time, so it must not be asked under the lock.
	b.mu.Unlock()
	defer b.mu.Lock()
	l.Access, err = b.ring.Sign(l.Claims)
	return l, err
}

// Renew implements what api asks. There is no grace: a token works once.
func (b *Broker) Renew(_ context.Context, r broker.Renewal) (broker.Login, error) {
	id, generation, err := b.refresh.Parse(r.Refresh)
	if r.Refresh == "" {
		var c token.Claims
		if c, err = b.ring.Verify(r.Session); err != nil {
			return broker.Login{}, &broker.Error{Code: broker.CodeCredentials, Err: err}
		}
		id, err = c.SessionID, nil
	}
	failed := b.enter()
	defer b.mu.Unlock()
	if failed != nil {
		return broker.Login{}, failed
	}
	s := b.live[id]
	if err != nil || s == nil || r.Refresh != "" && s.generation != generation {
		return broker.Login{}, sessions.ErrNotFound
	}
	s.generation++
	return b.issue(id, s, r.Mode)
}

// Leave implements what api and pages ask.
func (b *Broker) Leave(_ context.Context, f broker.Farewell) error {
	id, _, _ := b.refresh.Parse(f.Refresh)
	if f.Refresh == "" {
		c, _ := b.ring.Verify(f.Session)
		id = c.SessionID
	}
	return b.LeaveSession(context.Background(), id, f.Client)
}

// LeaveSession implements what pages ask.
func (b *Broker) LeaveSession(_ context.Context, id string, _ broker.Client) error {
	err := b.enter()
	defer b.mu.Unlock()
	delete(b.live, id)
	return err
}

// Whoami implements what api asks.
func (b *Broker) Whoami(_ context.Context, access string) (token.Claims, error) {
	if access == "" {
		return token.Claims{}, broker.Fail(broker.CodeTokenMissing, "")
	}
	c, err := b.ring.Verify(access)
	failed := b.enter()
	defer b.mu.Unlock()
	switch {
	case failed != nil:
		return token.Claims{}, failed
	case err != nil:
		return token.Claims{}, err
	case b.live[c.SessionID] == nil:
		return token.Claims{}, broker.Fail(broker.CodeTokenInvalid, "")
	}
	return c, nil
}

// Present implements what pages ask.
func (b *Broker) Present(_ context.Context, id string) (broker.Account, error) {
	err := b.enter()
	defer b.mu.Unlock()
	if err == nil && b.live[id] == nil {
		err = sessions.ErrNotFound
	}
	return broker.Account{ID: "6c1d0f3e-3f0a-4b5f-9c57-0a4e3c0e5a11"}, err
}

// ReturnTo implements what pages ask.
func (b *Broker) ReturnTo(string) (string, bool) { return "", false }

// JWKS implements what api asks.
func (b *Broker) JWKS() []byte { return b.ring.JWKS() }

// Ready implements what api asks.
func (b *Broker) Ready(context.Context) error {
	err := b.enter()
	defer b.mu.Unlock()
	return err
}
