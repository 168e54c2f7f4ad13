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
			if !errors.Is(err, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrMisconfigured) == (name == "a list") {
				t.Errorf("got %v, want ErrUnavailable that says whose fault it is", err)
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
