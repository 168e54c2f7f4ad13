package guard_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/guard"
	"github.com/signet-sso/signet/web/wire"
)

func TestWhoIsSignedInPasses(t *testing.T) {
	g := newGate(t)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"nginx with a token":  g.nginx("https://app.example.org/a", "alice"),
		"nginx with a cookie": g.nginx("https://app.example.org/a", "", "Cookie", "signet_session=alice"),
		"nginx with both":     g.nginx("https://app.example.org/a", "alice", "Cookie", "signet_session=alice"),
		"forward":             g.ask(call{door: "/guard/forward", fields: forward("POST", "app.example.org", "/a?b", "Authorization", "Bearer alice")}),
		"envoy":               g.ask(call{door: "/guard/envoy/a?b", method: "DELETE", fields: []string{"X-Forwarded-Proto", "https", "Authorization", "Bearer alice"}}),
		"without an address":  g.ask(call{door: "/guard/nginx", fields: []string{"Authorization", "Bearer alice"}}),
		"head":                g.ask(call{door: "/guard/forward", method: "HEAD", fields: forward("HEAD", "app.example.org", "/", "Authorization", "bearer alice")}),
		"an unusual method":   g.ask(call{door: "/guard/forward", method: "PROPFIND", fields: forward("PROPFIND", "app.example.org", "/", "Authorization", "Bearer alice")}),
	} {
		t.Run(name, func(t *testing.T) {
			want(t, w, http.StatusOK)
			got := map[string]string{}
			for field := range w.Header() {
				got[field] = w.Header().Get(field)
			}
			if got["Cache-Control"] != "no-store" {
				t.Errorf("Cache-Control is %q: somebody else may get this answer", got["Cache-Control"])
			}
			delete(got, "Cache-Control")
			if diff := cmp.Diff(map[string]string{
				"Remote-User": "alice", "Remote-Name": "Alice Liddell", "Remote-Email": "alice@example.org",
				"Remote-Groups": "admins,staff", "Remote-Roles": "admins,staff",
			}, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestC20_WhoIsNotSignedIn(t *testing.T) {
	g := newGate(t)
	for name, fields := range map[string][]string{
		"no credential":         nil,
		"garbage":               {"Authorization", "Bearer garbage"},
		"not a token":           {"Authorization", "Bearer a b"},
		"an empty token":        {"Authorization", "Bearer "},
		"another scheme":        {"Authorization", "Basic YWxpY2U6YWxpY2U="},
		"two fields":            {"Authorization", "Bearer alice", "Authorization", "Bearer alice"},
		"a refresh token":       {"Cookie", "signet_refresh=alice"},
		"a waiting sign-in":     {"Cookie", "signet_pending=alice"},
		"an empty cookie":       {"Cookie", "signet_session="},
		"a cookie twice":        {"Cookie", "signet_session=alice; signet_session=bob"},
		"a token in a query":    {"X-Original-URL", "https://app.example.org/?access_token=alice"},
		"a health checker":      {"User-Agent", "GoogleHC/1.0"},
		"a kube probe":          {"User-Agent", "kube-probe/1.30"},
		"a spoofed name":        {"Remote-User", "alice"},
		"two people":            {"Authorization", "Bearer alice", "Cookie", "signet_session=bob"},
		"a bad cookie, a token": {"Authorization", "Bearer alice", "Cookie", "signet_session=garbage"},
		"a cookie, a bad token": {"Authorization", "Bearer garbage", "Cookie", "signet_session=alice"},
	} {
		t.Run("C-20 "+name+" is 401", func(t *testing.T) {
			if fields == nil || fields[0] != "X-Original-URL" {
				fields = append([]string{"X-Original-URL", "https://app.example.org/", "X-Original-Method", "GET"}, fields...)
			} else {
				fields = append(fields, "X-Original-Method", "GET")
			}
			want(t, g.ask(call{door: "/guard/nginx", fields: fields}), http.StatusUnauthorized)
			want(t, g.ask(call{door: "/guard/forward", fields: append(forward("GET", "app.example.org", "/"), fields[4:]...)}), http.StatusUnauthorized)
		})
	}
}

func TestC09_AFloodOfCookiesIsNobody(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Paths: []string{"/public/**"}, Public: true}, guard.Rule{}))
	some, many := strings.Repeat("a=b; ", 200)+"signet_session=alice", strings.Repeat("a=b; ", 499)+"signet_session=alice"
	want(t, g.nginx("https://app.example.org/", "", "Cookie", some), http.StatusOK)
	want(t, g.nginx("https://app.example.org/", "", "Cookie", many), http.StatusUnauthorized)
	want(t, g.nginx("https://app.example.org/", "alice", "Cookie", strings.Repeat("a=b; ", 499)), http.StatusUnauthorized)
	if w := g.nginx("https://app.example.org/public/a", "", "Cookie", many); w.Code != http.StatusOK || w.Header().Get("Remote-User") != "" {
		t.Errorf("C-09 got %d and %q on a public page, want 200 and nobody", w.Code, w.Header().Get("Remote-User"))
	}
}

func TestC31_NoHealthCheckPassesByItsName(t *testing.T) {
	g := newGate(t)
	for _, agent := range []string{"GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "signet"} {
		want(t, g.nginx("https://app.example.org/", "", "User-Agent", agent), http.StatusUnauthorized)
	}
	want(t, g.ask(call{door: "/guard/nginx?healthz", fields: []string{"X-Original-URL", "https://app.example.org/?healthz", "X-Original-Method", "GET"}}), http.StatusUnauthorized)
}

func TestC33_BasicIsNoWayIn(t *testing.T) {
	g := newGate(t)
	for _, scheme := range []string{"Basic", "basic", "BASIC"} {
		want(t, g.nginx("https://app.example.org/", "", "Authorization", scheme+" YWxpY2U6YWxpY2U="), http.StatusUnauthorized)
	}
}

func TestADeadCookieIsTakenAway(t *testing.T) {
	g := newGate(t)
	for name, sent := range map[string]string{"garbage": "garbage", "a flipped bit": "alicf", "cut off": "alic", "nothing": "", "not base64": "%00{}"} {
		t.Run("C-10 "+name, func(t *testing.T) {
			for _, w := range []*httptest.ResponseRecorder{
				g.nginx("https://app.example.org/", "", "Cookie", "signet_session="+sent),
				g.ask(call{door: "/guard/forward", fields: forward("GET", "app.example.org", "/", "Cookie", "signet_session="+sent)}),
			} {
				want(t, w, http.StatusUnauthorized)
				got := w.Result().Cookies()
				if len(got) != 1 || got[0].Name != "signet_session" || got[0].MaxAge >= 0 || got[0].Value != "" {
					t.Errorf("got %v, want that the one cookie is taken away", got)
				}
			}
		})
	}
	t.Run("but stays when the database is away", func(t *testing.T) {
		g := newGate(t)
		g.fail = broker.ErrStoreDown
		w := g.nginx("https://app.example.org/", "", "Cookie", "signet_session=alice")
		want(t, w, http.StatusForbidden)
		if c := w.Result().Cookies(); len(c) > 0 {
			t.Errorf("got %v, want none", c)
		}
	})
}

func TestC36_TroubleOfOursNeverPasses(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		nginx string
		code  int
	}{
		"a database that is down": {broker.ErrStoreDown, "SERVICE_UNAVAILABLE", http.StatusServiceUnavailable},
		"a defect":                {errors.New("boom"), "INTERNAL", http.StatusInternalServerError},
	} {
		t.Run("C-36 "+name, func(t *testing.T) {
			g := newGate(t, rules(guard.Rule{Paths: []string{"/public/**"}, Public: true}, guard.Rule{}))
			g.fail = c.err
			w := g.nginx("https://app.example.org/a", "alice")
			want(t, w, http.StatusForbidden) // nginx knows no other word for it
			if got := w.Header().Get("X-Signet-Error"); got != c.nginx {
				t.Errorf("got %q, want %q", got, c.nginx)
			}
			want(t, g.ask(call{door: "/guard/forward", fields: forward("GET", "app.example.org", "/a", "Authorization", "Bearer alice")}), c.code)
			want(t, g.nginx("https://app.example.org/public/a", "alice"), http.StatusOK)
		})
	}
	t.Run("C-36 a panic", func(t *testing.T) {
		g := newGate(t)
		g.panics = true
		o := wire.Observer{Log: slog.New(slog.DiscardHandler), Audit: &g.audit, Now: time.Now, Random: rand.Reader, Panicked: g.guard.Page}
		for _, door := range []string{"/guard/nginx", "/guard/forward", "/guard/envoy/a"} {
			r := httptest.NewRequest(http.MethodGet, door, nil)
			r.RemoteAddr = "10.0.0.1:4711"
			r.Header.Set("Authorization", "Bearer alice")
			w := httptest.NewRecorder()
			o.Wrap(g.guard).ServeHTTP(w, r)
			want(t, w, http.StatusInternalServerError)
		}
		if got := g.audit.names(); len(got) != 3 || got[0] != "panic handler" {
			t.Errorf("got events %q, want a panic each", got)
		}
	})
	t.Run("C-38 groups that nobody can look up", func(t *testing.T) {
		g := newGate(t, rules(guard.Rule{Groups: []string{"admins"}}))
		g.fail = broker.ErrStoreDown
		want(t, g.nginx("https://app.example.org/", "alice"), http.StatusForbidden)
	})
	t.Run("C-36 retry", func(t *testing.T) {
		g := newGate(t)
		g.fail = broker.ErrStoreDown
		if w := g.nginx("https://app.example.org/a", "alice"); w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestNginxHearsThreeAnswersAndOneCookie(t *testing.T) {
	for _, code := range broker.Codes() {
		g := newGate(t)
		g.fail = broker.Fail(code, "")
		w := g.nginx("https://app.example.org/", "alice", "Cookie", "signet_session=alice; signet_refresh=alice")
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d, want 401 or 403", code, w.Code)
		}
		if n := len(w.Result().Cookies()); n > 1 {
			t.Errorf("%s: got %d cookies, want at most one", code, n)
		}
	}
}

func TestARenewedCookieComesAlong(t *testing.T) {
	g := newGate(t)
	g.renewed = &broker.Login{Access: "fresh", Mode: sessions.ModeSession, Life: time.Hour}
	got := g.nginx("https://app.example.org/", "", "Cookie", "signet_session=alice").Result().Cookies()
	if len(got) != 1 || got[0].Value != "fresh" || got[0].MaxAge != 3600 || !got[0].HttpOnly || !got[0].Secure || got[0].SameSite != http.SameSiteLaxMode || got[0].Path != "/" {
		t.Errorf("got %+v", got)
	}
}

func TestC37_BrowsersAreSentToTheLoginPage(t *testing.T) {
	g := newGate(t)
	browser := []string{"Accept", "text/html,*/*"}
	const page = "https://sso.example.org/login?mode=session"
	for _, c := range []struct {
		rule, host, uri string
		fields          []string
		want            string
	}{
		{"C-37 with the way back", "app.example.org", "/a?b=c&d", browser, page + "&redirect=https%3A%2F%2Fapp.example.org%2Fa%3Fb%3Dc%26d"},
		{"C-37 another host is no way back", "evil.example", "/a", browser, page},
		{"a navigation says so", "app.example.org", "/", []string{"Sec-Fetch-Mode", "navigate"}, page + "&redirect=https%3A%2F%2Fapp.example.org%2F"},
		{"a script says so", "app.example.org", "/", append([]string{"Sec-Fetch-Mode", "cors"}, browser...), ""},
		{"an old script says so", "app.example.org", "/", append([]string{"X-Requested-With", "XMLHttpRequest"}, browser...), ""},
		{"a program asks for no page", "app.example.org", "/", []string{"Accept", "application/json"}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := g.ask(call{door: "/guard/forward", fields: append(forward("GET", c.host, c.uri), c.fields...)})
			status := http.StatusSeeOther
			if c.want == "" {
				status = http.StatusUnauthorized
			}
			want(t, w, status)
			if got := w.Header().Get("Location"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			w = g.nginx("https://"+c.host+c.uri, "", c.fields...)
			want(t, w, http.StatusUnauthorized)
			if got := w.Header().Get("X-Signet-Login"); got != c.want {
				t.Errorf("nginx: got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("a post of a program is not sent there", func(t *testing.T) {
		w := g.ask(call{door: "/guard/forward", fields: append(forward("POST", "app.example.org", "/"), browser...)})
		want(t, w, http.StatusUnauthorized)
	})
	t.Run("nobody is sent there who is signed in", func(t *testing.T) {
		g := newGate(t, rules(guard.Rule{Groups: []string{"admins"}}))
		w := g.ask(call{door: "/guard/forward", fields: append(forward("GET", "app.example.org", "/", "Authorization", "Bearer bob"), browser...)})
		want(t, w, http.StatusForbidden)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Error("a person got no page")
		}
		w = g.nginx("https://app.example.org/", "bob", browser...)
		want(t, w, http.StatusForbidden)
		if got := w.Header().Get("X-Signet-Login"); got != "" {
			t.Errorf("nginx: got %q, want none", got)
		}
	})
	t.Run("nobody is sent there when the operator says so", func(t *testing.T) {
		g := newGate(t, func(s *guard.Settings) { s.Login = false })
		want(t, g.ask(call{door: "/guard/forward", fields: append(forward("GET", "app.example.org", "/"), browser...)}), http.StatusUnauthorized)
	})
}

func TestC27_OnlyProxiesAreBelieved(t *testing.T) {
	open := guard.Rule{Paths: []string{"/public/**"}, Public: true}
	for _, c := range []call{
		{door: "/guard/nginx", fields: []string{"X-Original-URL", "https://app.example.org/public/a", "X-Original-Method", "GET"}},
		{door: "/guard/forward", fields: forward("GET", "app.example.org", "/public/a")},
		{door: "/guard/envoy/public/a", fields: []string{"X-Forwarded-Proto", "https"}},
	} {
		t.Run("C-27 "+c.door, func(t *testing.T) {
			g := newGate(t, rules(open))
			want(t, g.ask(c), http.StatusOK)
			c.peer = "192.0.2.1:4711"
			want(t, g.ask(c), http.StatusForbidden)
			if diff := cmp.Diff([]string{"guard.malformed target_untrusted"}, g.audit.names()); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("each door reads what its own proxy sets, and nothing else", func(t *testing.T) {
		g := newGate(t, rules(open, guard.Rule{Groups: []string{"admins"}}))
		public := forward("GET", "app.example.org", "/public/a", "X-Original-URL", "https://app.example.org/public/a", "X-Original-Method", "GET", "X-Rewrite-URL", "/public/a", "X-Original-URI", "/public/a")
		secret := []string{"X-Original-URL", "https://app.example.org/secret", "X-Original-Method", "GET", "Authorization", "Bearer bob"}
		want(t, g.ask(call{door: "/guard/nginx", fields: append(slices.Clone(secret), public[:8]...)}), http.StatusForbidden)
		want(t, g.ask(call{door: "/guard/forward", fields: append(forward("GET", "app.example.org", "/secret", "Authorization", "Bearer bob"), public[8:]...)}), http.StatusForbidden)
		want(t, g.ask(call{door: "/guard/envoy/secret", fields: append([]string{"Authorization", "Bearer bob", "X-Forwarded-Proto", "https", "X-Forwarded-Uri", "/public/a"}, public[8:]...)}), http.StatusForbidden)
	})
	t.Run("nobody else can have groups asked for", func(t *testing.T) {
		g := newGate(t)
		want(t, g.ask(call{door: "/guard/envoy/a?groups=admins", fields: []string{"X-Forwarded-Proto", "https", "Authorization", "Bearer bob"}}), http.StatusOK)
	})
}

func TestGroupsOfTheAddress(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Paths: []string{"/public/**"}, Public: true}, guard.Rule{}))
	for query, allowed := range map[string]string{
		"":                             "alice bob nemo",
		"?groups=admins":               "alice",
		"?groups=admins,staff":         "alice bob",
		"?groups=staff&groups=admins":  "alice",
		"?groups=Admins":               "",
		"?groups=":                     "",
		"?groups=%zz":                  "",
		"?groups=,":                    "",
		"?groups=nobody":               "",
		"?other=1":                     "alice bob nemo",
		"?groups=admins%2C%20x,nobody": "alice",
	} {
		for _, who := range []string{"alice", "bob", "nemo", "stranger"} {
			status := http.StatusForbidden
			switch {
			case strings.Contains(allowed, who):
				status = http.StatusOK
			case who == "stranger" && query != "?groups=%zz":
				status = http.StatusUnauthorized
			}
			for _, path := range []string{"/a", "/public/a"} {
				if path == "/public/a" && !strings.Contains(query, "groups") {
					continue
				}
				w := g.ask(call{door: "/guard/nginx" + query, fields: []string{
					"X-Original-URL", "https://app.example.org" + path, "X-Original-Method", "GET", "Authorization", "Bearer " + who,
				}})
				if w.Code != status {
					t.Errorf("%s for %s at %s: got %d, want %d", query, who, path, w.Code, status)
				}
			}
		}
	}
}

func TestPublicPages(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Paths: []string{"/public/**"}, Public: true}, guard.Rule{}))
	page := "https://app.example.org/public/a"
	for name, c := range map[string]struct {
		w    *httptest.ResponseRecorder
		code int
		user string
	}{
		"a stranger passes as nobody":                      {g.nginx(page, ""), 200, ""},
		"who is signed in passes as who it is":             {g.nginx(page, "alice"), 200, "alice"},
		"a bad token passes as nobody":                     {g.nginx(page, "garbage"), 200, ""},
		"a bad cookie passes as nobody":                    {g.nginx(page, "", "Cookie", "signet_session=x"), 200, ""},
		"two people do not pass":                           {g.nginx(page, "alice", "Cookie", "signet_session=bob"), 401, ""},
		"a good cookie and a forged token do not pass":     {g.nginx(page, "forged", "Cookie", "signet_session=alice"), 401, ""},
		"nor a good cookie and two tokens":                 {g.nginx(page, "alice", "Cookie", "signet_session=alice", "Authorization", "Bearer bob"), 401, ""},
		"a bad cookie and a good token do not pass either": {g.nginx(page, "alice", "Cookie", "signet_session=x"), 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			want(t, c.w, c.code)
			if got := c.w.Header().Get("Remote-User"); got != c.user {
				t.Errorf("got %q, want %q", got, c.user)
			}
		})
	}
}

