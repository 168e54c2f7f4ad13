package admin_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/web/admin"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

const (
	publicURL     = "https://sso.example.org"
	sessionCookie = "signet_session"
	masterSecret  = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"
	rightPassword = "a password that is right"
)

// office is the interface over a real broker and SQLite, with a clock that the
// test moves and a directory that it holds in its hand.
type office struct {
	*broker.Broker
	admin   *broker.Administration
	db      *store.DB
	raw     *sql.DB
	ring    *token.Ring
	sealer  *token.Sealer
	record  *record
	corp    *corp
	router  *mux.Router
	handler http.Handler

	mu  sync.Mutex
	now time.Time
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// record is an auditor that remembers.
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

// corp is a directory that knows everybody, until err is set.
type corp struct{ err error }

func (c *corp) Authenticate(_ context.Context, login, _ string) (drivers.Identity, error) {
	return drivers.Identity{Subject: "id-" + login, Login: login, Groups: []string{"staff"}}, c.err
}

// trail is the record as the interface reads it.
type trail struct{ entries []broker.Entry }

func (t *trail) Entries(_ context.Context, q broker.TrailQuery) ([]broker.Entry, string, error) {
	if q.Cursor == "forged" {
		return nil, "", broker.Fail(broker.CodePayload, `"cursor" is none`)
	}
	var out []broker.Entry
	for _, e := range t.entries {
		if q.Name == "" || q.Name == e.Name {
			out = append(out, e)
		}
	}
	if len(out) > q.Limit {
		return out[:q.Limit], "next", nil
	}
	return out, "", nil
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), record: &record{}, corp: &corp{}}
	path := filepath.Join(t.TempDir(), "signet.db")
	var err error
	if o.db, err = sqlite.Open(t.Context(), path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.db.Close() })
	if o.raw, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.raw.Close() })
	if o.sealer, err = token.NewSealer([]byte(masterSecret)); err != nil {
		t.Fatal(err)
	}
	cfg := token.Config{Issuer: publicURL, Now: o.clock}
	if o.ring, err = token.Open(t.Context(), cfg, o.db.Keys(), o.sealer); err != nil {
		t.Fatal(err)
	}
	if o.Broker, err = broker.New(o.config(), o.settings()); err != nil {
		t.Fatal(err)
	}
	o.admin = broker.NewAdministration(o.Broker, 15)
	o.serve(t)
	return o
}

func (o *office) config() broker.Config {
	db, hasher := o.db, local.NewHasher(local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1})
	return broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(),
		Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(),
		Amendments: db.Members(), Factors: db.Members(), Errands: db.Members(), Pendings: db.Members(),
		Ring: o.ring, Sealer: o.sealer, Hasher: hasher, Audit: o.record, Now: o.clock, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
			Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Lockout: broker.Lockout{Attempts: 5, Window: 15 * time.Minute, Duration: 15 * time.Minute},
		Membership: broker.Membership{
			InviteTTL: 48 * time.Hour, ResetTTL: 2 * time.Hour, Mails: broker.Quota{Letters: 5, Window: time.Hour},
			MinPassword: 15, MinPasswordWithMFA: 8,
		},
		Subject: broker.SubjectID,
	}
}

func (o *office) settings() broker.Settings {
	hasher := local.NewHasher(local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1})
	return broker.Settings{
		Providers: []broker.Provider{
			{Name: "local", Kind: "local", Label: "Password", Driver: local.New(local.Config{Store: o.db.Credentials(), Hasher: hasher})},
			{Name: "corp", Kind: "ldap", Label: "Corporate login", Signup: true, Driver: drivers.Driver{Password: o.corp}},
			{Name: "old", Kind: "ldap", Label: "Old directory", Disabled: true, Driver: drivers.Driver{Password: o.corp}},
		},
		Permissions: map[string][]string{"family": {"node.view"}, "nobody": {"node.edit"}},
		Redirects:   broker.Redirects{Public: publicURL},
	}
}

func (o *office) serve(t testing.TB) {
	t.Helper()
	cross, err := wire.NewCrossSite(publicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.router = mux.NewRouter().SkipClean(true).UseEncodedPath()
	admin.New(admin.Config{
		Administration: o.admin, Trail: &trail{entries: someEntries()}, CrossSite: cross, Native: api.Profile(), Now: o.clock,
		Cookies: wire.NewCookies(wire.CookieConfig{Session: sessionCookie, Refresh: "signet_refresh", SameSite: http.SameSiteLaxMode, Secure: true}),
	}).Register(o.router)
	observer := &wire.Observer{
		Log: slog.New(slog.DiscardHandler), Audit: o.record, Now: o.clock, Random: rand.Reader,
		Panicked: wire.NewAdapter(api.Profile(), o.clock),
	}
	o.handler = openapitest.Checked(t, observer.Wrap(wire.SecurityHeaders(o.router, true)))
}

// person adds an account that signs in with [rightPassword].
func (o *office) person(t testing.TB, name string, isAdmin bool) broker.Account {
	t.Helper()
	a, err := o.admin.Add(t.Context(), broker.NewAccount{
		Username: name, Email: name + "@example.org", Confirmed: true, Admin: isAdmin, Password: rightPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signIn signs a person in.
func (o *office) signIn(t testing.TB, name string) broker.Login {
	t.Helper()
	l, err := o.SignIn(t.Context(), broker.Credentials{Login: name, Password: rightPassword, Mode: sessions.ModeJSON})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// boss adds an administrator and returns them with a fresh token.
func (o *office) boss(t testing.TB) (a broker.Account, access string) {
	t.Helper()
	a = o.person(t, "boss", true)
	return a, o.signIn(t, "boss").Access
}
