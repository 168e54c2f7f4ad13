package openid_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// byKeys and byAsking let access tokens in.
func byKeys(c *openid.Config)   { c.Bearer.JWKS = true }
func byAsking(c *openid.Config) { c.Bearer.Introspect = true }

// another makes a token one of another service.
func another(_, claims map[string]any) {
	for _, name := range []string{"aud", "azp", "client_id"} {
		claims[name] = "another"
	}
}

func TestTheBearerContract(t *testing.T) {
	fixture := func(r *relying) drivertest.BearerFixture {
		return drivertest.BearerFixture{
			Driver: r.Driver, Subject: r.Person().Subject, Secret: r.ClientSecret, Now: r.clock.now,
			Foreign: r.AccessToken(t, r.Person(), claim("iss", "https://another.test")),
		}
	}
	t.Run("with the provider's keys", func(t *testing.T) {
		r := newRelying(t, byKeys)
		f := fixture(r)
		f.Token = func(tb testing.TB) string { return r.AccessToken(tb, r.Person(), nil) }
		f.Strange = func(tb testing.TB) string { return r.AccessToken(tb, r.Person(), another) }
		f.End = func(testing.TB, string) { r.clock.pass(10 * time.Minute); r.Clock(10 * time.Minute) }
		drivertest.TestBearer(t, f)
	})
	for method, change := range map[string]func(*openid.Config){
		"client_secret_basic": func(c *openid.Config) { c.ClientAuth = "client_secret_basic" },
		"client_secret_post":  func(c *openid.Config) { c.ClientAuth = "client_secret_post" },
		"userinfo":            func(c *openid.Config) { c.UserInfo = true },
	} {
		t.Run("by asking, with "+method, func(t *testing.T) {
			r := newRelying(t, byAsking, change)
			f := fixture(r)
			f.Token = func(testing.TB) string { return r.OpaqueToken(r.Person()) }
			f.Strange = func(testing.TB) string { return r.OpaqueToken(oidctest.Person{Subject: "strange", Login: "eve"}) }
			r.Introspection(func(answer map[string]any) {
				if answer["sub"] == "strange" {
					another(nil, answer)
				}
			})
			f.End = func(testing.TB, string) { r.Revoke(r.Person().Subject) }
			f.Break = func(tb testing.TB) func() { r.Down(); return func() { r.Up(tb); r.clock.pass(time.Minute) } }
			drivertest.TestBearer(t, f)
		})
	}
}

func TestATokenIsWhatASignInWouldSay(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*openid.Config)
		token  func(*relying) string
	}{
		"with the provider's keys": {byKeys, func(r *relying) string { return r.AccessToken(t, r.Person(), claim("sid", "a session")) }},
		"by asking":                {byAsking, func(r *relying) string { return r.OpaqueToken(r.Person()) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t, c.change)
			want := r.proven(t)
			got, err := r.Bearer.ReadBearer(t.Context(), c.token(r))
			if err != nil {
				t.Fatal(err)
			}
			// How somebody signed in is not in every access token.
			want.Session, want.Upstream, want.AMR = "", nil, nil
			if diff := cmp.Diff(want, got.Identity); diff != "" {
				t.Errorf("-sign-in +token:\n%s", diff)
			}
			if left := got.Expires.Sub(r.clock.now()); left <= 4*time.Minute || left > 5*time.Minute {
				t.Errorf("it counts for %v, want the token's 5 minutes", left)
			}
		})
	}
}

// reads wants a token to prove Ada.
func (r *relying) reads(t *testing.T, token string) drivers.Bearer {
	t.Helper()
	b, err := r.Bearer.ReadBearer(t.Context(), token)
	if err != nil || b.Identity.Subject != r.Person().Subject {
		t.Fatalf("got %q, %v, want %q", b.Identity.Subject, err, r.Person().Subject)
	}
	return b
}

func TestAskingProvesTheClientByItsKey(t *testing.T) {
	key := oidctest.NewKey(t, "ES256")
	p := oidctest.New(t, oidctest.Options{ClientAuth: []string{"private_key_jwt"}, ClientKey: key.Priv.Public()})
	r := relyOn(t, p, byAsking, func(c *openid.Config) { c.PrivateKey, c.ClientSecret = key.PrivatePEM(t), "" })
	r.reads(t, r.OpaqueToken(r.Person()))
	if q := r.Last(oidctest.Introspection); q.Form.Has("client_secret") || q.Header.Get("Authorization") != "" {
		t.Errorf("a secret came along: %v", q.Form)
	}
}

func TestTheQuestionAboutAToken(t *testing.T) {
	r := newRelying(t, byAsking)
	token := r.OpaqueToken(r.Person())
	r.reads(t, token)
	q := r.Last(oidctest.Introspection)
	if q.Method != http.MethodPost || q.URL.RawQuery != "" || q.Form.Get("token") != token || q.Form.Get("token_type_hint") != "access_token" {
		t.Errorf("asked %s %s with %v", q.Method, q.URL, q.Form)
	}
	if q.Form.Has("client_secret") || !strings.HasPrefix(q.Header.Get("Authorization"), "Basic ") {
		t.Error("the secret did not come by Basic alone")
	}
	if n := r.Calls(oidctest.UserInfo); n != 0 {
		t.Errorf("userinfo was asked %d times, want none: the answer says all", n)
	}
}

