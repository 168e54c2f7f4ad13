package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"
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
	Members   Members
	Letters   Letters
	Seconds   Seconds
	Browser   *sessions.Browser
	Cookies   wire.Cookies
	Flow      wire.FlowCookie
	Pending   wire.PendingCookie
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
	members   Members
	letters   Letters
	seconds   Seconds
	browser   *sessions.Browser
	cookies   wire.Cookies
	flow      wire.FlowCookie
	pending   wire.PendingCookie
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
		broker: c.Broker, redirects: c.Redirects, members: c.Members, letters: c.Letters, seconds: c.Seconds,
		browser: c.Browser, cookies: c.Cookies, flow: c.Flow, pending: c.Pending,
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

// route is a path with what answers it.
type route struct {
	path    string
	methods []string
	handler wire.Handler
}

// Register adds the pages' routes. What goes around every handler
// ([wire.Observer], [wire.SecurityHeaders]) is the caller's.
func (p *Pages) Register(r *mux.Router) {
	for _, route := range p.routes() {
		r.Handle(route.path, p.inSession(p.adapter.Handle(route.handler))).Methods(route.methods...)
	}
	r.PathPrefix(assetsUnder).Handler(p.adapter.Handle(p.asset)).Methods(http.MethodGet, http.MethodHead)
}

// routes are all but those of the files. What only shows takes GET and HEAD;
// what acts takes a POST from our own pages.
func (p *Pages) routes() []route {
	show, act := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	c := p.crossSite
	all := []route{
		{pageLogin, show, p.login},
		{pageLogin, act, c.Guard(p.signIn)},
		{pageSecond, show, p.second},
		{pageSecond, act, c.Guard(p.takeSecond)},
		{"/logout", act, c.Guard(p.logout)},
		{pageOut, act, c.Guard(p.logout)},
		{pageForgot, show, p.forgot},
		{pageForgot, act, c.Guard(p.requestReset)},
		{pageRegister, show, p.register},
		{pageRegister, act, c.Guard(p.enlist)},
		{"/auth/login/{provider}", []string{http.MethodGet}, p.away},
		{"/auth/login/{provider}/callback", []string{http.MethodGet}, p.back},
		{"/auth/login/{provider}/callback", act, p.relay},
	}
	for _, l := range letters {
		all = append(all, route{l.path, show, p.openLetter(l)}, route{l.path, act, c.Guard(p.useLetter(l))})
	}
	return all
}

// Owns reports a path whose answers are for people, errors too.
func (p *Pages) Owns(path string) bool {
	if strings.HasPrefix(path, "/auth/") {
		return false
	}
	return strings.HasPrefix(path, pageLogin+"/") ||
		slices.ContainsFunc(p.routes(), func(r route) bool { return r.path == path })
}

func (p *Pages) asset(w http.ResponseWriter, r *http.Request) error {
	if !p.assets.send(w, r) {
		return broker.Fail(broker.CodeNotFound, "")
	}
	return nil
}
