package e2e

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
	"github.com/signet-sso/signet/e2e/parts"
)

// standIn is a guard that says what a test wants, for answers that a real one
// gives only now and then.
type standIn struct {
	mu     sync.Mutex
	status int
	fields http.Header
	asked  []parts.Heard
}

func (g *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	g.asked = append(g.asked, parts.Heard{Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header, Body: string(body)})
	for name, values := range g.fields {
		w.Header()[name] = values
	}
	w.WriteHeader(g.status)
}

// says sets the answer: a status and fields as name, value, name, value.
func (g *standIn) says(status int, fields ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.fields, g.asked = status, http.Header{}, nil
	for pair := range slices.Chunk(fields, 2) {
		g.fields.Add(pair[0], pair[1])
	}
}

// all is what it was asked since it was told what to say.
func (g *standIn) all() []parts.Heard {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// question is the one that it was asked.
func (g *standIn) question(t *testing.T) parts.Heard {
	t.Helper()
	all := g.all()
	if len(all) != 1 {
		t.Fatalf("the guard was asked %d times, want once", len(all))
	}
	return all[0]
}

var remoteHeaders = printed.Headers{User: "Remote-User", Name: "Remote-Name", Email: "Remote-Email", Groups: "Remote-Groups", Roles: "Remote-Roles"}

// frontOf starts a proxy between a stand-in and an application.
func frontOf(t *testing.T, kind printed.Kind, start starter, o printed.Options) (fronted, *standIn) {
	t.Helper()
	g := &standIn{status: http.StatusOK}
	signet := httptest.NewServer(g)
	t.Cleanup(signet.Close)
	f := fronted{application: parts.Echo(t)}
	address := parts.FreeAddress(t)
	o.Listen, o.Upstream, o.Signet = address, f.application.URL, signet.URL
	o.Public = cmp.Or(o.Public, "http://"+address)
	o.SessionCookie, o.Answer, o.Folder = "signet_session", 32, t.TempDir()
	if o.Headers == (printed.Headers{}) {
		o.Headers = remoteHeaders
	}
	var conf strings.Builder
	if err := printed.Write(&conf, kind, o); err != nil {
		t.Fatal(err)
	}
	f.proxy = start(t, address, conf.String())
	return f, g
}

// testAnswers is what every proxy makes of the guard's answers.
func testAnswers(t *testing.T, kind printed.Kind, start starter) {
	const renewed = "signet_session=new; Path=/; HttpOnly; SameSite=Lax"
	f, g := frontOf(t, kind, start, printed.Options{Token: true})
	t.Run("a renewed cookie goes on to the browser, beside the application's own", func(t *testing.T) {
		g.says(http.StatusOK, "Remote-User", "ann", "Set-Cookie", renewed)
		a := f.send(t, "GET /page")
		if got := a.header["Set-Cookie"]; !slices.Contains(got, renewed) || !slices.Contains(got, "application=its-own") || len(got) != 2 {
			t.Errorf("got cookies %q", got)
		}
		if h := echoed(t, a); strings.Contains(fmt.Sprint(h.Header), "signet_session") {
			t.Errorf("the application is told of it: %v", h.Header)
		}
	})
	t.Run("without one there is only the application's", func(t *testing.T) {
		g.says(http.StatusOK, "Remote-User", "ann")
		if got := f.send(t, "GET /page").header["Set-Cookie"]; !slices.Equal(got, []string{"application=its-own"}) {
			t.Errorf("got cookies %q", got)
		}
	})
	t.Run("the guard's token takes the place of the client's", func(t *testing.T) {
		g.says(http.StatusOK, "Remote-User", "ann", "Authorization", "Bearer fresh")
		if h := echoed(t, f.send(t, "GET /page", "Authorization: Bearer stale")); h.Header.Get("Authorization") != "Bearer fresh" || len(h.Header["Authorization"]) != 1 {
			t.Errorf("got %q", h.Header["Authorization"])
		}
	})
	t.Run("without one the client's is dropped", func(t *testing.T) {
		g.says(http.StatusOK)
		if h := echoed(t, f.send(t, "GET /page", "Authorization: Bearer forged", "Remote-User: mallory")); len(h.Header["Authorization"])+len(identityFields(h.Header)) != 0 {
			t.Errorf("got %v", h.Header)
		}
	})
	t.Run("a long answer arrives", func(t *testing.T) {
		groups := strings.Repeat("a-group,", 2000) // some 16 KB
		g.says(http.StatusOK, "Remote-User", "ann", "Remote-Groups", groups, "Authorization", "Bearer "+strings.Repeat("x", 8000))
		if h := echoed(t, f.send(t, "GET /page")); h.Header.Get("Remote-Groups") != groups {
			t.Errorf("%d bytes of groups arrive, want %d", len(h.Header.Get("Remote-Groups")), len(groups))
		}
	})
	t.Run("the guard gets no body, and the application gets all of it", func(t *testing.T) {
		g.says(http.StatusOK, "Remote-User", "ann")
		f.application.Heard()
		f.send(t, "POST /form", "", "a body")
		if q, h := g.question(t), f.heard(t); q.Body != "" || q.Header.Get("Content-Length") > "0" || h.Body != "a body" {
			t.Errorf("the guard got %q (%v), the application %q", q.Body, q.Header, h.Body)
		}
	})
	t.Run("C-29 what the guard needs to know cannot be dropped on the way", func(t *testing.T) {
		g.says(http.StatusOK, "Remote-User", "ann")
		f.application.Heard()
		a := f.send(t, "GET /page", "Connection: X-Original-URL, X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-For, Cookie, Authorization", "Cookie: signet_session=x", "Authorization: Bearer y", "X-HTTP-Method-Override: DELETE", "X-Forwarded-For: 192.0.2.77")
		if a.status == http.StatusBadRequest {
			f.nothing(t) // Envoy lets nobody try
			return
		}
		q, h := g.question(t), f.heard(t)
		if q.Header.Get("X-Http-Method-Override") != "DELETE" || !slices.Equal(q.Header["X-Forwarded-For"], []string{"127.0.0.1"}) {
			t.Errorf("the guard got %v", q.Header)
		}
		for _, name := range []string{"Cookie", "Authorization"} {
			// Traefik takes the client at its word, and the application gets none then.
			if kind == printed.Traefik && len(q.Header[name])+len(h.Header[name]) == 0 {
				continue
			}
			if len(q.Header[name]) != 1 {
				t.Errorf("the guard got %s %q, the application %q", name, q.Header[name], h.Header[name])
			}
		}
	})
	testRefusals(t, kind, f, g)
	t.Run("C-22 the path that is judged is the path that arrives, oddly written too", func(t *testing.T) { testSamePath(t, kind, f, g) })
	t.Run("C-22 odd paths reach Signet at no other door", func(t *testing.T) { testDoors(t, kind, f, g) })
}

func testRefusals(t *testing.T, kind printed.Kind, f fronted, g *standIn) {
	t.Run("a cookie that is taken away goes on with a refusal", func(t *testing.T) {
		for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
			g.says(status, "Set-Cookie", "signet_session=; Path=/; Max-Age=0")
			if a := f.send(t, "GET /page"); a.status != status || !strings.HasPrefix(a.header.Get("Set-Cookie"), "signet_session=;") {
				t.Errorf("got %d %v, want %d and the cookie", a.status, a.header, status)
			}
		}
		f.nothing(t)
	})
	t.Run("no database is 503, and nobody gets in", func(t *testing.T) {
		if kind == printed.Nginx {
			g.says(http.StatusForbidden, "X-Signet-Error", "SERVICE_UNAVAILABLE")
		} else {
			g.says(http.StatusServiceUnavailable, "Retry-After", "5")
		}
		if a := f.send(t, "GET /page"); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("got %d %v", a.status, a.header)
		}
		f.nothing(t)
	})
	t.Run("an answer that the guard never gives lets nobody in", func(t *testing.T) {
		for _, status := range []int{http.StatusNotFound, http.StatusFound, http.StatusInternalServerError, http.StatusBadGateway} {
			g.says(status, "Remote-User", "ann")
			if a := f.send(t, "GET /page", "Accept: text/html"); a.status < 300 {
				t.Errorf("the guard says %d: got %d", status, a.status)
			}
		}
		f.nothing(t)
	})
}

