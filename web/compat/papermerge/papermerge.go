package papermerge

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is what the interface asks; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	Ways() []broker.Way
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Entrance(ctx context.Context, provider string) (broker.Entrance, error)
	TakeCode(ctx context.Context, c broker.Carried) (broker.Login, error)
	Guard(ctx context.Context, p broker.Presented) (broker.Passage, error)
}

var _ Broker = (*broker.Broker)(nil)

// Settings are what the configuration says about the interface.
type Settings struct {
	// Prefix is put before every address; "" for none.
	Prefix string
	// Strict tells a proxy of an outage, with which its pages show an error
	// instead of a refusal.
	Strict bool
	// TokenTTL is how long a token is valid.
	TokenTTL time.Duration
	// CookieName is the cookie that scripts read.
	CookieName string
	// Secure sends the cookie by https only.
	Secure bool
	// Providers says which of ours db, ldap and oidc are; without one, the first
	// of its kind.
	Providers map[string]string
	// RedirectURLs are the pages that an authorization code may have come back
	// to.
	RedirectURLs []string
	// RemoteUser tells a proxy whose request it is, in header fields.
	RemoteUser bool
}

// Config is what a Papermerge is made of. Every field is needed unless it says
// otherwise.
type Config struct {
	Settings
	Broker    Broker
	Audit     broker.Auditor
	CrossSite *wire.CrossSite // guards the sign-in
	// Identify tells a proxy whose request it is; nil for nothing.
	Identify func(h http.Header, p *broker.Pass)
	Now      func() time.Time
}

// Papermerge serves the interface. It is safe for concurrent use.
type Papermerge struct {
	Config
	adapter *wire.Adapter
	cookie  wire.Cookies // reads the one that scripts read too
}

var _ wire.Annex = (*Papermerge)(nil)

// New returns a Papermerge over c.
func New(c Config) *Papermerge {
	p := &Papermerge{Config: c, cookie: wire.NewCookies(wire.CookieConfig{Session: c.CookieName})}
	profile := Profile()
	profile.Write = p.write
	p.adapter = wire.NewAdapter(profile, c.Now)
	return p
}

// Register adds the routes. What goes around every handler is the caller's.
func (p *Papermerge) Register(r *mux.Router) {
	post, read := []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	for _, base := range p.bases() {
		r.Handle(base+"/token", p.adapter.Handle(p.CrossSite.Guard(p.token))).Methods(post...)
		r.Handle(base+"/verify", http.HandlerFunc(p.verify)).Methods(read...)
	}
	r.Handle(p.Prefix+script, p.adapter.Handle(p.runtimeConfig)).Methods(read...)
}

// bases are where the addresses are: Papermerge's pages ask below /api, and its
// nginx takes that away.
func (p *Papermerge) bases() []string { return []string{p.Prefix, p.Prefix + "/api"} }

// Owns implements [wire.Annex].
func (p *Papermerge) Owns(path string) bool {
	path, ok := strings.CutPrefix(path, p.Prefix)
	if !ok {
		return false
	}
	switch strings.TrimPrefix(path, "/api") {
	case "/token", "/verify":
		return true
	}
	return path == script
}

// guards reports the addresses that a proxy asks at.
func (p *Papermerge) guards(path string) bool {
	return slices.Contains(p.bases(), strings.TrimSuffix(path, "/verify")) && strings.HasSuffix(path, "/verify")
}

// Voice implements [wire.Annex].
func (p *Papermerge) Voice() *wire.Adapter { return p.adapter }

// Limits implements [wire.Annex].
func (p *Papermerge) Limits() wire.Limits {
	var l wire.Limits
	for _, base := range p.bases() {
		l.Doors = append(l.Doors, "POST "+base+"/token")
	}
	return l
}
