package web

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/admin"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/compat/papermerge"
	"github.com/signet-sso/signet/web/graphql"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/introspection"
	"github.com/signet-sso/signet/web/openapi"
	"github.com/signet-sso/signet/web/pages"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is the sum of what the rooms ask.
type Broker interface {
	api.Broker
	api.Upkeep
	api.Identities
	api.Members
	api.Selves
	api.Factors
	api.OwnSessions
	authserver.Broker
	directus.Broker
	ethics.Broker
	graphql.Broker
	guard.Broker
	introspection.Broker
	pages.Broker
	pages.Redirects
	pages.Members
	pages.Letters
	pages.Seconds
	papermerge.Broker
}

var _ Broker = (*broker.Broker)(nil)

// Config is what the public side is made of. Every field is needed unless it
// says otherwise.
type Config struct {
	Broker  Broker
	Browser *sessions.Browser
	Cookies wire.CookieConfig

	// Administration and Trail are what administrators are served with; nil for
	// no such interface.
	Administration *broker.Administration
	Trail          broker.Trail

	Log     *slog.Logger
	Audit   broker.Auditor
	Metrics *Metrics // nil for none

	Now    func() time.Time
	Random io.Reader // crypto/rand.Reader outside tests

	PublicURL   string       // without a slash at the end
	Proxies     wire.Proxies // whose X-Forwarded-For counts; none trusts nobody
	CORSOrigins []string     // front ends of other origins; none for none
	Logins      ClientLimit  // tries at a secret, per client address
	Mails       ClientLimit  // requests that cause letters, per client address
	GraphQL     bool         // serve the native interface as GraphQL too

	// Directus serves the addresses of Directus that the native interface has
	// under other names; nil for not.
	Directus *directus.Settings
	// Papermerge serves the interface of Papermerge's auth server; nil for not.
	Papermerge *papermerge.Settings
	// Authserver serves auth_server's interface; nil for not.
	Authserver *authserver.Settings

	// Ethics serves the Ethics Application System's interface; nil for not. Its front
	// end may call there.
	Ethics *ethics.Settings

	// Guard is what reverse proxies are answered by; nil for no such doors.
	Guard *guard.Policy

	// RequestTimeout is how long a handler may take before what it waits for
	// is given up and the answer is 503; 0 is 20 seconds.
	RequestTimeout time.Duration
}

const defaultRequestTimeout = 20 * time.Second

// site is the routes with the voices that errors are told in.
type site struct {
	router *mux.Router
	pages  *pages.Pages
	native *wire.Adapter // for programs
	page   *wire.Adapter // for people
	oauth  *wire.Adapter // for services that ask about tokens

	annexes []wire.Annex // interfaces of other systems
	buckets []bucket     // limits per client address
}

// New returns the public handler: all routes, wrapped from outside, so that
// unknown paths, wrong methods and refused requests are logged, bounded and
// dressed like everything else.
func New(c Config) (http.Handler, error) {
	if slices.ContainsFunc(c.guests(), func(o string) bool { return strings.Contains(o, "*") }) {
		return nil, errors.New("a CORS origin must not hold a wildcard: every site could use the visitor's session")
	}
	s, err := newSite(c)
	if err != nil {
		return nil, err
	}
	s.limitClients(c)
	o := &wire.Observer{
		Log: c.Log, Audit: c.Audit, Now: c.Now, Random: c.Random, Proxies: c.Proxies, Panicked: s,
	}
	if c.Metrics != nil {
		o.Done = c.Metrics.done
	}
	return besides(s.guard(c, o), o.Wrap(s.handler(c))), nil
}

// handler is what goes around the routes, from the inside out.
func (s *site) handler(c Config) http.Handler {
	var h http.Handler = s.router
	h = deadline(h, c.RequestTimeout)
	h = s.crossOrigins(c, h)
	h = s.bounded(h)
	return wire.SecurityHeaders(h, strings.HasPrefix(c.PublicURL, "https://"))
}

// guard is what proxies ask: nil for nothing. It stands beside the routes, which
// do for every request what a question of a proxy must not cost.
func (s *site) guard(c Config, o *wire.Observer) http.Handler {
	if c.Guard == nil {
		return nil
	}
	g := guard.Config{
		Broker: c.Broker, Policy: c.Guard, Audit: c.Audit, Cookies: wire.NewCookies(c.Cookies), Proxies: c.Proxies,
		Native: api.Profile(), Page: s.page, Now: c.Now, PublicURL: c.PublicURL,
	}
	if c.Metrics != nil {
		g.Cut = c.Metrics.cut.Inc
	}
	return o.Wrap(guard.New(g))
}

