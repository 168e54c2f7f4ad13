package bench

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
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
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/wire"
)

const (
	masterKey = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"
	password  = "a long pass phrase of everybody"
)

// house is the whole of Signet in this process, without its listener.
type house struct {
	broker *broker.Broker
	admin  *broker.Administration
	web    http.Handler
}

// silent is an audit record that costs what a line costs.
type silent struct{ log *slog.Logger }

func (s silent) Record(ctx context.Context, e broker.Event) {
	s.log.InfoContext(ctx, "audit", "event", e.Name, "reason", e.Reason, "account", e.AccountID)
}

// engines open a database as an operator would: SQLite with FULL, PostgreSQL
// with fsync.
var engines = map[string]func(b *testing.B) *store.DB{
	"sqlite": func(b *testing.B) *store.DB {
		db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "signet.db"), store.Options{})
		return opened(b, db, err)
	},
	"postgres": func(b *testing.B) *store.DB {
		dsn, _ := parts.Postgres(b, parts.PostgresOptions{Durable: true})
		db, err := postgres.Open(b.Context(), dsn, store.Options{})
		return opened(b, db, err)
	},
}

func opened(b *testing.B, db *store.DB, err error) *store.DB {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// newHouse builds Signet over a database. corp, if not nil, is the directory
// of the provider "corp".
func newHouse(b *testing.B, db *store.DB, corp *parts.Directory) *house {
	b.Helper()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	sealer, err := token.NewSealer([]byte(masterKey))
	check(err)
	ring, err := token.Open(b.Context(), token.Config{Issuer: "http://127.0.0.1"}, db.Keys(), sealer)
	check(err)
	hasher := local.NewHasher(local.HasherConfig{Queue: 1000})
	settings := broker.Settings{Providers: []broker.Provider{
		{Name: "local", Kind: "local", Driver: local.New(local.Config{Store: db.Credentials(), Hasher: hasher})},
	}}
	if corp != nil {
		settings.Providers = append(settings.Providers, broker.Provider{Name: "corp", Kind: "ldap", Signup: true, Driver: directory(b, corp)})
	}
	log := slog.New(slog.NewJSONHandler(discard{}, nil))
	h := &house{}
	h.broker, err = broker.New(broker.Config{
		Accounts: db.Accounts(), Sessions: db.Sessions(), Directory: db.Directory(), Registry: db.Registry(), Locks: db.Directory(), Upstreams: db.Sessions(), Flows: db.Flows(), Links: db.Directory(), Ring: ring, Sealer: sealer,
		Amendments: db.Members(), Factors: db.Members(), Errands: db.Members(), Pendings: db.Members(),
		Membership: broker.Membership{
			Open: true, Confirm: true, ConfirmTTL: time.Hour, ResetTTL: time.Hour, MinPassword: 15, Mails: broker.Quota{Letters: 5, Window: time.Minute},
		},
		Changes: db.Changes(),
		Hasher:  hasher, Audit: silent{log}, Now: time.Now, Random: rand.Reader,
		Lifetimes: broker.Lifetimes{
			Access: 15 * time.Minute, Session: 24 * time.Hour, Refresh: 7 * 24 * time.Hour,
			Absolute: 30 * 24 * time.Hour, Grace: 10 * time.Second, Recheck: 5 * time.Minute,
		},
		Subject: broker.SubjectID,
	}, settings)
	check(err)
	h.admin = broker.NewAdministration(h.broker, 15)
	h.web, err = web.New(web.Config{
		Broker: h.broker, Browser: sessions.NewBrowser(db.Browser(), sessions.BrowserConfig{CookieName: "p", Idle: time.Hour, Life: time.Hour}),
		Cookies: wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode},
		Log:     log, Audit: silent{log}, Metrics: web.NewMetrics(), Now: time.Now, Random: rand.Reader, PublicURL: "http://127.0.0.1",
		Guard: guard.NewPolicy(guard.Settings{Headers: guard.RemoteHeaders, User: guard.UserName, Budget: 3 << 10, Login: true, Rules: []guard.Rule{
			{Hosts: []string{"app.example.org"}, Paths: []string{"/public/**"}, Public: true},
			{Hosts: []string{"app.example.org"}, Paths: []string{"/admin/**"}, Groups: []string{"admins"}},
			{Hosts: []string{"app.example.org", "*.apps.example.org"}, Groups: []string{"staff"}},
		}}),
		Proxies: wire.Proxies{netip.MustParsePrefix("127.0.0.1/32")},
	})
	check(err)
	return h
}

func directory(b *testing.B, d *parts.Directory) drivers.Driver {
	b.Helper()
	driver, err := ldap.Open(ldap.Config{
		URLs: []string{d.URL}, StartTLS: true, CA: d.CA, BindDN: parts.ReaderDN, BindPassword: parts.ReaderPassword,
		Users: ldap.Users{Base: parts.PeopleDN}, Groups: ldap.Groups{Base: parts.GroupsDN},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = driver.Close() })
	return driver
}

// discard takes log lines, as a file would, and drops them.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
