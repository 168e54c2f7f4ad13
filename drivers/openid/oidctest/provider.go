package oidctest

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// Endpoint is a part of the provider that can be called.
type Endpoint string

// The endpoints of a provider.
const (
	Discovery Endpoint = "discovery"
	Authorize Endpoint = "authorize"
	Token     Endpoint = "token"
	UserInfo  Endpoint = "userinfo"
	JWKS      Endpoint = "jwks"
	Logout    Endpoint = "logout"
	// Introspection is there for clients that prove themselves (RFC 7662).
	Introspection Endpoint = "introspection"
)

// paths is where endpoints are, below the issuer.
var paths = map[Endpoint]string{
	Discovery: "/.well-known/openid-configuration",
	Authorize: "/authorize",
	Token:     "/token",
	UserInfo:  "/userinfo",
	JWKS:      "/jwks",
	Logout:    "/logout",

	Introspection: "/introspect",
}

// Provider is an OpenID provider on a loopback port.
type Provider struct {
	// ClientID and ClientSecret are what the relying party is configured with.
	ClientID, ClientSecret string

	o      Options
	grants *grants
	log    *log
	server *server

	mu     sync.Mutex
	person Person
	keys   []*Key // published; the last one signs
	skew   time.Duration
	lies   lies
}

// New starts a provider that ends with the test.
func New(tb testing.TB, o Options) *Provider {
	tb.Helper()
	o = o.complete()
	p := &Provider{
		ClientID: o.ClientID, ClientSecret: o.ClientSecret,
		o: o, grants: newGrants(), log: newLog(), person: *o.Person,
		keys: []*Key{NewKey(tb, o.Alg)},
	}
	mux := http.NewServeMux()
	for e, honest := range map[Endpoint]http.HandlerFunc{
		Discovery: p.discover, Authorize: p.authorize, Token: p.token,
		UserInfo: p.userinfo, JWKS: p.jwks, Logout: p.logout,
		Introspection: p.introspect,
	} {
		mux.HandleFunc(o.Path+paths[e], p.endpoint(e, honest))
	}
	p.server = listen(tb, o, mux)
	return p
}

// Issuer is the provider's identifier, to the letter.
func (p *Provider) Issuer() string { return p.server.origin + p.o.Path }

// URL is the address of an endpoint.
func (p *Provider) URL(e Endpoint) string { return p.Issuer() + paths[e] }

// CAFile is a file with the certificate to trust, empty without Options.TLS.
func (p *Provider) CAFile() string { return p.server.caFile }

// Client trusts the provider's certificate and follows no redirect.
func (p *Provider) Client() *http.Client { return p.server.client() }

// Down refuses connections and cuts those that are open.
func (p *Provider) Down() { p.server.down() }

// Up takes connections again, on the same port.
func (p *Provider) Up(tb testing.TB) {
	tb.Helper()
	p.server.up(tb)
}

// now is the provider's clock.
func (p *Provider) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o.Now().Add(p.skew)
}
