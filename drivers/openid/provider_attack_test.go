package openid_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// reply goes the whole way with a reply that was changed.
func (r *relying) reply(t *testing.T, change func(url.Values)) (drivers.Identity, error) {
	t.Helper()
	a := attempt()
	to, err := r.Redirect.AuthURL(t.Context(), "s"+strings.Repeat("s", 42), a)
	if err != nil {
		t.Fatal(err)
	}
	q := r.Visit(t, to)
	q.Del("state")
	change(q)
	return r.Redirect.Exchange(t.Context(), a, q)
}

func TestR07TheReplysIssuer(t *testing.T) {
	other := oidctest.New(t, oidctest.Options{})
	for name, change := range map[string]func(url.Values){
		"R-07 none":            func(q url.Values) { q.Del("iss") },
		"R-07 another's":       func(q url.Values) { q.Set("iss", other.Issuer()) },
		"R-07 twice":           func(q url.Values) { q.Add("iss", q.Get("iss")) },
		"R-07 in capitals":     func(q url.Values) { q.Set("iss", strings.ToUpper(q.Get("iss"))) },
		"R-07 with a slash":    func(q url.Values) { q.Set("iss", q.Get("iss")+"/") },
		"R-07 beside an error": func(q url.Values) { q.Set("iss", other.Issuer()); q.Set("error", "access_denied") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t)
			if id, err := r.reply(t, change); !errors.Is(err, drivers.ErrReply) || id.Subject != "" {
				t.Errorf("got %q, %v, want ErrReply", id.Subject, err)
			}
			if n := r.Calls(oidctest.Token); n != 0 {
				t.Errorf("%d calls of the token endpoint, want none", n)
			}
		})
	}
	t.Run("R-07 a provider that does not announce it may leave it out", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(doc map[string]any) { delete(doc, "authorization_response_iss_parameter_supported") })
		if _, err := r.reply(t, func(q url.Values) { q.Del("iss") }); err != nil {
			t.Error(err)
		}
		if _, err := r.reply(t, func(q url.Values) { q.Set("iss", other.Issuer()) }); !errors.Is(err, drivers.ErrReply) {
			t.Errorf("another's: got %v, want ErrReply", err)
		}
	})
}

func TestR42WhatDiscoveryMayName(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another issuer":            func(d map[string]any) { d["issuer"] = "https://evil.test" },
		"an issuer with a slash":    func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" },
		"no issuer":                 func(d map[string]any) { delete(d, "issuer") },
		"no token endpoint":         func(d map[string]any) { delete(d, "token_endpoint") },
		"a file":                    func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" },
		"an address with user info": func(d map[string]any) { d["token_endpoint"] = "http://a:b@127.0.0.1/token" },
		"a list":                    func(d map[string]any) { d["token_endpoint"] = []string{"http://127.0.0.1"} },
	} {
		t.Run("R-42 "+name, func(t *testing.T) {
			r := newRelying(t)
			r.Discovery(change)
			_, err := r.Redirect.AuthURL(t.Context(), "s", attempt())
			if !errors.Is(err, drivers.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		})
	}
	t.Run("R-42 plain http needs the operator's word", func(t *testing.T) {
		r := relyOn(t, oidctest.New(t, oidctest.Options{TLS: true}), func(c *openid.Config) { c.Insecure = false })
		// The browser's own addresses are not called by us: nothing else stops them.
		for _, name := range []string{"token_endpoint", "authorization_endpoint", "end_session_endpoint"} {
			r.Honest()
			r.Discovery(func(d map[string]any) { d[name] = "http://127.0.0.1:1/" })
			r.Driver = r.open(t, func(c *openid.Config) { c.Insecure, c.Documents = false, nil })
			if to, err := r.Redirect.AuthURL(t.Context(), "s", attempt()); !errors.Is(err, drivers.ErrUnavailable) {
				t.Errorf("%s: got %q, %v, want ErrUnavailable", name, to, err)
			}
		}
	})
	t.Run("R-48 another host needs a public address, or to be listed", func(t *testing.T) {
		elsewhere := oidctest.New(t, oidctest.Options{Host: "127.0.0.2"})
		r := newRelying(t)
		r.Discovery(func(d map[string]any) { d["jwks_uri"] = elsewhere.URL(oidctest.JWKS) })
		r.refused(t, drivers.ErrUnavailable)
		if n := elsewhere.Calls(oidctest.JWKS); n != 0 {
			t.Errorf("%d calls inside, want none", n)
		}
		listed := relyOn(t, r.Provider, func(c *openid.Config) { c.Hosts = []string{"127.0.0.2"} })
		listed.refused(t, drivers.ErrReply) // its keys are others
		if n := elsewhere.Calls(oidctest.JWKS); n != 1 {
			t.Errorf("%d calls of a listed host, want 1", n)
		}
	})
}