func TestKeysAskNobody(t *testing.T) {
	r := newRelying(t, byKeys)
	r.reads(t, r.AccessToken(t, r.Person(), nil))
	before := r.Calls(oidctest.Discovery) + r.Calls(oidctest.JWKS)
	for range 20 {
		r.reads(t, r.AccessToken(t, r.Person(), nil))
	}
	after := r.Calls(oidctest.Discovery) + r.Calls(oidctest.JWKS)
	if asked := r.Calls(oidctest.UserInfo) + r.Calls(oidctest.Introspection); after != before || asked != 0 {
		t.Errorf("%d calls for documents and %d about tokens, want none", after-before, asked)
	}
}

func TestWhereToAsk(t *testing.T) {
	t.Run("the operator's address counts, whatever discovery says", func(t *testing.T) {
		p := oidctest.New(t, oidctest.Options{})
		p.Discovery(func(doc map[string]any) { doc["introspection_endpoint"] = "ftp://evil.test/" })
		r := relyOn(t, p, byAsking, func(c *openid.Config) { c.Bearer.IntrospectURL = p.URL(oidctest.Introspection) })
		r.reads(t, r.OpaqueToken(r.Person()))
	})
	t.Run("discovery's does not matter to whom nobody asks", func(t *testing.T) {
		r := newRelying(t, byKeys)
		r.Discovery(func(doc map[string]any) { doc["introspection_endpoint"] = "ftp://evil.test/" })
		r.reads(t, r.AccessToken(t, r.Person(), nil))
	})
	t.Run("the operator's address may be on another host", func(t *testing.T) {
		elsewhere := oidctest.New(t, oidctest.Options{Host: "127.0.0.2"})
		elsewhere.Answer(oidctest.Introspection, oidctest.Raw(200, "application/json", `{"active":true,"sub":"a1b2-ada","aud":"relying:party","token_type":"Bearer","name":"Ada"}`))
		r := newRelying(t, byAsking, func(c *openid.Config) { c.Bearer.IntrospectURL = elsewhere.URL(oidctest.Introspection) })
		r.reads(t, "opaque")
	})
	for name, c := range map[string]struct {
		address string
		want    error
	}{
		"R-44 a host without a public address": {"http://127.0.0.3:1/introspect", drivers.ErrUnavailable},
		"no address":                           {"introspect", drivers.ErrMisconfigured},
		"another scheme":                       {"ftp://evil.test/", drivers.ErrMisconfigured},
		"credentials in it":                    {"https://a:b@evil.test/", drivers.ErrMisconfigured},
	} {
		t.Run(name+" is not called", func(t *testing.T) {
			r := newRelying(t, byAsking)
			r.Discovery(func(doc map[string]any) { doc["introspection_endpoint"] = c.address })
			r.unread(t, r.OpaqueToken(r.Person()), c.want)
		})
	}
	t.Run("none is the operator's to name", func(t *testing.T) {
		r := newRelying(t, byAsking)
		r.Discovery(func(doc map[string]any) { delete(doc, "introspection_endpoint") })
		r.unread(t, r.OpaqueToken(r.Person()), drivers.ErrMisconfigured)
	})
	for name, c := range map[string]struct {
		change func(*openid.Config)
		want   string
	}{
		"plain http":                   {func(c *openid.Config) { c.Bearer.IntrospectURL = "http://a.test/i" }, "not https"},
		"no address":                   {func(c *openid.Config) { c.Bearer.IntrospectURL = "a.test" }, "introspect_url"},
		"keys and asking":              {byKeys, "not both"},
		"a client that proves nothing": {func(c *openid.Config) { c.ClientAuth = "none" }, "prove itself"},
	} {
		t.Run(name+" is not opened", func(t *testing.T) {
			config := openid.Config{Issuer: "https://a.test", ClientID: "a", ClientSecret: "b", Bearer: openid.Bearer{Introspect: true}}
			c.change(&config)
			if _, err := openid.Open(config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	t.Run("without guard nothing is read", func(t *testing.T) {
		if newRelying(t).Bearer != nil {
			t.Error("access tokens are read though nobody asked for it")
		}
	})
}

func TestCheckAsksAboutAMadeUpToken(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		good   bool
	}{
		"an honest provider":                {nil, true},
		"one that calls everything active":  {oidctest.Raw(200, "application/json", `{"active":true}`), false},
		"one that does not let us ask":      {oidctest.Raw(403, "application/json", `{}`), false},
		"one whose address leads elsewhere": {oidctest.Raw(200, "text/html", `<h1>`), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t, byAsking)
			r.Answer(oidctest.Introspection, c.answer)
			for _, s := range r.Check.Check(t.Context(), "") {
				if s.Name != "introspection" && s.Err != nil || s.Name == "introspection" && (s.Err == nil) != c.good || (s.Fix == "") != (s.Err == nil) {
					t.Errorf("got %+v", s)
				}
			}
			if r.Calls(oidctest.Introspection) != 1 {
				t.Error("it was not asked once")
			}
		})
	}
}
