package broker_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

const masterSecret = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"

// house is a broker over a real SQLite store, with a clock and drivers that
// the test holds in its hand.
type house struct {
	*broker.Broker
	admin *broker.Administration
	db    *store.DB
	audit *record
	clock *clock
	corp  *directory // driver of the provider "corp", of the kind ldap
	local *passwords // driver of the provider "local"

	settings broker.Settings
	counts   *statements
	sealer   *token.Sealer
	raw      *sql.DB // the same database without the store
}

func newHouse(t testing.TB, change ...func(*broker.Config, *broker.Settings)) *house {
	t.Helper()
	counts := &statements{}
	path := filepath.Join(t.TempDir(), "signet.db")
	db, err := sqlite.Open(t.Context(), path, store.Options{Observe: counts.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{
		db: db, audit: &record{}, clock: &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
		corp: &directory{people: map[string]person{}}, counts: counts,
	}
	h.local = &passwords{db: db}
	h.settings = broker.Settings{
		Providers: []broker.Provider{
			{Name: "local", Kind: "local", Driver: drivers.Driver{Password: h.local}},
			{Name: "corp", Kind: "ldap", Signup: true, Driver: drivers.Driver{Password: h.corp, Recheck: h.corp}},
		},
		Redirects:   broker.Redirects{Public: "https://sso.example.org"},
		Permissions: map[string][]string{"family": {"node.view"}, "staff": {"node.edit", "node.view"}},
	}
	c := broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(), Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(),
		Amendments: db.Members(), Factors: db.Members(), Errands: db.Members(), Pendings: db.Members(),
		Changes: db.Changes(), Numbers: db.Numbers(),
		Membership: broker.Membership{
			Open: true, Confirm: true, ConfirmTTL: 48 * time.Hour, InviteTTL: 7 * 24 * time.Hour, ResetTTL: 2 * time.Hour,
			Unconfirmed: 31 * 24 * time.Hour, ResetPages: []string{"https://app.example.org/reset"},
			Mails: broker.Quota{Letters: 5, Window: 10 * time.Minute}, MinPassword: 15, MinPasswordWithMFA: 8,
		},
		Hasher: h.local, Audit: h.audit, Now: h.clock.now, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour,
			Absolute: 30 * 24 * time.Hour, Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Lockout: broker.Lockout{Attempts: 5, Window: 15 * time.Minute, Duration: 15 * time.Minute},
		Subject: broker.SubjectID,
	}
	for _, f := range change {
		f(&c, &h.settings)
	}
	if c.Sealer, err = token.NewSealer([]byte(masterSecret)); err != nil {
		t.Fatal(err)
	}
	h.sealer = c.Sealer
	if h.raw, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.raw.Close() })
	if c.Ring, err = token.Open(t.Context(), token.Config{Issuer: "https://sso.example.org", Now: h.clock.now}, db.Keys(), c.Sealer); err != nil {
		t.Fatal(err)
	}
	if h.Broker, err = broker.New(c, h.settings); err != nil {
		t.Fatal(err)
	}
	h.admin = broker.NewAdministration(h.Broker, 8)
	return h
}

