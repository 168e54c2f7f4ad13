package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/api/apitest"
)

func TestUnknownAndUncleanPaths(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{
		"/nowhere", "/auth/", "//auth", "/auth//login", "/auth/./login", "/x/../auth/login", "/auth/login/", "/auth%2flogin", "/%61uth/login",
		"/auth/login/a/b", "/AUTH", "/auth/login;x",
	} {
		t.Run("a POST to "+path+" is unknown and never redirected", func(t *testing.T) {
			w := h.ask("POST", path, rightBody)
			if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"ROUTE_NOT_FOUND"`) || w.Header().Get("Location") != "" {
				t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
	t.Run("a provider name is taken unescaped", func(t *testing.T) {
		if w := h.ask("POST", "/auth/login/l%64ap", `{"identifier":"bob","password":"`+apitest.Password+`"}`); w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("the root leads to the sign-in page", func(t *testing.T) {
		if w := h.ask("GET", "/", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
	t.Run("a person who is lost gets a page, a program gets JSON", func(t *testing.T) {
		person := h.ask("GET", "/nowhere", "", "Accept", "text/html,*/*")
		program := h.ask("GET", "/nowhere", "", "Accept", "*/*")
		if person.Code != 404 || !strings.HasPrefix(person.Header().Get("Content-Type"), "text/html") {
			t.Errorf("person got %d %v", person.Code, person.Header())
		}
		if program.Code != 404 || !strings.HasPrefix(program.Header().Get("Content-Type"), "application/json") {
			t.Errorf("program got %d %v", program.Code, program.Header())
		}
	})
}

func TestWrongMethodsAreToldTheRightOnes(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ method, path, allow string }{
		{"GET", "/auth/login", "POST"},
		{"PUT", "/auth/login/local", "GET, POST"},
		{"DELETE", "/auth", "GET, HEAD"},
		{"GET", "/auth/refresh", "POST"},
		{"GET", "/auth/logout", "POST"},
		{"POST", "/auth/me", "GET, HEAD, PATCH"},
		{"POST", "/.well-known/jwks.json", "GET, HEAD"},
		{"TRACE", "/health", "GET, HEAD"},
		{"OPTIONS", "/auth", "GET, HEAD"},
		{"PATCH", "/login", "GET, HEAD, POST"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			w := h.ask(c.method, c.path, "")
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != c.allow {
				t.Errorf("got %d with Allow %q, want 405 with %q", w.Code, w.Header().Get("Allow"), c.allow)
			}
		})
	}
}

func TestK04_NoDebugSurfaceIsPublic(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{
		"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/metrics", "/swagger", "/swagger/index.html", "/openapi.yaml", "/docs/", "/docs/frame.html", "/graphiql", "/graphql",
		"/.git/config", "/.git/HEAD", "/.env", "/config", "/config.json", "/providers.yaml", "/signet.db", "/signet-data/secret", "/backup.zip",
		"/login/assets/", "/login/assets/../login.go", "/server-status", "/actuator/env",
	} {
		if w := h.ask("GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("K-04 %s: got %d, want 404", path, w.Code)
		}
	}
}

func TestC12_AnswersOfEveryKindAreDressed(t *testing.T) {
	h := newHouse(t)
	answers := map[string]*httptest.ResponseRecorder{
		"a good one":          h.ask("GET", "/auth", ""),
		"not found":           h.ask("GET", "/nowhere", ""),
		"wrong method":        h.ask("PUT", "/auth", ""),
		"a redirect":          h.ask("GET", "/", ""),
		"a page":              h.ask("GET", "/login", ""),
		"a failure":           h.ask("POST", "/auth/login", "{}"),
		"an empty one":        h.ask("POST", "/auth/logout", `{"refresh_token":"x"}`),
		"a long URL":          h.ask("GET", "/"+strings.Repeat("a", 9000), ""),
		"from a foreign site": h.ask("POST", "/auth/login", rightBody, "Sec-Fetch-Site", "cross-site"),
	}
	h.Panic(errors.New("boom"))
	answers["a panic"] = h.ask("POST", "/auth/login", rightBody)
	for name, w := range answers {
		x := w.Header()
		// Forms need to say where they come from, but to nobody else.
		referrer := x.Get("Referrer-Policy")
		if x.Get("X-Content-Type-Options") != "nosniff" || referrer != "no-referrer" && (name != "a page" || referrer != "same-origin") || x.Get("X-Request-Id") == "" ||
			!strings.Contains(x.Get("Content-Security-Policy"), "frame-ancestors 'none'") || x.Get("Strict-Transport-Security") == "" {
			t.Errorf("C-12 %s: got %d %v", name, w.Code, x)
		}
		if kind := x.Get("Content-Type"); w.Body.Len() > 0 && !strings.Contains(kind, "charset=utf-8") {
			t.Errorf("C-12 %s: Content-Type is %q", name, kind)
		}
	}
}

func TestX15_APanicInAnyHandlerIsContained(t *testing.T) {
	h := newHouse(t)
	l := h.ask("POST", "/auth/login", rightBody)
	h.Panic("secret state")
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/auth/login", rightBody},
		{"POST", "/auth/login/ldap", rightBody},
		{"POST", "/auth/refresh", `{"refresh_token":"x"}`},
		{"POST", "/auth/logout", `{"refresh_token":"x"}`},
		{"GET", "/ready", ""},
	} {
		w := h.ask(c.method, c.path, c.body)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret state") || !strings.Contains(w.Body.String(), "INTERNAL_SERVER_ERROR") {
			t.Errorf("X-15 %s %s: got %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	h.Panic(nil)
	if w := h.ask("POST", "/auth/login", rightBody); w.Code != http.StatusOK || l.Code != http.StatusOK {
		t.Errorf("X-15 afterwards: got %d, want 200", w.Code)
	}
	if got := h.scrape(t); !strings.Contains(got, "signet_panics_total 5") {
		t.Errorf("X-15 the panics were not recorded:\n%s", got)
	}
}

func TestARequestThatTakesTooLongIs503(t *testing.T) {
	h := newHouse(t, func(c *web.Config) { c.RequestTimeout = time.Nanosecond })
	if w := h.ask("POST", "/auth/login", rightBody); w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
}

func TestX07_AddressesOutOfAllProportion(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		path string
		want int
	}{
		"a long path":                 {"/auth/" + strings.Repeat("a", 8<<10), http.StatusRequestURITooLong},
		"1 MB of query":               {"/auth?" + strings.Repeat("a", 1<<20), http.StatusRequestURITooLong},
		"many parameters":             {"/auth?" + strings.Repeat("a&", 100), http.StatusBadRequest},
		"100,000 parameters":          {"/auth?" + strings.Repeat("a=1&", 100_000), http.StatusRequestURITooLong},
		"as many as are read":         {"/auth?" + strings.Repeat("a&", 99), http.StatusOK},
		"a form instead of JSON":      {"/auth/login", http.StatusMethodNotAllowed},
		"a long one on a page's path": {"/login?" + strings.Repeat("a", 8<<10), http.StatusRequestURITooLong},
	} {
		if w := h.ask("GET", c.path, ""); w.Code != c.want {
			t.Errorf("X-07 %s: got %d, want %d", name, w.Code, c.want)
		}
	}
}

func TestX08_ManyFields(t *testing.T) {
	h := newHouse(t)
	r := httptest.NewRequest(http.MethodGet, "/auth", nil)
	r.Header["A"] = make([]string, 129)
	if w := h.do(r); w.Code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("X-08 got %d, want 431", w.Code)
	}
	r.Header["A"] = make([]string, 128)
	if w := h.do(r); w.Code != http.StatusOK {
		t.Errorf("X-08 got %d for as many as are read, want 200", w.Code)
	}
}

func TestCORS(t *testing.T) {
	const app = "https://app.example.org"
	with := newHouse(t, func(c *web.Config) { c.CORSOrigins = []string{app} })
	without := newHouse(t)
	t.Run("a listed origin may send cookies and a body of JSON", func(t *testing.T) {
		w := with.ask("OPTIONS", "/auth/login", "", "Origin", app, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		x := w.Header()
		if x.Get("Access-Control-Allow-Origin") != app || x.Get("Access-Control-Allow-Credentials") != "true" || x.Get("Access-Control-Allow-Headers") != "content-type" {
			t.Errorf("got %d %v", w.Code, x)
		}
		w = with.ask("POST", "/auth/login", rightBody, "Origin", app, "Sec-Fetch-Site", "cross-site")
		if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != app || !strings.Contains(w.Header().Get("Vary"), "Origin") {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
	for _, origin := range []string{"https://evil.example", "null", "https://app.example.org.evil.example", "http://app.example.org", "https://sub.app.example.org", "*"} {
		t.Run("nothing is said to "+origin, func(t *testing.T) {
			for _, h := range []*house{with, without} {
				for _, w := range []*httptest.ResponseRecorder{
					h.ask("GET", "/auth", "", "Origin", origin),
					h.ask("OPTIONS", "/auth/login", "", "Origin", origin, "Access-Control-Request-Method", "POST"),
				} {
					if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
						t.Errorf("got %q", got)
					}
				}
			}
		})
	}
	t.Run("a wildcard is refused at the start", func(t *testing.T) {
		for _, o := range []string{"*", "https://*.example.org"} {
			c := web.Config{CORSOrigins: []string{o}}
			if _, err := web.New(c); err == nil || !strings.Contains(err.Error(), "wildcard") {
				t.Errorf("%s: got %v", o, err)
			}
		}
	})
}

func TestB12_OneAddressHasSoManyAttemptsAtAllDoorsTogether(t *testing.T) {
	h := newHouse(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 3, Window: time.Hour} })
	try := func(peer, path, body string, fields ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.RemoteAddr = peer
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		return h.do(r)
	}
	const peer, other = "203.0.113.9:1", "203.0.113.10:1"
	try(peer, "/auth/login", `{"email":"a","password":"b"}`)
	try(peer, "/auth/login/ldap", `{"email":"a","password":"b"}`, "X-Forwarded-For", "198.51.100.7")
	try(peer, "/login", "provider=local&login=a&password=b", "Content-Type", "application/x-www-form-urlencoded")
	asked := len(h.SignIns())
	t.Run("B-12 the next is refused with a time to wait", func(t *testing.T) {
		w := try(peer, "/auth/login", rightBody)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3600" || !strings.Contains(w.Body.String(), "REQUESTS_EXCEEDED") {
			t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("B-05 no field of the request brings another bucket", func(t *testing.T) {
		for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"} {
			if w := try(peer, "/auth/login", rightBody, name, "198.51.100.8"); w.Code != http.StatusTooManyRequests {
				t.Errorf("%s: got %d", name, w.Code)
			}
		}
	})
	t.Run("B-04 every door is shut", func(t *testing.T) {
		if w := try(peer, "/auth/login/local", rightBody); w.Code != http.StatusTooManyRequests {
			t.Errorf("got %d", w.Code)
		}
		w := try(peer, "/login", "provider=local&login=a&password=b", "Content-Type", "application/x-www-form-urlencoded")
		if w.Code != http.StatusTooManyRequests || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
	if n := len(h.SignIns()); n != asked {
		t.Errorf("the broker was asked %d times more", n-asked)
	}
	t.Run("others and other routes go on", func(t *testing.T) {
		if w := try(other, "/auth/login", rightBody); w.Code != http.StatusOK {
			t.Errorf("got %d", w.Code)
		}
		if w := try(peer, "/auth/refresh", `{"refresh_token":"x"}`); w.Code != http.StatusUnauthorized {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("an IPv6 client is its network", func(t *testing.T) {
		for _, address := range []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::ffff:3]:1"} {
			try(address, "/auth/login", rightBody)
		}
		if w := try("[2001:db8::4]:1", "/auth/login", rightBody); w.Code != http.StatusTooManyRequests {
			t.Errorf("got %d", w.Code)
		}
		if w := try("[2001:db8:0:1::4]:1", "/auth/login", rightBody); w.Code != http.StatusOK {
			t.Errorf("the neighbour got %d", w.Code)
		}
	})
	t.Run("B-07 behind a proxy, who hides shares the proxy's bucket", func(t *testing.T) {
		const proxy = "10.0.0.1:1"
		for _, field := range []string{"a", "1.2.3.4:99999", "fe80::1%eth0"} {
			try(proxy, "/auth/login", rightBody, "X-Forwarded-For", field)
		}
		if w := try(proxy, "/auth/login", rightBody, "X-Forwarded-For", strings.Repeat("1.1.1.1,", 1000)); w.Code != http.StatusTooManyRequests {
			t.Errorf("got %d", w.Code)
		}
		if w := try(proxy, "/auth/login", rightBody, "X-Forwarded-For", "198.51.100.77"); w.Code != http.StatusOK {
			t.Errorf("an honest client got %d", w.Code)
		}
	})
}