// besides sends what is for the guard to it.
func besides(guarding, other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if guarding != nil && strings.HasPrefix(r.URL.Path, guard.Prefix) {
			guarding.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// newSite registers every room's routes. Paths are matched as they were sent:
// an unclean or oddly escaped one is unknown, and never redirected, which would
// turn a POST into a GET.
func newSite(c Config) (*site, error) {
	crossSite, err := wire.NewCrossSite(c.PublicURL, c.CORSOrigins)
	if err != nil {
		return nil, err
	}
	guests, err := wire.NewCrossSite(c.PublicURL, c.guests())
	if err != nil {
		return nil, err
	}
	cookies := wire.NewCookies(c.Cookies)
	p, err := pages.New(pages.Config{
		Broker: c.Broker, Redirects: c.Broker, Members: c.Broker, Letters: c.Broker, Seconds: c.Broker,
		Browser: c.Browser, Cookies: cookies,
		Flow: wire.NewFlowCookie(c.Cookies.Secure, c.Random), Pending: wire.NewPendingCookie(c.Cookies.Secure), CrossSite: crossSite, Native: api.Profile(), Now: c.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	s := &site{
		router: mux.NewRouter().SkipClean(true).UseEncodedPath(),
		pages:  p,
		native: wire.NewAdapter(api.Profile(), c.Now),
		page:   wire.NewAdapter(p.Profile(), c.Now),
		oauth:  wire.NewAdapter(introspection.Profile(), c.Now),
	}
	api.New(api.Config{
		Broker: c.Broker, Identities: c.Broker, Upkeep: c.Broker,
		Members: c.Broker, Selves: c.Broker, Factors: c.Broker, OwnSessions: c.Broker, Cookies: cookies, CrossSite: crossSite, Now: c.Now, PublicURL: c.PublicURL,
	}).Register(s.router)
	p.Register(s.router)
	introspection.New(c.Broker, c.Now).Register(s.router)
	if c.Administration != nil {
		admin.New(admin.Config{
			Administration: c.Administration, Trail: c.Trail, Cookies: cookies, CrossSite: crossSite, Native: api.Profile(), Now: c.Now,
		}).Register(s.router)
	}
	if c.GraphQL {
		g, err := graphql.New(graphql.Config{
			Broker: c.Broker, Cookies: cookies, CrossSite: crossSite, Native: api.Profile(), Now: c.Now, Limit: s.limit,
		})
		if err != nil {
			return nil, err
		}
		g.Register(s.router)
	}
	s.annexes = annexes(c, cookies, crossSite, guests)
	for _, a := range s.annexes {
		a.Register(s.router)
	}
	openapi.New(openapi.Config{Adapter: s.native, PublicURL: c.PublicURL}).Register(s.router)
	s.router.Handle("/", http.RedirectHandler("/login", http.StatusSeeOther)).Methods(http.MethodGet, http.MethodHead)
	s.router.Use(noteRoute)
	s.router.NotFoundHandler = http.HandlerFunc(s.unknown)
	s.router.MethodNotAllowedHandler = http.HandlerFunc(s.wrongMethod)
	return s, nil
}

// noteRoute tells log and metrics which route was matched.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wire.ExchangeOf(r.Context()).Route = template(r)
		next.ServeHTTP(w, r)
	})
}

// template is the path template of the matched route.
func template(r *http.Request) string {
	t, err := mux.CurrentRoute(r).GetPathTemplate()
	if err != nil {
		return ""
	}
	return t
}

// Fail answers an error in the voice that fits who asks.
func (s *site) Fail(w http.ResponseWriter, r *http.Request, err error) { s.voice(r).Fail(w, r, err) }

// voice is the pages' for people: on the pages' own paths and for a browser
// that has gone to a path that nobody has.
func (s *site) voice(r *http.Request) *wire.Adapter {
	path := r.URL.Path
	for _, a := range s.annexes {
		if a.Owns(path) {
			return a.Voice()
		}
	}
	switch {
	case s.pages.Owns(path):
		return s.page
	case strings.HasPrefix(path, introspection.Prefix):
		return s.oauth
	case strings.HasPrefix(path, "/auth"), strings.HasPrefix(path, admin.Prefix), strings.HasPrefix(path, "/graphql"), strings.HasPrefix(path, "/.well-known/"):
		return s.native
	case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		return s.page
	}
	return s.native
}

func (s *site) unknown(w http.ResponseWriter, r *http.Request) {
	s.Fail(w, r, broker.Fail(broker.CodeNotFound, ""))
}

// wrongMethod answers 405 with the methods that the path has (RFC 9110
// §15.5.6).
func (s *site) wrongMethod(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := *r
		probe.Method = method
		var match mux.RouteMatch
		if s.router.Match(&probe, &match) && match.MatchErr == nil {
			allow = append(allow, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	s.Fail(w, r, broker.Fail(broker.CodeMethod, ""))
}
