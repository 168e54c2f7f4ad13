package introspection_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/openapi/openapitest"
	"github.com/signet-sso/signet/web/wire"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

const (
	// secret is that of the service api. It holds what a form writes otherwise.
	secret   = "plum+jacket/river="
	password = "plum jacket river"
)

// engines open one database as often as they are asked.
var engines = map[string]func(t *testing.T) func(store.Options) (*store.DB, error){
	"SQLite": func(t *testing.T) func(store.Options) (*store.DB, error) {
		path := filepath.Join(t.TempDir(), "signet.db")
		return func(o store.Options) (*store.DB, error) { return sqlite.Open(t.Context(), path, o) }
	},
	"PostgreSQL": func(t *testing.T) func(store.Options) (*store.DB, error) {
		dsn := parts.SharedPostgres(t)
		return func(o store.Options) (*store.DB, error) { return postgres.Open(t.Context(), dsn, o) }
	},
}

// statements counts what the store runs.
type statements struct {
	mu sync.Mutex
	n  int
}

func (s *statements) add(context.Context, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
}

func (s *statements) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.n
	s.n = 0
	return n
}

// replica is the whole public side over a real broker: one of several on a
// database.
type replica struct {
	http.Handler
	broker *broker.Broker
	admin  *broker.Administration
	db     *store.DB
	counts *statements
}

func newReplica(t *testing.T, open func(store.Options) (*store.DB, error), change ...func(*web.Config)) *replica {
	t.Helper()
	r := &replica{counts: &statements{}}
	db, err := open(store.Options{Observe: r.counts.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // one test closes it earlier
	r.db = db
	c := web.Config{
		Browser: sessions.NewBrowser(db.Browser(), sessions.BrowserConfig{CookieName: "signet_page", Idle: time.Hour, Life: time.Hour}),
		Cookies: wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode},
		Log:     slog.New(slog.DiscardHandler), Audit: web.NewMetrics(), Now: time.Now, Random: rand.Reader, PublicURL: "https://sso.example.org",
	}
	for _, f := range change {
		f(&c)
	}
	r.broker = newBroker(t, db, c.Now)
	r.admin = broker.NewAdministration(r.broker, 8)
	c.Broker = r.broker
	h, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Handler = openapitest.Checked(t, h)
	return r
}

func newBroker(t *testing.T, db *store.DB, now func() time.Time) *broker.Broker {
	t.Helper()
	sealer, err := token.NewSealer([]byte("Tw3lve brown foxes jump 0ver nine lazy hounds"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := token.Open(t.Context(), token.Config{
		Issuer: "https://sso.example.org", Audience: []string{"apps", "archive"}, Now: now,
	}, db.Keys(), sealer)
	if err != nil {
		t.Fatal(err)
	}
	hasher := local.NewHasher(local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1})
	hash, err := hasher.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.New(broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(), Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(),
		Amendments: db.Members(), Factors: db.Members(), Errands: db.Members(), Pendings: db.Members(), Changes: db.Changes(),
		Ring: ring, Sealer: sealer, Hasher: hasher, Secrets: hasher, Audit: web.NewMetrics(), Now: now, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
			Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Membership: broker.Membership{MinPassword: 8, MinPasswordWithMFA: 8}, Subject: broker.SubjectID,
	}, broker.Settings{
		Providers: []broker.Provider{{
			Name: "local", Kind: "local", Label: "Password", Driver: local.New(local.Config{Store: db.Credentials(), Hasher: hasher}),
		}},
		Permissions: map[string][]string{"family": {"node.view", "document.upload"}},
		Redirects:   broker.Redirects{Public: "https://sso.example.org"},
		Services: []broker.Service{
			{ID: "api", Secret: secret}, {ID: "archive", Hash: hash, Audience: "archive"}, {ID: "elsewhere", Secret: secret, Audience: "elsewhere"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// one is a replica over SQLite with the account alice, who is in the family.
func one(t *testing.T, change ...func(*web.Config)) *replica {
	t.Helper()
	r := newReplica(t, engines["SQLite"](t), change...)
	r.addAlice(t)
	return r
}

func (r *replica) addAlice(t *testing.T) broker.Account {
	t.Helper()
	a, err := r.admin.Add(t.Context(), broker.NewAccount{
		Username: "alice", Email: "alice@example.org", Name: "Alice Å.", Confirmed: true, Password: password, Groups: []string{"family"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signIn signs alice in.
func (r *replica) signIn(t testing.TB) broker.Login {
	t.Helper()
	l, err := r.broker.SignIn(t.Context(), broker.Credentials{Provider: "local", Login: "alice", Password: password, Mode: sessions.ModeJSON})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// send sends a form with header fields, name and value in turn.
func (r *replica) send(path, form string, fields ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(fields); i += 2 {
		q.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	return w
}

// about is the form of a service that asks about a token.
func about(id, token string) string {
	return url.Values{"token": {token}, "client_id": {id}, "client_secret": {secret}}.Encode()
}

// introspect asks as the service api and returns what it is told.
func (r *replica) introspect(t testing.TB, token string) map[string]any {
	t.Helper()
	w := r.send("/oauth2/introspect", about("api", token))
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	return v
}

// isInactive compares an answer with all that may be said of a token that is not
// in force.
func isInactive(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusOK && w.Body.String() == `{"active":false}`
}
