// Package oidctest is an OpenID provider for tests: honest unless it is told
// to lie, one lie at a time, as no real provider would.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client that the provider knows.
const (
	ClientID = "signet"
	Secret   = "s:e%c r+et/ä"
	Redirect = "https://sso.example.org/auth/login/okta/callback"
)

// Provider is a running OpenID provider. Its fields are changed with
// [Provider.Lie], under its lock.
type Provider struct {
	URL    string
	server *httptest.Server

	mu       sync.Mutex
	now      func() time.Time
	key      Key
	codes    map[string]grant
	refresh  map[string]grant
	calls    map[string]int
	last     map[string]*http.Request
	lies     Lies
	disabled bool
}

// Lies change what the provider says; a nil one leaves it honest. Claims and
// documents are changed in place.
type Lies struct {
	Discovery func(doc map[string]any)
	Keys      func(keys []any) []any
	Token     func(answer map[string]any)
	IDToken   func(header, claims map[string]any)
	UserInfo  func(claims map[string]any)
	// Sign makes the ID token instead of the provider's key.
	Sign func(header, claims map[string]any) string
	// Serve answers in place of an endpoint ("discovery", "jwks", "token",
	// "userinfo") and says whether it did.
	Serve func(endpoint string, w http.ResponseWriter, r *http.Request) bool
	// AuthMethods are how clients may prove themselves; nil for
	// client_secret_basic.
	AuthMethods []string
	NoIss       bool // the reply does not name the issuer, as discovery says
}

// grant is what a code or refresh token stands for.
type grant struct {
	challenge, redirect, nonce, authTime string
}

// Key signs.
type Key struct {
	Private   any
	Algorithm jose.SignatureAlgorithm
	ID        string
}

// Person is who signs in.
var person = map[string]any{
	"sub": "248289761001", "preferred_username": "carol", "name": "Carol Ruiz", "given_name": "Carol", "family_name": "Ruiz",
	"email": "carol@example.org", "email_verified": true, "groups": []any{"staff", "family"}, "picture": "https://example.org/c.png",
}

// Subject is the provider's id of who signs in.
const Subject = "248289761001"

// New starts a provider that ends with the test.
func New(tb testing.TB) *Provider {
	tb.Helper()
	p := &Provider{
		now: time.Now, codes: map[string]grant{}, refresh: map[string]grant{}, calls: map[string]int{},
		last: map[string]*http.Request{}, key: NewKey(tb, "one"),
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /.well-known/openid-configuration": p.endpoint("discovery", p.discovery),
		"GET /jwks":                             p.endpoint("jwks", p.jwks),
		"POST /token":                           p.endpoint("token", p.token),
		"GET /userinfo":                         p.endpoint("userinfo", p.userinfo),
		"GET /authorize":                        p.endpoint("authorize", p.authorize),
	} {
		mux.HandleFunc(pattern, h)
	}
	p.server = httptest.NewServer(mux)
	p.URL = p.server.URL
	tb.Cleanup(p.server.Close)
	return p
}

// NewKey makes an ES256 key.
func NewKey(tb testing.TB, id string) Key {
	tb.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return Key{Private: k, Algorithm: jose.ES256, ID: id}
}

// Lie sets what the provider lies about from now on.
func (p *Provider) Lie(l Lies) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lies = l
}

// Use has the provider sign with another key, and publish only that one.
func (p *Provider) Use(k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = k
}

// Clock sets the provider's clock.
func (p *Provider) Clock(now func() time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

// Disable has every refresh token answered with invalid_grant.
func (p *Provider) Disable(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disabled = yes
}

// Calls is how often an endpoint was called.
func (p *Provider) Calls(endpoint string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[endpoint]
}

// Last is the last call of an endpoint, its form parsed.
func (p *Provider) Last(endpoint string) *http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[endpoint]
}

// Break drops every connection until restore is called.
func (p *Provider) Break(testing.TB) (restore func()) {
	before := p.current()
	broken := before
	broken.Serve = func(_ string, w http.ResponseWriter, _ *http.Request) bool {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
		return true
	}
	p.Lie(broken)
	return func() { p.Lie(before) }
}

func (p *Provider) current() Lies {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lies
}

func (p *Provider) endpoint(name string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a malformed one is an empty one
		p.mu.Lock()
		p.calls[name]++
		p.last[name] = r
		serve := p.lies.Serve
		p.mu.Unlock()
		if serve != nil && serve(name, w, r) {
			return
		}
		h(w, r)
	}
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	l := p.current()
	doc := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/jwks", "userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/logout",
		"response_types_supported": []any{"code"}, "subject_types_supported": []any{"public"},
		"id_token_signing_alg_values_supported": []any{"ES256"}, "authorization_response_iss_parameter_supported": !l.NoIss,
	}
	if l.AuthMethods != nil {
		doc["token_endpoint_auth_methods_supported"] = l.AuthMethods
	}
	if l.Discovery != nil {
		l.Discovery(doc)
	}
	send(w, http.StatusOK, doc)
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	l := p.current()
	p.mu.Lock()
	keys := []any{Public(p.key)}
	p.mu.Unlock()
	if l.Keys != nil {
		keys = l.Keys(keys)
	}
	send(w, http.StatusOK, map[string]any{"keys": keys})
}

// Public is a key as it is published.
func Public(k Key) map[string]any {
	jwk := jose.JSONWebKey{Key: k.Private, KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig"}
	b, err := jwk.Public().MarshalJSON()
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return map[string]any{"error": err.Error()}
	}
	return m
}

func (p *Provider) userinfo(w http.ResponseWriter, _ *http.Request) {
	claims := maps.Clone(person)
	if l := p.current(); l.UserInfo != nil {
		l.UserInfo(claims)
	}
	send(w, http.StatusOK, claims)
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client went away
}

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Sign makes a compact JWT of a header and claims with a key.
func Sign(k Key, header, claims map[string]any) string {
	o := &jose.SignerOptions{}
	for name, value := range header {
		if name != "alg" {
			o = o.WithHeader(jose.HeaderKey(name), value)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.Algorithm, Key: k.Private}, o)
	if err != nil {
		return fmt.Sprint(err)
	}
	b, err := json.Marshal(claims)
	if err != nil {
		return fmt.Sprint(err)
	}
	signed, err := signer.Sign(b)
	if err != nil {
		return fmt.Sprint(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		return fmt.Sprint(err)
	}
	return out
}

// Raw makes a JWT with whatever header, and a signature of any bytes.
func Raw(header, claims map[string]any, signature []byte) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	e := base64.RawURLEncoding
	return e.EncodeToString(h) + "." + e.EncodeToString(c) + "." + e.EncodeToString(signature)
}