func TestUnknownDoors(t *testing.T) {
	g := newGate(t)
	for _, door := range []string{"/guard/", "/guard/nginx/", "/guard/traefik", "/guard/envoyx/a", "/guard/envoy"} {
		want(t, g.ask(call{door: door, fields: []string{"Authorization", "Bearer alice"}}), http.StatusNotFound)
	}
}

func TestC38_NoGroupsMeansNone(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Groups: []string{"admins"}}))
	want(t, g.nginx("https://app.example.org/", "alice"), http.StatusOK)
	want(t, g.nginx("https://app.example.org/", "bob"), http.StatusForbidden)
	want(t, g.nginx("https://app.example.org/", "nemo"), http.StatusForbidden)
	for _, groups := range [][]string{nil, {}, {""}, {"Admins"}, {"admins "}, {"admins,"}, {"admin", "s"}} {
		c := g.byToken["alice"]
		c.Groups = groups
		g.byToken["alice"] = c
		if w := g.nginx("https://app.example.org/", "alice"); w.Code != http.StatusForbidden {
			t.Errorf("C-38 groups %q: got %d, want 403", groups, w.Code)
		}
	}
}

func TestC34_NothingIsDecidedOnce(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Hosts: []string{"a.example.org"}, Groups: []string{"staff"}}, guard.Rule{Methods: []string{"GET"}, Groups: []string{"admins"}}))
	for range 2 {
		want(t, g.nginx("https://a.example.org/", "bob"), http.StatusOK)
		want(t, g.nginx("https://b.example.org/", "bob"), http.StatusForbidden)
		want(t, g.nginx("https://b.example.org/", "alice"), http.StatusOK)
	}
	g.policy.Use(guard.Settings{Rules: []guard.Rule{{Groups: []string{"nobody"}}}})
	want(t, g.nginx("https://a.example.org/", "bob"), http.StatusForbidden)
}

func TestC12_RefusalsAreDressed(t *testing.T) {
	g := newGate(t)
	for _, w := range []*httptest.ResponseRecorder{
		g.nginx("https://app.example.org/", ""), g.ask(call{door: "/guard/forward", fields: forward("GET", "app.example.org", "/")}),
		g.ask(call{door: "/guard/forward", fields: forward("GET", "app.example.org", "/", "Accept", "text/html")}), g.ask(call{door: "/guard/x"}),
	} {
		for _, name := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security", "Cache-Control"} {
			if w.Header().Get(name) == "" {
				t.Errorf("C-12 %d without %s", w.Code, name)
			}
		}
	}
}

var _ guard.Broker = (*people)(nil)
var _ broker.Auditor = (*record)(nil)
var _ wire.Failer = (*wire.Adapter)(nil)
