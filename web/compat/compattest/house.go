package compattest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/compat/papermerge"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/wire"
)

// PublicURL is where a [House] says that it is.
const PublicURL = "https://sso.example.org"

// AppOrigin is a front end of the operator's own.
const AppOrigin = "https://app.example.org"

// Frontend is where the letters of the Ethics Application System lead.
const Frontend = "https://ethics.example.org"

// Start is the moment a [House] begins at.
var Start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Setup is what a House is made of. A test may change it before it is built.
type Setup struct {
	Web      web.Config
	Broker   broker.Config
	Settings broker.Settings
	Issuer   string
	// Acts are further ones that conversations can do, nil for none; see [Golden].
	Acts func(h *House) map[string]func(*testing.T, []string) string
}

// House is Signet with the interfaces of all other systems on one listener. Its
// ways to sign in are "local" and "ldap", which is the people of
// [parts.Slapd]; its clock stands still.
type House struct {
	http.Handler
	Broker *broker.Broker
	Admin  *broker.Administration
	DB     *store.DB

	sealer *token.Sealer
	clock  *clock
	acts   func(*House) map[string]func(*testing.T, []string) string
}

// Engine opens an empty database.
type Engine func(t testing.TB) *store.DB

// Engines are what a house can stand on. A package whose tests use PostgreSQL
// ends with [parts.Main].
func Engines() map[string]Engine {
	return map[string]Engine{
		"SQLite": func(t testing.TB) *store.DB {
			return opened(t)(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "signet.db"), store.Options{}))
		},
		"PostgreSQL": func(t testing.TB) *store.DB {
			return opened(t)(postgres.Open(t.Context(), parts.SharedPostgres(t), store.Options{}))
		},
	}
}

func opened(t testing.TB) func(*store.DB, error) *store.DB {
	return func(db *store.DB, err error) *store.DB {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

// New builds a house. directory may be nil for none.
func New(t testing.TB, engine Engine, directory *parts.Directory, change ...func(*Setup)) *House {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h := &House{DB: engine(t), clock: &clock{at: Start}}
	var err error
	h.sealer, err = token.NewSealer([]byte("Tw3lve brown foxes jump 0ver nine lazy hounds"))
	check(err)
	s := h.setup(t, directory)
	for _, f := range change {
		f(&s)
	}
	h.acts = s.Acts
	s.Broker.Ring, err = token.Open(t.Context(), token.Config{Issuer: s.Issuer, Now: h.Now}, h.DB.Keys(), h.sealer)
	check(err)
	h.Broker, err = broker.New(s.Broker, s.Settings)
	check(err)
	h.Admin = broker.NewAdministration(h.Broker, s.Broker.Membership.MinPassword)
	s.Web.Broker, s.Web.Administration, s.Web.Trail = h.Broker, h.Admin, h.DB.Trail()
	h.Handler, err = web.New(s.Web)
	check(err)
	return h
}

func (h *House) setup(t testing.TB, directory *parts.Directory) Setup {
	hasher := local.NewHasher(local.HasherConfig{Memory: 64, Time: 1, Parallelism: 1})
	providers := []broker.Provider{{
		Name: "local", Kind: "local", Label: "E-mail and password",
		Driver: local.New(local.Config{Store: h.DB.Credentials(), Hasher: hasher}),
	}}
	if directory != nil {
		providers = append(providers, broker.Provider{Name: "ldap", Kind: "ldap", Label: "Corporate login", Signup: true, Driver: people(t, directory)})
	}
	return Setup{
		Issuer:   PublicURL,
		Web:      h.site(),
		Broker:   h.core(hasher),
		Settings: broker.Settings{Providers: providers, Permissions: map[string][]string{"family": {"node.view", "document.upload"}}},
	}
}

func people(t testing.TB, d *parts.Directory) drivers.Driver {
	t.Helper()
	driver, err := ldap.Open(ldap.Config{
		URLs: []string{d.URL}, StartTLS: true, CA: d.CA, BindDN: parts.ReaderDN, BindPassword: parts.ReaderPassword,
		Users: ldap.Users{Base: parts.PeopleDN}, Groups: ldap.Groups{Base: parts.GroupsDN},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.Close() })
	return driver
}

// site has every interface on, each as its own clients expect it.
func (h *House) site() web.Config {
	return web.Config{
		Browser: sessions.NewBrowser(h.DB.Browser(), sessions.BrowserConfig{CookieName: "signet_page", Secure: true, Idle: time.Hour, Life: time.Hour}),
		Cookies: wire.CookieConfig{Refresh: "directus_refresh_token", Session: "directus_session_token", SameSite: http.SameSiteLaxMode, Secure: true},
		Log:     slog.New(slog.DiscardHandler), Audit: silence{}, Now: h.Now, Random: rand.Reader,
		PublicURL: PublicURL, GraphQL: true, CORSOrigins: []string{AppOrigin},
		Guard:      guard.NewPolicy(guard.Settings{Headers: guard.RemoteHeaders, User: guard.UserName, Budget: 3 << 10, Login: true}),
		Directus:   &directus.Settings{},
		Papermerge: &papermerge.Settings{TokenTTL: 6 * time.Hour, CookieName: "access_token", Secure: true, RemoteUser: true},
		Authserver: &authserver.Settings{AccessTTL: 15 * time.Minute, RefreshTTL: 3 * time.Hour},
		Ethics: &ethics.Settings{
			Prefix: "/api/auth", TokenTTL: 2 * time.Hour, MaxTTL: 14 * 24 * time.Hour, Frontend: Frontend, Zone: time.UTC,
		},
	}
}

func (h *House) core(hasher *local.Hasher) broker.Config {
	db := h.DB
	return broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(), Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(),
		Amendments: db.Members(), Factors: db.Members(), Errands: db.Members(), Pendings: db.Members(), Changes: db.Changes(), Numbers: db.Numbers(),
		Sealer: h.sealer, Hasher: hasher, Secrets: hasher, Audit: silence{}, Now: h.Now, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour,
			Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Lockout: broker.Lockout{Attempts: 10, Window: 15 * time.Minute, Duration: 15 * time.Minute},
		Membership: broker.Membership{
			Open: true, Confirm: true, ConfirmTTL: 48 * time.Hour, InviteTTL: 7 * 24 * time.Hour, ResetTTL: 2 * time.Hour,
			Unconfirmed: 31 * 24 * time.Hour, ResetPages: []string{"https://app.example.org/reset"},
			Mails: broker.Quota{Letters: 5, Window: 10 * time.Minute}, MinPassword: 6, MinPasswordWithMFA: 6,
		},
		Subject: broker.SubjectID,
	}
}

// Now is the clock of the house.
func (h *House) Now() time.Time { return h.clock.now() }

// Pass moves the clock on.
func (h *House) Pass(d time.Duration) { h.clock.pass(d) }

// Letters takes the letters that wait and opens them.
func (h *House) Letters(t testing.TB) (out []broker.Letter) {
	t.Helper()
	if err := h.Broker.Attend(t.Context()); err != nil {
		t.Fatal(err)
	}
	posts, err := h.DB.Outbox().Claim(t.Context(), h.Now(), time.Minute, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		l, err := broker.OpenLetter(h.sealer, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.DB.Outbox().Sent(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	return out
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

// silence keeps no record.
type silence struct{}

func (silence) Record(context.Context, broker.Event) {}
