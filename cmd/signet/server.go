package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/mail"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/wire"
)

const (
	// maxConnections bounds the public listener, so that a flood of slow
	// connections does not use up the files that everything else needs.
	maxConnections = 4096
	// pageIdle ends a sign-in on Signet's own pages that is not used.
	pageIdle = 2 * time.Hour
)

// server is the app with its listeners.
type server struct {
	*app
	log     *slog.Logger
	program *program
	hup     <-chan os.Signal // asks for a reload
	seen    stateOfFile      // of the configuration file, before it was read
	config  *config.Config   // as it was started with
	mail    *mail.Worker
	guard   *guard.Policy

	public  *http.Server
	door    net.Listener
	lines   *auditFile   // nil without audit.file
	metrics *http.Server // nil without metrics.listen
	gauge   net.Listener

	opening  sync.Mutex // guards app.opened across reloads
	retiring sync.WaitGroup
}

// newServer opens the app and its listeners and puts the pages and interfaces
// over it. What it opened is closed again when it fails.
func newServer(ctx context.Context, c *config.Config, log *slog.Logger, p *program) (_ *server, err error) {
	s := &server{log: log, program: p, app: &app{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	metrics := web.NewMetrics()
	if s.lines, err = openAuditFile(c.Audit.File, p.out, log); err != nil {
		return nil, fmt.Errorf("audit.file: %w", err)
	}
	audit := auditLog{log: auditLogger(c.Log, p.err), then: []broker.Auditor{metrics}}
	if s.lines != nil {
		audit.then = append(audit.then, s.lines)
	}
	if s.app, err = openApp(ctx, c, log, audit, store.NewRecorder); err != nil {
		s.app = &app{}
		return nil, err
	}
	if s.mail, err = startMail(c, s.app, log); err != nil {
		return nil, err
	}
	s.guard = guard.NewPolicy(guardSettings(c))
	handler, err := web.New(s.webConfig(c, metrics, p))
	if err != nil {
		return nil, err
	}
	s.public = web.Server(handler, log, web.DefaultTimeouts())
	if s.door, err = listen(c.Listen, "listen"); err != nil {
		return nil, err
	}
	s.door = web.Door(s.door, maxConnections)
	if c.Metrics.Listen == "" {
		return s, nil
	}
	if err := s.gauges(metrics); err != nil {
		return nil, err
	}
	s.metrics = web.Server(metrics.Handler(), log, web.DefaultTimeouts())
	s.gauge, err = listen(c.Metrics.Listen, "metrics.listen")
	return s, err
}

func listen(address, key string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; choose another address, or stop what uses this one", key, err)
	}
	return l, nil
}

func (s *server) webConfig(c *config.Config, m *web.Metrics, p *program) web.Config {
	public := strings.TrimSuffix(c.PublicURL.String(), "/")
	secure := wire.SecureFor(c.Cookies.Secure, public)
	return web.Config{
		Broker: s.broker,
		Browser: sessions.NewBrowser(s.db.Browser(), sessions.BrowserConfig{
			CookieName: "signet_page", Secure: secure, Idle: pageIdle, Life: c.Tokens.SessionTTL,
		}),
		Cookies: wire.CookieConfig{
			Refresh: c.Cookies.RefreshName, Session: c.Cookies.SessionName,
			SameSite: sameSite(c.Cookies.SameSite), Secure: secure, Domain: c.Cookies.Domain,
		},
		Log: s.log, Audit: s.broker.Audit, Metrics: m,
		Now: time.Now, Random: rand.Reader, PublicURL: public, Proxies: wire.Proxies(c.TrustedProxies),
		GraphQL:        c.Compat.GraphQL,
		Guard:          s.guard,
		Administration: s.admin, Trail: s.db.Trail(),
		CORSOrigins: c.CORS.Origins, Logins: web.ClientLimit{Attempts: c.Limits.Logins, Window: c.Limits.Window},
		Mails:      web.ClientLimit{Attempts: c.Limits.MailsPerAddress, Window: c.Limits.MailWindow},
		Directus:   directusSettings(c.Compat.Directus),
		Papermerge: papermergeSettings(c.Compat.Papermerge, secure),
		Authserver: authserverSettings(c.Compat.Authserver),
		Ethics:     ethicsSettings(c.Compat.Ethics),
	}
}

func sameSite(s string) http.SameSite {
	switch s {
	case "strict":
		return http.SameSiteStrictMode
	case "none":
		return http.SameSiteNoneMode
	}
	return http.SameSiteLaxMode
}

// gauges adds what is read when somebody asks: the hash queue and the
// database's connections.
func (s *server) gauges(m *web.Metrics) error {
	add := func(name, help string, read func() float64) error { return m.Gauge(name, help, nil, read) }
	return errors.Join(
		add("signet_hashes_running", "Password hashes that run.", func() float64 { return float64(s.hasher.Stats().Running) }),
		add("signet_hashes_waiting", "Sign-ins that wait for a hash.", func() float64 { return float64(s.hasher.Stats().Waiting) }),
		add("signet_hashes_refused", "Sign-ins refused since the start because too many waited.", func() float64 { return float64(s.hasher.Stats().Refused) }),
		add("signet_database_connections", "Open database connections.", func() float64 { return float64(s.db.Stats().Open) }),
		add("signet_database_connections_busy", "Database connections in use.", func() float64 { return float64(s.db.Stats().InUse) }),
		add("signet_database_callers", "Calls to the database that run or wait.", func() float64 { return float64(s.db.Stats().Callers) }),
		add("signet_letters_waiting", "Letters that wait to be sent, on all replicas.", func() float64 { return float64(s.mail.Stats().Waiting) }),
		add("signet_letters_oldest_seconds", "Age of the letter that waits longest, on all replicas.", func() float64 { return s.mail.Stats().Oldest.Seconds() }),
		add("signet_letters_sent", "Letters sent since the start.", func() float64 { return float64(s.mail.Stats().Sent) }),
		add("signet_letters_repeated", "Tries to send a letter since the start that did not succeed and are repeated.", func() float64 { return float64(s.mail.Stats().Again) }),
		add("signet_letters_given_up", "Letters given up since the start.", func() float64 { return float64(s.mail.Stats().GivenUp) }),
		add("signet_audit_waiting", "Events that wait to be recorded.", func() float64 { return float64(s.record.Waiting()) }),
		add("signet_audit_lost", "Events since the start that only the log has.", func() float64 { return float64(s.record.Lost()) }),
		add("signet_guard_blind", "1 while the guard asks the database about every request, because it does not hear of changes.", func() float64 { return flag(s.broker.Blind()) }),
		add("signet_ldap_connections", "Open LDAP connections of all providers.", func() float64 { return float64(s.ldapStats().Open) }),
		add("signet_ldap_callers_waiting", "Sign-ins that wait for an LDAP connection.", func() float64 { return float64(s.ldapStats().Waiting) }),
	)
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// ldapStats adds up the pools of every LDAP provider as configured now.
func (s *server) ldapStats() ldap.PoolStats {
	var sum ldap.PoolStats
	for _, d := range s.current() {
		pools, ok := d.Password.(interface{ Stats() ldap.Stats })
		if !ok {
			continue
		}
		st := pools.Stats()
		for _, p := range []ldap.PoolStats{st.Search, st.Bind} {
			sum.Open, sum.Idle, sum.Waiting = sum.Open+p.Open, sum.Idle+p.Idle, sum.Waiting+p.Waiting
		}
	}
	return sum
}

// current is the drivers of the configuration in use.
func (s *server) current() []drivers.Driver {
	s.opening.Lock()
	defer s.opening.Unlock()
	return s.opened
}

// swap makes opened the drivers in use and returns those that were.
func (s *server) swap(opened []drivers.Driver) []drivers.Driver {
	s.opening.Lock()
	defer s.opening.Unlock()
	old := s.opened
	s.opened = opened
	return old
}

// close ends listeners that never ran, and the app.
func (s *server) close() error {
	s.retiring.Wait()
	for _, l := range []net.Listener{s.door, s.gauge} {
		if l != nil {
			_ = l.Close() // closed already when it ran
		}
	}
	return errors.Join(s.app.close(), s.lines.close())
}
