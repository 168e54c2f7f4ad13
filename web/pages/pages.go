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

var _ Broker = (*broker.Broker)(nil)

// Config is what the pages are made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Broker    Broker
	Browser   *sessions.Browser
	Cookies   wire.Cookies
	CrossSite *wire.CrossSite // guards the forms
	Now       func() time.Time
	SiteName  string // what the pages are headed with; "Signet" when empty
}

// Pages are the pages people see. They are safe for concurrent use.
type Pages struct {
	broker    Broker
	browser   *sessions.Browser
	cookies   wire.Cookies
	crossSite *wire.CrossSite
	now       func() time.Time
	site      string
	assets    *assets
	templates templates
	adapter   *wire.Adapter
}

// New returns the pages of c. It fails only when a file of its own is broken.
func New(c Config) (*Pages, error) {
	p := &Pages{
		broker: c.Broker, browser: c.Browser, cookies: c.Cookies, crossSite: c.CrossSite,
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
