package openid_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

const redirectURI = "https://sso.example.org/auth/login/okta/callback"

// relying is a relying party at a provider that can lie.
type relying struct {
	*oidctest.Provider
	drivers.Driver
	clock *clock
	kept  *shelf
}

// newRelying opens a driver at a new provider.
func newRelying(t testing.TB, change ...func(*openid.Config)) *relying {
	t.Helper()
	return relyOn(t, oidctest.New(t, oidctest.Options{}), change...)
}

func relyOn(t testing.TB, p *oidctest.Provider, change ...func(*openid.Config)) *relying {
	t.Helper()
	r := &relying{Provider: p, clock: &clock{}, kept: &shelf{rows: map[string]row{}}}
	r.Driver = r.open(t, change...)
	return r
}

// open opens another driver at the same provider, with the same shelf.
func (r *relying) open(t testing.TB, change ...func(*openid.Config)) drivers.Driver {
	t.Helper()
	c := openid.Config{
		Name: "okta", Issuer: r.Issuer(), ClientID: r.ClientID, ClientSecret: r.ClientSecret,
		Insecure: true, Logout: true, CAFile: r.CAFile(), Documents: r.kept, Now: r.clock.now,
	}
	for _, f := range change {
		f(&c)
	}
	d, err := openid.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// clock is the real one, moved by a test.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

// shelf keeps documents in memory.
type shelf struct {
	mu   sync.Mutex
	rows map[string]row
}

type row struct {
	body    []byte
	fetched time.Time
}

func (s *shelf) Document(_ context.Context, provider, kind string) ([]byte, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[provider+kind].body, s.rows[provider+kind].fetched, nil
}

func (s *shelf) KeepDocument(_ context.Context, provider, kind string, body []byte, fetched time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[provider+kind] = row{body, fetched}
	return nil
}

// attempt is what the broker would remember.
func attempt() drivers.Attempt {
	return drivers.Attempt{
		RedirectURI: redirectURI, Nonce: "nonce-" + strings.Repeat("n", 37), Verifier: "verifier-" + strings.Repeat("v", 40),
	}
}

// signIn goes the whole way and returns what the driver says.
func (r *relying) signIn(t testing.TB) (drivers.Identity, error) {
	t.Helper()
	a := attempt()
	to, err := r.Redirect.AuthURL(t.Context(), "state-"+strings.Repeat("s", 37), a)
	if err != nil {
		return drivers.Identity{}, err
	}
	reply := r.Visit(t, to)
	reply.Del("state")
	return r.Redirect.Exchange(t.Context(), a, reply)
}

// refused wants a sign-in to end in an error and an empty identity, in a text
// that a log can carry.
func (r *relying) refused(t *testing.T, want error) {
	t.Helper()
	id, err := r.signIn(t)
	if !errors.Is(err, want) || id.Subject != "" {
		t.Fatalf("got %q, %v, want %v", id.Subject, err, want)
	}
	if text := err.Error(); len(text) > 600 || strings.Contains(text, r.ClientSecret) || strings.Contains(text, "verifier-vvv") || strings.ContainsAny(text, "\r\n\x00") {
		t.Errorf("the error cannot be logged: %q", text)
	}
}

// proven wants a sign-in to prove Ada.
func (r *relying) proven(t *testing.T) drivers.Identity {
	t.Helper()
	id, err := r.signIn(t)
	if err != nil || id.Subject != r.Person().Subject {
		t.Fatalf("got %q, %v, want %q", id.Subject, err, r.Person().Subject)
	}
	return id
}

func TestTheContract(t *testing.T) {
	for name, c := range map[string]struct {
		options oidctest.Options
		change  func(*openid.Config)
	}{
		"by default":                {change: func(*openid.Config) {}},
		"with the secret in a form": {change: func(c *openid.Config) { c.ClientAuth = "client_secret_post" }},
		"with userinfo":             {change: func(c *openid.Config) { c.UserInfo = true }},
		"over TLS with its own CA":  {oidctest.Options{TLS: true}, func(c *openid.Config) { c.Insecure = false }},
		"with a path in its issuer": {oidctest.Options{Path: "/realms/one"}, func(*openid.Config) {}},
		"with RS256":                {oidctest.Options{Alg: "RS256"}, func(*openid.Config) {}},
	} {
		t.Run(name, func(t *testing.T) {
			r := relyOn(t, oidctest.New(t, c.options), c.change)
			drivertest.TestRedirect(t, drivertest.RedirectFixture{
				Driver: r.Driver, Subject: r.Person().Subject, ClientID: r.ClientID, Secret: r.ClientSecret,
				RedirectURI: redirectURI, OpenID: true,
				Break: func(tb testing.TB) func() { r.Down(); return func() { r.Up(tb); r.clock.pass(time.Minute) } },
				Visit: func(tb testing.TB, to string) url.Values { return r.Visit(tb, to) },
			})
		})
	}
}

func TestTheIdentity(t *testing.T) {
	r := newRelying(t)
	id := r.proven(t)
	if id.Login != "ada" || id.Name != "Ada Lovelace" || id.Email != "ada@example.org" || !id.EmailVerified ||
		strings.Join(id.Groups, " ") != "engineers readers" || strings.Join(id.AMR, " ") != "pwd otp" || id.Session != "session-of-ada" {
		t.Errorf("got %+v", id)
	}
	for _, name := range []string{"iss", "aud", "nonce", "at_hash", "exp"} {
		if _, there := id.Claims[name]; there {
			t.Errorf("the claims hold %s, which says nothing about the person", name)
		}
	}
}

func TestOneSignInCostsOneCall(t *testing.T) {
	r := newRelying(t)
	r.proven(t)
	before := r.Calls(oidctest.Discovery) + r.Calls(oidctest.JWKS) + r.Calls(oidctest.UserInfo)
	calls := r.Calls(oidctest.Token)
	r.proven(t)
	if got := r.Calls(oidctest.Token) - calls; got != 1 {
		t.Errorf("%d calls of the token endpoint, want 1", got)
	}
	if after := r.Calls(oidctest.Discovery) + r.Calls(oidctest.JWKS) + r.Calls(oidctest.UserInfo); after != before {
		t.Errorf("%d further calls, want none", after-before)
	}
}

func TestWhatIsNotOpened(t *testing.T) {
	for name, c := range map[string]struct {
		config openid.Config
		want   string
	}{
		"no issuer":          {openid.Config{ClientID: "a"}, "issuer"},
		"no client id":       {openid.Config{Issuer: "https://a.test"}, "client id"},
		"an unknown preset":  {openid.Config{Preset: "gogle", ClientID: "a"}, "google"},
		"no tenant":          {openid.Config{Preset: "microsoft", ClientID: "a"}, "tenant"},
		"everybody's tenant": {openid.Config{Preset: "microsoft", ClientID: "a", Tenant: "Common"}, "tenants must list"},
		"no openid scope":    {openid.Config{Issuer: "https://a.test", ClientID: "a", Scopes: []string{"email"}}, "openid"},
		"a shared algorithm": {openid.Config{Issuer: "https://a.test", ClientID: "a", Algorithms: []string{"HS256"}}, "asymmetric"},
		"a key that is none": {openid.Config{Issuer: "https://a.test", ClientID: "a", PrivateKey: []byte("x")}, "private key"},
		"a CA that is none":  {openid.Config{Issuer: "https://a.test", ClientID: "a", CAFile: "/dev/null"}, "CA file"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openid.Open(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	t.Run("R-43 opening makes no call", func(t *testing.T) {
		r := newRelying(t)
		if n := r.Calls(oidctest.Discovery); n != 0 {
			t.Errorf("%d calls, want none", n)
		}
	})
}

func secretPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestClientAuthentication(t *testing.T) {
	t.Run("private_key_jwt proves the client without a secret", func(t *testing.T) {
		key := oidctest.NewKey(t, "ES256")
		p := oidctest.New(t, oidctest.Options{ClientAuth: []string{"private_key_jwt"}, ClientKey: key.Priv.Public()})
		r := relyOn(t, p, func(c *openid.Config) {
			c.PrivateKey, c.PrivateKeyID, c.ClientSecret = secretPEM(t, key.Priv), "k1", ""
		})
		id := r.proven(t)
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream); err != nil {
			t.Errorf("recheck: %v", err)
		}
	})
	t.Run("R-58 of the methods that discovery names the fitting one is taken", func(t *testing.T) {
		r := relyOn(t, oidctest.New(t, oidctest.Options{ClientAuth: []string{"client_secret_post"}}))
		r.proven(t)
	})
	t.Run("R-58 a secret with every odd character arrives, and only at the token endpoint", func(t *testing.T) {
		for _, method := range []string{"client_secret_basic", "client_secret_post"} {
			r := newRelying(t, func(c *openid.Config) { c.ClientAuth, c.UserInfo = method, true })
			r.proven(t)
			for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.UserInfo} {
				q := r.Last(e)
				if strings.Contains(q.URL.String()+q.Body, r.ClientSecret) || strings.HasPrefix(q.Header.Get("Authorization"), "Basic") {
					t.Errorf("%s got the secret", e)
				}
			}
		}
	})
	t.Run("R-58 a provider that repeats the secret in its error puts it into no log", func(t *testing.T) {
		r := newRelying(t)
		r.Answer(oidctest.Token, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"` + r.ClientSecret + ` is wrong"}`))
		})
		r.refused(t, drivers.ErrUnavailable)
	})
}
