package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is what the pages ask; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	Ways() []broker.Way
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Present(ctx context.Context, sessionID string) (broker.Account, error)
	LeaveSession(ctx context.Context, sessionID string, c broker.Client) error
	Leave(ctx context.Context, f broker.Farewell) error
	ReturnTo(raw string) (url string, ok bool)
}

// Redirects sends browsers to providers and takes them back; see the methods of
// the same names in package broker for their rules.
type Redirects interface {
	Begin(ctx context.Context, d broker.Departure) (address string, err error)
	Finish(ctx context.Context, a broker.Arrival) (broker.Landing, error)
	SessionOf(access string) string
}

var (
	_ Broker    = (*broker.Broker)(nil)
	_ Redirects = (*broker.Broker)(nil)
)

// Config is what the pages are made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Broker    Broker
	Redirects Redirects
	Browser   *sessions.Browser
	Cookies   wire.Cookies
	Flow      wire.FlowCookie
	CrossSite *wire.CrossSite // guards the forms
	// Native is how programs are answered that follow a redirect sign-in, and
	// whose codes stand in ?reason=.
	Native   wire.Profile
	Now      func() time.Time
	SiteName string // what the pages are headed with; "Signet" when empty
}

// Pages are the pages people see. They are safe for concurrent use.
type Pages struct {
	broker    Broker
	redirects Redirects
	browser   *sessions.Browser
	cookies   wire.Cookies
	flow      wire.FlowCookie
	crossSite *wire.CrossSite
	profile   wire.Profile // of the native interface
	native    *wire.Adapter
	now       func() time.Time
	site      string
	assets    *assets
	templates templates
	marks     marks
	adapter   *wire.Adapter
}

// New returns the pages of c. It fails only when a file of its own is broken.
func New(c Config) (*Pages, error) {
	p := &Pages{
		broker: c.Broker, redirects: c.Redirects, browser: c.Browser, cookies: c.Cookies, flow: c.Flow,
		crossSite: c.CrossSite, profile: c.Native, native: wire.NewAdapter(c.Native, c.Now),
		now: c.Now, site: c.SiteName,
	}
	if p.site == "" {
		p.site = "Signet"
	}
	var err error
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if p.templates, err = loadTemplates(p.assets); err != nil {
		return nil, err
	}
	if p.marks, err = loadMarks(); err != nil {
		return nil, err
	}
	p.adapter = wire.NewAdapter(p.Profile(), p.now)
	return p, nil
}

// Register adds the pages' routes. What goes around every handler
// ([wire.Observer], [wire.SecurityHeaders]) is the caller's.
func (p *Pages) Register(r *mux.Router) {
	c := p.crossSite
	for _, route := range []struct {
		path    string
		methods []string
		handler wire.Handler
	}{
		{pageLogin, []string{http.MethodGet, http.MethodHead}, p.login},
		{pageLogin, []string{http.MethodPost}, c.Guard(p.signIn)},
		{"/logout", []string{http.MethodPost}, c.Guard(p.logout)},
		{"/auth/login/{provider}", []string{http.MethodGet}, p.away},
		{"/auth/login/{provider}/callback", []string{http.MethodGet}, p.back},
		{"/auth/login/{provider}/callback", []string{http.MethodPost}, p.relay},
	} {
		r.Handle(route.path, p.inSession(p.adapter.Handle(route.handler))).Methods(route.methods...)
	}
	r.PathPrefix(assetsUnder).Handler(p.adapter.Handle(p.asset)).Methods(http.MethodGet, http.MethodHead)
}

func (p *Pages) asset(w http.ResponseWriter, r *http.Request) error {
	if !p.assets.send(w, r) {
		return broker.Fail(broker.CodeNotFound, "")
	}
	return nil
}
