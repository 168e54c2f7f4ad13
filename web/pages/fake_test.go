package pages

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// noon is when the tests take place.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const rightPassword = "correct horse battery"

// fakeBroker knows Ada and Grace, who have the same password, and keeps what
// it was asked. Its sessions are called s1, s2 and so on, and their credentials
// refresh-s1 and access-s1.
type fakeBroker struct {
	ways      []broker.Way
	redirects broker.Redirects
	fail      error // what every SignIn answers
	down      error // what every question about a session answers

	mu      sync.Mutex
	asked   []broker.Credentials
	ended   []string // sessions and credentials that were left
	live    map[string]broker.Account
	counter int

	fakeMembers
	fakeSeconds
}

var people = map[string]broker.Account{
	"ada":   {ID: "1", Username: "ada", Name: "Ada Lovelace", Email: "ada@example.org"},
	"grace": {ID: "2", Username: "grace", Name: "Grace Hopper", Email: "grace@example.org"},
}

func (b *fakeBroker) Ways() []broker.Way                 { return b.ways }
func (b *fakeBroker) ReturnTo(raw string) (string, bool) { return b.redirects.Check(raw) }

func (b *fakeBroker) SignIn(_ context.Context, c broker.Credentials) (broker.Login, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, c)
	if b.fail != nil {
		return broker.Login{}, b.fail
	}
	a, ok := people[c.Login]
	if !ok || c.Password != rightPassword {
		return broker.Login{}, drivers.ErrCredentials
	}
	if need := b.secondFor(c); need != nil {
		return broker.Login{}, need
	}
	return b.login(a, c.Mode), nil
}

// login begins a session; the caller holds the lock.
func (b *fakeBroker) login(a broker.Account, m sessions.Mode) broker.Login {
	b.counter++
	id := fmt.Sprintf("s%d", b.counter)
	b.live[id] = a
	l := broker.Login{
		Access: "access-" + id, Mode: m, Life: time.Hour, RefreshLife: time.Hour,
		SessionID: id, Claims: token.Claims{AccountID: a.ID},
	}
	if m != sessions.ModeSession {
		l.Refresh = "refresh-" + id
	}
	return l
}

func (b *fakeBroker) Present(_ context.Context, id string) (broker.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.live[id]
	if !ok && b.down == nil {
		return a, sessions.ErrNotFound
	}
	return a, b.down
}

func (b *fakeBroker) LeaveSession(_ context.Context, id string, _ broker.Client) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return b.down
	}
	b.ended = append(b.ended, id)
	delete(b.live, id)
	return nil
}

func (b *fakeBroker) Leave(_ context.Context, f broker.Farewell) error {
	held := f.Refresh + f.Session
	_, id, _ := strings.Cut(held, "-")
	return b.LeaveSession(context.Background(), id, f.Client)
}

// memory is a store of browser sessions.
type memory struct {
	mu   sync.Mutex
	rows map[string][]byte
	// readFails and writeFails are what the store answers instead.
	readFails, writeFails error
}

func (m *memory) FindCtx(_ context.Context, t string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.rows[t]
	return b, ok, m.readFails
}

func (m *memory) CommitCtx(_ context.Context, t string, b []byte, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[t] = b
	return m.writeFails
}

func (m *memory) DeleteCtx(_ context.Context, t string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, t)
	return nil
}

func (m *memory) Find(t string) ([]byte, bool, error) { return m.FindCtx(context.Background(), t) }
func (m *memory) Delete(t string) error               { return m.DeleteCtx(context.Background(), t) }
func (m *memory) Commit(t string, b []byte, e time.Time) error {
	return m.CommitCtx(context.Background(), t, b, e)
}

// manyWays are two passwords and three buttons.
func manyWays() []broker.Way {
	return []broker.Way{
		{Name: "local", Driver: "local", Label: "E-mail", Password: true},
		{Name: "corp", Driver: "ldap", Label: "Corporate login", Password: true},
		{Name: "github", Driver: "oauth2", Label: "GitHub", Icon: "github"},
		{Name: "google", Driver: "openid", Label: "Google", Icon: "google"},
		{Name: "okta", Driver: "openid", Label: "Sign in with Okta"},
	}
}
