// Package oauth2test is an honest OAuth 2.0 server for tests: it insists on
// state, on S256 (RFC 7636), on the registered redirect URI and on a client's
// secret, gives every code and refresh token once, and remembers what it was
// asked. A test can put an answer of its own in place of an honest one.
package oauth2test

import (
	"crypto/rand"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Options are what a server can be. The zero one is an honest server with the
// paths /authorize, /token and /profile.
type Options struct {
	Authorize, Token, Profile string // paths
	// Introspect is where a client asks about tokens (RFC 7662); "" is
	// /introspect.
	Introspect string
	// More are further paths that answer a good token, with their JSON.
	More map[string]string
	// TLS serves https, with a certificate of the server's own.
	TLS bool
	// Life is how long an access token is good; 0 is an hour.
	Life time.Duration
	// NoRefresh gives no refresh tokens.
	NoRefresh bool
	// Lax takes authorization requests without a challenge, as pages send them
	// that know nothing of PKCE.
	Lax bool
	// Now is the server's clock; nil is time.Now.
	Now func() time.Time
}

// Server is a running server. It ends with its test.
type Server struct {
	Origin       string // http://127.0.0.1:port
	ClientID     string
	ClientSecret string
	RedirectURI  string

	options Options
	http    *httptest.Server

	mu       sync.Mutex
	down     bool
	profile  string
	codes    map[string]grant
	tokens   map[string]time.Time // access tokens and their ends
	renewals map[string]bool      // refresh tokens that are good
	sayOf    func(token string, answer map[string]any)
	own      map[string]http.HandlerFunc
	calls    []Call
}

// grant is what the server remembers of a code.
type grant struct{ challenge, redirect string }

// Call is one request that the server saw.
type Call struct {
	Method, Path string
	Header       http.Header
	Query, Form  url.Values
}

// Subject is the id of the person in the profile of a new server.
const Subject = "4711"

// Profile is what a new server says about that person.
const Profile = `{"id":4711,"login":"alice","name":"Alice Example","first":"Alice","last":"Example",` +
	`"email":"alice@example.org","verified":true,"picture":"https://example.org/a.png","teams":[{"name":"staff"},{"name":"Admins"}]}`

// New starts a server.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	s := &Server{
		ClientID: "signet", ClientSecret: "a secret: + % of the client/", RedirectURI: "https://sso.example.org/auth/login/other/callback?x=1",
		options: o, profile: Profile, codes: map[string]grant{}, tokens: map[string]time.Time{},
		renewals: map[string]bool{}, own: map[string]http.HandlerFunc{},
	}
	s.options.Authorize = or(o.Authorize, "/authorize")
	s.options.Token = or(o.Token, "/token")
	s.options.Profile = or(o.Profile, "/profile")
	s.options.Introspect = or(o.Introspect, "/introspect")
	if o.Life == 0 {
		s.options.Life = time.Hour
	}
	if o.Now == nil {
		s.options.Now = time.Now
	}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	if o.TLS {
		s.http.StartTLS()
	} else {
		s.http.Start()
	}
	s.Origin = s.http.URL
	tb.Cleanup(s.http.Close)
	return s
}

// AuthorizeURL, TokenURL and ProfileURL are the server's addresses.
func (s *Server) AuthorizeURL() string { return s.Origin + s.options.Authorize }

// TokenURL is where codes are exchanged.
func (s *Server) TokenURL() string { return s.Origin + s.options.Token }

// ProfileURL is where the person is told about.
func (s *Server) ProfileURL() string { return s.Origin + s.options.Profile }

// IntrospectURL is where a client asks about tokens.
func (s *Server) IntrospectURL() string { return s.Origin + s.options.Introspect }

// CAFile writes the certificate of a server with TLS and returns the file.
func (s *Server) CAFile(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// SetProfile changes what the server says about the person.
func (s *Server) SetProfile(json string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = json
}

// Answer puts a handler in place of the honest one at a path; nil takes it
// away again.
func (s *Server) Answer(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own[path] = h
}

// AnswerToken and AnswerProfile are Answer at these addresses.
func (s *Server) AnswerToken(h http.HandlerFunc) { s.Answer(s.options.Token, h) }

// AnswerProfile puts a handler in place of the profile.
func (s *Server) AnswerProfile(h http.HandlerFunc) { s.Answer(s.options.Profile, h) }

// Give gives out an access token, as a client of the server's would get it.
func (s *Server) Give() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	access := fresh()
	s.tokens[access] = s.options.Now().Add(s.options.Life)
	return access
}

// SayOf changes what introspection says of good tokens, until it is given nil.
func (s *Server) SayOf(change func(token string, answer map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sayOf = change
}

// Break lets every connection break off until restore is called.
func (s *Server) Break(testing.TB) (restore func()) {
	s.set(true)
	return func() { s.set(false) }
}

func (s *Server) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Revoke makes every token that was given worthless.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
	clear(s.renewals)
}

// Calls returns what the server was asked at a path, "" for everywhere.
func (s *Server) Calls(path string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if path == "" || c.Path == path {
			out = append(out, c)
		}
	}
	return out
}

// TokenCalls returns the calls of the token endpoint.
func (s *Server) TokenCalls() []Call { return s.Calls(s.options.Token) }

func fresh() string { return rand.Text() + rand.Text() }

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