// letters takes the letters that wait, oldest first, as the one who opens them.
func (h *house) letters(t testing.TB) (out []broker.Letter) {
	t.Helper()
	if err := h.Attend(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := h.raw.QueryContext(t.Context(), `DELETE FROM outbox RETURNING id, sealed`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p broker.Post
		if err := rows.Scan(&p.ID, &p.Sealed); err != nil {
			t.Fatal(err)
		}
		l, err := broker.OpenLetter(h.sealer, p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
}

// letter takes the only letter that waits, which must be of that kind.
func (h *house) letter(t testing.TB, kind broker.LetterKind) broker.Letter {
	t.Helper()
	all := h.letters(t)
	if len(all) != 1 || all[0].Kind != kind {
		t.Fatalf("got letters %+v, want one %s", all, kind)
	}
	return all[0]
}

// secretOf is the token that a letter's link carries.
func secretOf(t testing.TB, l broker.Letter) string {
	t.Helper()
	u, err := url.Parse(l.Link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("link %q, %v: no token", l.Link, err)
	}
	return u.Query().Get("token")
}

// add makes a local account whose password is "right password".
func (h *house) add(t testing.TB, username string) broker.Account {
	t.Helper()
	a, err := h.admin.Add(t.Context(), broker.NewAccount{
		Username: username, Email: username + "@example.org", Confirmed: true, Password: "right password",
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signIn signs in at a provider, or fails the test.
func (h *house) signIn(t testing.TB, provider, login, password string) broker.Login {
	t.Helper()
	l, err := h.SignIn(t.Context(), broker.Credentials{Provider: provider, Login: login, Password: password, Mode: sessions.ModeJSON})
	if err != nil {
		t.Fatalf("sign in as %q at %s: %v", login, provider, err)
	}
	return l
}

// trySignIn signs in and returns the code, "" when it worked.
func (h *house) trySignIn(t testing.TB, provider, login, password string) broker.Code {
	t.Helper()
	_, err := h.SignIn(t.Context(), broker.Credentials{Provider: provider, Login: login, Password: password, Mode: sessions.ModeJSON})
	return codeOf(err)
}

// refresh uses a refresh token and returns the code, "" when it worked.
func (h *house) refresh(t testing.TB, refresh string) (broker.Login, broker.Code) {
	t.Helper()
	l, err := h.Renew(t.Context(), broker.Renewal{Refresh: refresh, Mode: sessions.ModeJSON})
	return l, codeOf(err)
}

func codeOf(err error) broker.Code {
	if err == nil {
		return ""
	}
	return broker.CodeOf(err)
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// record is an Auditor that remembers.
type record struct {
	mu     sync.Mutex
	events []broker.Event
}

func (r *record) Record(_ context.Context, e broker.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// take returns the events since the last call.
func (r *record) take() []broker.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.events
	r.events = nil
	return out
}

// names are the events' names and reasons, as "name:reason".
func names(events []broker.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Name + ":" + e.Reason
	}
	return out
}

// statements counts what the store runs.
type statements struct {
	mu  sync.Mutex
	ran []string
}

func (s *statements) add(_ context.Context, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ran = append(s.ran, name)
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.ran
	s.ran = nil
	return out
}

// passwords is a stand-in for the local driver that costs no hash: it asks the
// store as the real one does.
type passwords struct {
	mu    sync.Mutex
	db    *store.DB
	tried int
}

// Hash implements broker.Hasher.
func (p *passwords) Hash(_ context.Context, password string) (string, error) {
	return "hash of " + password, nil
}

func (p *passwords) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	c, err := p.db.Credentials().Credential(ctx, login)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried++
	if err != nil || c.Hash != "hash of "+password {
		return drivers.Identity{}, drivers.ErrCredentials
	}
	return drivers.Identity{Subject: c.AccountID, Login: login}, nil
}

// person is an entry of a directory.
type person struct {
	password string
	identity drivers.Identity
	gone     bool
}

// directory is a stand-in for a password provider outside.
type directory struct {
	mu     sync.Mutex
	people map[string]person // login → person
	down   error
	asked  int // rechecks
	tried  int
}

func (d *directory) put(login string, p person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.identity.Login = login
	d.people[login] = p
}

func (d *directory) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = err
}

func (d *directory) Authenticate(_ context.Context, login, password string) (drivers.Identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried++
	if d.down != nil {
		return drivers.Identity{}, d.down
	}
	p, ok := d.people[login]
	if !ok || p.password != password {
		return drivers.Identity{}, drivers.ErrCredentials
	}
	return clone(p.identity), nil
}

func (d *directory) Recheck(_ context.Context, subject string, _ []byte) (drivers.Identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.down != nil {
		return drivers.Identity{}, d.down
	}
	for _, p := range d.people {
		if p.identity.Subject == subject && !p.gone {
			return clone(p.identity), nil
		}
	}
	return drivers.Identity{}, drivers.ErrRefused
}

func clone(id drivers.Identity) drivers.Identity {
	id.Groups = slices.Clone(id.Groups)
	return id
}