// testNarrowed is a proxy for one host, behind something that ends TLS, whose
// guard asks for groups.
func testNarrowed(t *testing.T, kind printed.Kind, start starter) {
	o := printed.Options{Host: "app.example.org", Public: "https://app.example.org", Headers: printed.Headers{User: "X-WebAuth-User", Groups: "X-WebAuth-Groups"}}
	want := ""
	if kind != printed.Envoy {
		o.Groups, want = [][]string{{"a b", `"c";${d}`}, {"ü"}}, "?groups=a+b%2C%22c%22%3B%24%7Bd%7D&groups=%C3%BC"
	}
	f, g := frontOf(t, kind, start, o)
	t.Run("another host name is not served", func(t *testing.T) {
		g.says(http.StatusOK)
		for _, host := range []string{f.proxy.Address, "other.example.org", "app.example.org.evil.example", "app.example.org@evil"} {
			if a := f.send(t, "GET /page", "Host: "+host); a.status < 400 || a.status >= 500 {
				t.Errorf("%s: got %d", host, a.status)
			}
		}
		f.nothing(t)
	})
	t.Run("its own is, and the guard is asked about the groups", func(t *testing.T) {
		for _, host := range []string{"app.example.org", "APP.example.org", "app.example.org:8443"} {
			g.says(http.StatusOK, "X-Webauth-User", "ann")
			h := echoed(t, f.send(t, "GET /page", "Host: "+host, "X-WebAuth-User: mallory", "X_WebAuth_User: mallory", "X-WebAuth-Groups: admins", "Remote-User: mallory"))
			if !strings.EqualFold(h.Host, host) || !slices.Equal(h.Header["X-Webauth-User"], []string{"ann"}) || len(h.Header["X-Webauth-Groups"])+len(h.Header["X_webauth_user"])+len(identityFields(h.Header)) != 0 {
				t.Errorf("%s: the application is told %s %v", host, h.Host, h.Header)
			}
			q := g.question(t)
			if !strings.HasSuffix(q.Target, want) {
				t.Errorf("the guard is asked at %s, want %s", q.Target, want)
			}
			if q.Header.Get("X-Forwarded-Proto") != "https" || kind == printed.Nginx && !strings.HasPrefix(q.Header.Get("X-Original-Url"), "https://") || h.Header.Get("X-Forwarded-Proto") != "https" {
				t.Errorf("the guard is told %v, the application %v, want https", q.Header, h.Header)
			}
		}
	})
}