func TestR43AnOutage(t *testing.T) {
	t.Run("R-43 a provider that comes up later works within half a minute", func(t *testing.T) {
		r := newRelying(t)
		r.Down()
		for range 10 {
			if _, err := r.Redirect.AuthURL(t.Context(), "s", attempt()); !errors.Is(err, drivers.ErrUnavailable) {
				t.Fatalf("got %v, want ErrUnavailable", err)
			}
			r.clock.pass(10 * time.Second)
		}
		r.Up(t)
		r.clock.pass(30 * time.Second)
		r.proven(t)
	})
	t.Run("R-43 who comes meanwhile is told at once when to come again", func(t *testing.T) {
		r := newRelying(t)
		r.Answer(oidctest.Discovery, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		for range 20 {
			_, err := r.Redirect.AuthURL(t.Context(), "s", attempt())
			var wait interface{ RetryAfter() time.Duration }
			if !errors.Is(err, drivers.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
			if errors.As(err, &wait) && (wait.RetryAfter() <= 0 || wait.RetryAfter() > 30*time.Second) {
				t.Errorf("told to wait %v", wait.RetryAfter())
			}
		}
		if n := r.Calls(oidctest.Discovery); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
	t.Run("a start during an outage of discovery works from what was kept", func(t *testing.T) {
		r := newRelying(t)
		r.proven(t)
		broken := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		r.Answer(oidctest.Discovery, broken)
		r.Answer(oidctest.JWKS, broken)
		r.clock.pass(2 * time.Hour)
		r.IDToken(func(_, c map[string]any) {
			c["iat"], c["exp"] = r.clock.now().Unix(), r.clock.now().Add(time.Minute).Unix()
		})
		r.Driver = r.open(t)
		r.proven(t)
		if !r.Weather.Degraded() {
			t.Error("nobody is told")
		}
		r.Answer(oidctest.Discovery, nil)
		r.Answer(oidctest.JWKS, nil)
		r.clock.pass(31 * time.Second)
		r.proven(t)
		if r.Weather.Degraded() {
			t.Error("it is still degraded")
		}
	})
	t.Run("many that come at once ask once", func(t *testing.T) {
		r := newRelying(t)
		done := make(chan error, 20)
		for range 20 {
			go func() { _, err := r.Redirect.AuthURL(t.Context(), "s", attempt()); done <- err }()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := r.Calls(oidctest.Discovery); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestR45HugeAnswers(t *testing.T) {
	endless := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":"`)
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 1 << 10 {
			if _, err := z.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
		_ = z.Close()
	}
	deep := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":`+strings.Repeat("[", 100_000))
	}
	for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.Token, oidctest.UserInfo} {
		for name, serve := range map[string]http.HandlerFunc{"an endless body": endless, "a bomb": bomb, "a deep one": deep} {
			t.Run("R-45 "+string(e)+": "+name, func(t *testing.T) {
				r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
				r.Answer(e, serve)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if id, err := r.signIn(t); err == nil || id.Subject != "" {
					t.Errorf("got %q, %v, want a refusal", id.Subject, err)
				}
				runtime.ReadMemStats(&after)
				if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
					t.Errorf("it took %d MiB", grown>>20)
				}
			})
		}
	}
}

func TestR47Redirects(t *testing.T) {
	var asked atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(evil.Close)
	for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.Token, oidctest.UserInfo} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
			r.Answer(e, func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, evil.URL, status) })
			if id, err := r.signIn(t); err == nil || id.Subject != "" {
				t.Errorf("R-47 %s %d: got %q, %v, want a refusal", e, status, id.Subject, err)
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("R-47 %d calls went elsewhere, want none", n)
	}
}

func TestR64Recheck(t *testing.T) {
	t.Run("R-64 it brings today's profile and the next refresh token", func(t *testing.T) {
		r := newRelying(t)
		id := r.proven(t)
		q := r.Person()
		q.Groups = []string{"readers"}
		r.SetPerson(q)
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || strings.Join(again.Groups, " ") != "readers" || string(again.Upstream) == string(id.Upstream) {
			t.Errorf("got %+v, %v", again, err)
		}
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil {
			t.Errorf("with the next: %v", err)
		}
	})
	t.Run("without a new ID token userinfo says who it is", func(t *testing.T) {
		r := newRelying(t)
		id := r.proven(t)
		r.Token(func(a map[string]any) { delete(a, "id_token") })
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || again.Partial || strings.Join(again.Groups, " ") != "engineers readers" || r.Calls(oidctest.UserInfo) != 1 {
			t.Errorf("got %+v, %v", again, err)
		}
		r.UserInfo(func(c map[string]any) { c["sub"] = "mallory" })
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("about somebody else: got %v, want ErrRefused", err)
		}
	})
	t.Run("userinfo that cannot be asked costs no refresh token", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
		id := r.proven(t)
		r.Answer(oidctest.UserInfo, status(500))
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || !again.Partial || string(again.Upstream) == string(id.Upstream) {
			t.Fatalf("got %+v, %v", again, err)
		}
		r.Answer(oidctest.UserInfo, nil)
		if again, err = r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil || again.Partial {
			t.Errorf("afterwards: got %+v, %v", again, err)
		}
		r.Answer(oidctest.UserInfo, status(401))
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); !errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrUnavailable) {
			t.Errorf("refused there: got %v, want ErrRefused alone", err)
		}
	})
	t.Run("nor does it without an ID token, and keys that are not to be had cost none", func(t *testing.T) {
		for name, lie := range map[string]func(*relying){
			"userinfo": func(r *relying) {
				r.Answer(oidctest.UserInfo, status(500))
				r.Token(func(a map[string]any) { delete(a, "id_token") })
			},
			"keys": func(r *relying) {
				r.Answer(oidctest.JWKS, status(500))
				r.Driver = r.open(t, func(c *openid.Config) { c.Documents = nil })
			},
		} {
			r := newRelying(t)
			id := r.proven(t)
			lie(r)
			again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
			if err != nil || !again.Partial || again.Subject != id.Subject || string(again.Upstream) == string(id.Upstream) {
				t.Errorf("without %s: got %+v, %v, want a new refresh token and no more", name, again, err)
			}
			r.Honest()
			r.clock.pass(31 * time.Second)
			if again, err = r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil || again.Partial {
				t.Errorf("without %s, afterwards: got %+v, %v", name, again, err)
			}
		}
	})
	t.Run("with neither nothing is known but that the person is welcome", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(d map[string]any) { delete(d, "userinfo_endpoint") })
		id := r.proven(t)
		r.Token(func(a map[string]any) { delete(a, "id_token") })
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || !again.Partial || again.Subject != id.Subject || string(again.Upstream) == string(id.Upstream) {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	for name, c := range map[string]struct {
		lie  func(*relying)
		want error
	}{
		"R-64 invalid_grant refuses":           {func(r *relying) { r.Revoke(r.Person().Subject) }, drivers.ErrRefused},
		"R-64 another subject refuses":         {func(r *relying) { r.IDToken(claim("sub", "mallory")) }, drivers.ErrRefused},
		"R-64 another issuer refuses":          {func(r *relying) { r.IDToken(claim("iss", "https://evil.test")) }, drivers.ErrRefused},
		"R-64 a forged token refuses":          {func(r *relying) { r.SignWith(signer{"none", nothing}) }, drivers.ErrRefused},
		"R-64 500 is no refusal":               {func(r *relying) { r.Answer(oidctest.Token, status(500)) }, drivers.ErrUnavailable},
		"R-64 too many requests is no refusal": {func(r *relying) { r.Answer(oidctest.Token, status(429)) }, drivers.ErrUnavailable},
		"R-64 our own wrong secret is none":    {func(r *relying) { r.Answer(oidctest.Token, oauthError(401, "invalid_client")) }, drivers.ErrUnavailable},
		"R-64 a page with 200 is no refusal":   {func(r *relying) { r.Answer(oidctest.Token, oidctest.Raw(200, "text/html", "<h1>Back soon")) }, drivers.ErrUnavailable},
		"R-64 an error that is new is none":    {func(r *relying) { r.Answer(oidctest.Token, oauthError(400, "brand_new")) }, drivers.ErrUnavailable},
		"R-64 a provider that is gone is none": {func(r *relying) { r.Down() }, drivers.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t)
			id := r.proven(t)
			c.lie(r)
			got, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
			if !errors.Is(err, c.want) || got.Subject != "" {
				t.Errorf("got %q, %v, want %v", got.Subject, err, c.want)
			}
		})
	}
	t.Run("nothing to ask with is no refusal", func(t *testing.T) {
		r := newRelying(t)
		if id, err := r.Recheck.Recheck(t.Context(), "x", []byte("{}")); err != nil || !id.Partial || id.Subject != "x" {
			t.Errorf("got %+v, %v, want nothing new", id, err)
		}
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func oauthError(code int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error":"`+kind+`"}`)
	}
}

func TestR62LogoutTokens(t *testing.T) {
	r := newRelying(t)
	r.proven(t)
	read := func(t *testing.T, mutate func(header, claims map[string]any)) (drivers.Logout, error) {
		t.Helper()
		return r.Ended.ReadLogout(t.Context(), r.LogoutToken(t, r.Person(), mutate))
	}
	t.Run("R-62 the right one names person, session and itself", func(t *testing.T) {
		out, err := read(t, nil)
		if err != nil || out.Subject != r.Person().Subject || out.Session != r.Person().SID || out.ID == "" || !out.Expires.After(time.Now()) {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	for name, lie := range map[string]func(header, claims map[string]any){
		"R-62 the issuer is another":       claim("iss", "https://evil.test"),
		"R-62 the audience is another":     claim("aud", "another"),
		"R-62 it tells of no event":        claim("events", nil),
		"R-62 it tells of another event":   claim("events", map[string]any{"http://example.org/other": map[string]any{}}),
		"R-62 its event is a text":         claim("events", "logout"),
		"R-62 its event is null":           claim("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": nil}),
		"R-62 it has a nonce":              claim("nonce", "n"),
		"R-62 it has expired":              claim("exp", time.Now().Add(-2*time.Minute).Unix()),
		"R-62 it has no expiry":            claim("exp", nil),
		"R-62 it is of last year":          func(_, c map[string]any) { c["iat"] = time.Now().Add(-365 * 24 * time.Hour).Unix() },
		"R-62 it has no id":                claim("jti", nil),
		"R-62 it names nobody":             func(_, c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"R-62 its type is an access token": func(h, _ map[string]any) { h["typ"] = "at+jwt" },
		"R-62 its algorithm is none":       func(h, _ map[string]any) { h["alg"] = "none" },
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := read(t, lie); !errors.Is(err, drivers.ErrReply) || out != (drivers.Logout{}) {
				t.Errorf("got %+v, %v, want ErrReply", out, err)
			}
		})
	}
	t.Run("R-62 an ID token is no logout token", func(t *testing.T) {
		var token string
		r.Rewrite(func(s string) string { token = s; return s })
		r.proven(t)
		if _, err := r.Ended.ReadLogout(t.Context(), token); !errors.Is(err, drivers.ErrReply) {
			t.Errorf("got %v, want ErrReply", err)
		}
	})
	t.Run("R-62 signed with another key", func(t *testing.T) {
		r.SignWith(oidctest.NewKey(t, "ES256"))
		defer r.Honest()
		if _, err := read(t, nil); !errors.Is(err, drivers.ErrReply) {
			t.Errorf("got %v, want ErrReply", err)
		}
	})
}

func TestLogoutURL(t *testing.T) {
	r := newRelying(t)
	id := r.proven(t)
	to, err := r.Logout.LogoutURL(t.Context(), id.Upstream, "https://sso.example.org/login?left")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("id_token_hint") == "" || u.Query().Get("client_id") != r.ClientID || u.Query().Get("post_logout_redirect_uri") != "https://sso.example.org/login?left" {
		t.Errorf("got %s, %v", to, err)
	}
	t.Run("a provider without such a place gives none", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(d map[string]any) { delete(d, "end_session_endpoint") })
		if to, err := r.Logout.LogoutURL(t.Context(), nil, ""); to != "" || err != nil {
			t.Errorf("got %q, %v", to, err)
		}
	})
}

func TestCheck(t *testing.T) {
	steps := func(t *testing.T, r *relying) (names []string, last drivers.Step) {
		t.Helper()
		for _, s := range r.Check.Check(t.Context(), "") {
			names, last = append(names, s.Name), s
		}
		return names, last
	}
	t.Run("every step is told when all is well", func(t *testing.T) {
		r := relyOn(t, oidctest.New(t, oidctest.Options{TLS: true}), func(c *openid.Config) { c.Insecure = false })
		names, last := steps(t, r)
		if got := strings.Join(names, ", "); last.Err != nil || got != "connect, TLS, discovery, issuer, keys, authorize URL, token endpoint, clock" {
			t.Errorf("got %s: %v", got, last.Err)
		}
	})
	for name, c := range map[string]struct {
		change func(*openid.Config)
		lie    func(*relying)
		step   string
		fix    string
	}{
		"a provider that is gone":       {nil, func(r *relying) { r.Down() }, "connect", "port"},
		"an issuer of another spelling": {func(c *openid.Config) { c.Issuer += "/" }, func(*relying) {}, "issuer", "http://127.0.0.1"},
		"no discovery":                  {nil, func(r *relying) { r.Answer(oidctest.Discovery, status(404)) }, "discovery", "browser"},
		"no keys":                       {nil, func(r *relying) { r.Answer(oidctest.JWKS, status(404)) }, "keys", "jwks"},
		"a wrong secret":                {func(c *openid.Config) { c.ClientSecret = "wrong" }, func(*relying) {}, "token endpoint", "client_secret"},
		"a clock that is off": {nil, func(r *relying) {
			r.Body(oidctest.Discovery, func(s string) string { return s })
			r.clock.pass(10 * time.Minute)
		}, "clock", "NTP"},
	} {
		t.Run(name+" is told, with what to change", func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*openid.Config) {}
			}
			r := newRelying(t, change)
			c.lie(r)
			_, last := steps(t, r)
			if last.Name != c.step || last.Err == nil || !strings.Contains(last.Fix, c.fix) {
				t.Errorf("got %q: %v, fix %q, want %q with %q", last.Name, last.Err, last.Fix, c.step, c.fix)
			}
			if last.Err != nil && strings.Contains(last.Err.Error()+last.Fix, r.ClientSecret) {
				t.Error("the secret is shown")
			}
		})
	}
	t.Run("a certificate of an unknown CA is told, with what to change", func(t *testing.T) {
		p := oidctest.New(t, oidctest.Options{TLS: true})
		r := relyOn(t, p, func(c *openid.Config) { c.CAFile, c.Insecure = "", false })
		if _, last := steps(t, r); last.Name != "TLS" || last.Err == nil || !strings.Contains(last.Fix, "ca_file") {
			t.Errorf("got %q: %v, fix %q", last.Name, last.Err, last.Fix)
		}
	})
}

func TestPresets(t *testing.T) {
	all := openid.Presets()
	if len(all) != 11 {
		t.Errorf("got %d, want 11", len(all))
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			c := openid.Config{Preset: p.Name, ClientID: "id", Issuer: p.Issuer, Tenant: "00000000-0000-0000-0000-000000000001"}
			if p.Issuer == "" && p.Name != "microsoft" {
				c.Issuer = "https://id.example.org"
			}
			if p.Name == "apple" {
				c.PrivateKey, c.PrivateKeyID, c.TeamID = secretPEM(t, oidctest.NewKey(t, "ES256").Priv), "k", "t"
			}
			d, err := openid.Open(c)
			if err != nil || d.FormPost != (p.Name == "apple") || p.Label == "" {
				t.Errorf("got form post %v, label %q, %v", d.FormPost, p.Label, err)
			}
		})
	}
}
