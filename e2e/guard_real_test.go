package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// identityFields are the fields of a request that look like an identity to some
// application, whatever stands between the words.
func identityFields(h http.Header) map[string]string {
	found := map[string]string{}
	for name, values := range h {
		plain := strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
		for _, prefix := range []string{"remote-", "x-forwarded-user", "x-forwarded-name", "x-forwarded-email", "x-forwarded-groups", "x-forwarded-roles", "x-forwarded-preferred", "x-forwarded-access", "x-auth-request-"} {
			if strings.HasPrefix(plain, prefix) {
				found[name] = strings.Join(values, "|")
			}
		}
	}
	return found
}

var annIs = map[string]string{"Remote-User": "ann", "Remote-Name": "Ann Lee", "Remote-Email": "ann@example.org", "Remote-Groups": "staff", "Remote-Roles": "staff"}

// spoofs are identities as a client may spell them.
func spoofs() []string {
	var all []string
	for _, prefix := range []string{"Remote", "X-Forwarded", "X-Auth-Request"} {
		for _, word := range []string{"User", "Name", "Email", "Groups", "Roles", "Groups-Ref"} {
			name := prefix + "-" + word
			for _, spelt := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), prefix + "_" + word, strings.Replace(name, "-", ".", 1)} {
				all = append(all, spelt+": mallory", spelt+": admins")
			}
		}
	}
	return all
}

// testFront is what every proxy has to keep.
func testFront(t *testing.T, kind string, start starter) {
	f := front(t, kind, start, frontRules)
	t.Run("Signet's own pages are reachable", func(t *testing.T) {
		for _, line := range []string{"GET /login", "GET /auth", "GET /.well-known/jwks.json", "GET /login?redirect=%2Fa%2Fb"} {
			if a := f.send(t, line); a.status != http.StatusOK {
				t.Errorf("%s: got %d", line, a.status)
			}
		}
		for _, line := range []string{"GET /forgot", "GET /reset?token=x", "GET /invite?token=x", "GET /confirm?token=x", "GET /email?token=x"} {
			if a := f.send(t, line, "Accept: text/html"); !strings.Contains(a.body, "Signet") {
				t.Errorf("%s, where links of the configuration lead: got %d %.80s", line, a.status, a.body)
			}
		}
		f.nothing(t)
	})
	t.Run("C-04 who signs out is out", func(t *testing.T) {
		f := f.signIn(t)
		if a := f.asAnn(t, "POST /login/out", "Origin: "+f.public, "Content-Type: application/x-www-form-urlencoded"); a.status != http.StatusSeeOther {
			t.Errorf("signing out: got %d %v", a.status, a.header)
		}
		if a := f.asAnn(t, "GET /page"); a.status != http.StatusUnauthorized {
			t.Errorf("afterwards: got %d", a.status)
		}
		f.nothing(t)
	})
	f = f.signIn(t)
	t.Run("a browser that is not signed in is sent to the login page and back", func(t *testing.T) {
		a := f.send(t, "GET /page?x=1&y=a%20b", "Accept: text/html")
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusSeeOther || to.Host != f.proxy.Address || to.Path != "/login" {
			t.Fatalf("got %d %v", a.status, a.header)
		}
		if got, want := to.Query().Get("redirect"), "http://"+f.proxy.Address+"/page?x=1&y=a%20b"; got != want {
			t.Errorf("comes back to %q, want %q", got, want)
		}
		f.nothing(t)
	})
	t.Run("a program that is not signed in gets 401", func(t *testing.T) {
		a := f.send(t, "GET /page")
		if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("got %d %v", a.status, a.header)
		}
		f.nothing(t)
	})
	t.Run("C-10 a broken cookie is 401 and taken away", func(t *testing.T) {
		a := f.send(t, "GET /page", "Cookie: signet_session=rubbish")
		if got := a.header.Get("Set-Cookie"); a.status != http.StatusUnauthorized || !strings.HasPrefix(got, "signet_session=;") {
			t.Errorf("got %d, cookie %q", a.status, got)
		}
		f.nothing(t)
	})
	t.Run("the application is told who it is", func(t *testing.T) {
		h := echoed(t, f.asAnn(t, "GET /page?x=1"))
		if got := identityFields(h.Header); !maps.Equal(got, annIs) || h.Target != "/page?x=1" || h.Host != f.proxy.Address {
			t.Errorf("got %v, %s at %s", got, h.Target, h.Host)
		}
	})
	t.Run("who is in no group that a rule asks for gets 403", func(t *testing.T) {
		f.application.Heard()
		if a := f.asAnn(t, "GET /admin/page"); a.status != http.StatusForbidden {
			t.Errorf("got %d", a.status)
		}
		f.nothing(t)
	})
	t.Run("identities", func(t *testing.T) { testSpoofs(t, f) })
	t.Run("requests", func(t *testing.T) { testRequests(t, f) })
	t.Run("paths", func(t *testing.T) { testPaths(t, f) })
	t.Run("with Signet stopped nobody gets in", func(t *testing.T) {
		f.signet.Stop(t)
		f.application.Heard()
		for _, line := range []string{"GET /page", "GET /public/page", "POST /page"} {
			a := f.asAnn(t, line, "Accept: text/html")
			if want := closedStatus(kind); a.status != want || want == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
				t.Errorf("%s: got %d %v, want %d and Retry-After", line, a.status, a.header, want)
			}
		}
		f.nothing(t)
	})
}

// closedStatus is the answer when the guard cannot be asked.
func closedStatus(kind string) int {
	if kind == "traefik" {
		return http.StatusInternalServerError // it cannot be told another
	}
	return http.StatusServiceUnavailable
}

func testSpoofs(t *testing.T, f fronted) {
	t.Run("C-28 a client's own identity never arrives", func(t *testing.T) {
		for some := range slices.Chunk(spoofs(), 60) {
			h := echoed(t, f.asAnn(t, "GET /page", some...))
			if got := identityFields(h.Header); !maps.Equal(got, annIs) {
				t.Errorf("sent %v, got %v, want %v", some, got, annIs)
			}
		}
	})
	t.Run("C-28 nor where everybody is let in", func(t *testing.T) {
		for some := range slices.Chunk(spoofs(), 60) {
			h := echoed(t, f.send(t, "GET /public/page", some...))
			if got := identityFields(h.Header); len(got) != 0 {
				t.Errorf("sent %v, got %v", some, got)
			}
		}
	})
	f.application.Heard()
	t.Run("C-29 no client has the identity dropped on the last leg", func(t *testing.T) {
		a := f.asAnn(t, "GET /page", "Connection: close, Remote-User, remote-groups, Remote-Name, X-Forwarded-Proto, Remote-Email")
		if a.status == http.StatusBadRequest {
			f.nothing(t) // Envoy lets nobody try
			return
		}
		h := echoed(t, a)
		if got := identityFields(h.Header); !maps.Equal(got, annIs) {
			t.Errorf("got %v, want %v", got, annIs)
		}
		if got := h.Header.Get("X-Forwarded-Proto"); got != "http" {
			t.Errorf("X-Forwarded-Proto is %q", got)
		}
	})
	t.Run("C-27 what a client says about the address counts for nothing", func(t *testing.T) {
		claims := []string{
			"X-Original-URL: http://" + f.proxy.Address + "/public/x", "X-Original-URI: /public/x", "X-Original-Method: GET", "X-Rewrite-URL: /public/x",
			"X-Forwarded-Uri: /public/x", "X-Forwarded-Method: GET", "X-Forwarded-Path: /public/x", "X-Forwarded-Prefix: /public", "Forwarded: host=public",
			"X-Forwarded-Host: public.example.org", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Port: 1", "X-Real-IP: 192.0.2.1", "Proxy: http://192.0.2.1/",
		}
		if a := f.asAnn(t, "GET /admin/page", claims...); a.status != http.StatusForbidden {
			t.Errorf("a claim opens /admin: %d", a.status)
		}
		h := echoed(t, f.asAnn(t, "GET /page", claims...))
		for name, values := range h.Header {
			if v := strings.Join(values, "|"); strings.Contains(v, "public") || strings.Contains(v, "192.0.2.1") || strings.Contains(v, "https") {
				t.Errorf("the application is told %s: %s", name, v)
			}
		}
	})
	t.Run("a client has one host", func(t *testing.T) {
		f.application.Heard()
		for _, fields := range [][]string{
			{"Host: " + f.proxy.Address, "Host: other.example.org"}, {"Host: a b"}, {"Host: other.example.org/admin"}, {"Host: a@b"},
		} {
			if a := f.asAnn(t, "GET /page", fields...); a.status < 400 || a.status >= 500 {
				t.Errorf("%v: got %d", fields, a.status)
			}
		}
		f.nothing(t)
		if a := f.asAnn(t, "GET http://other.example.org/page"); a.status == http.StatusOK {
			if h := f.heard(t); h.Host != "other.example.org" {
				t.Errorf("the host of the request line is other.example.org, the application is told %s", h.Host)
			}
		}
	})
}

func testRequests(t *testing.T, f fronted) {
	t.Run("a body arrives whole", func(t *testing.T) {
		f.application.Heard()
		big := strings.Repeat("0123456789abcdef", 200<<10/16)
		f.asAnn(t, "POST /form", "Content-Type: text/plain", "", big)
		if h := f.heard(t); h.Method != "POST" || h.Body != big {
			t.Errorf("got %s with %d bytes, want %d", h.Method, len(h.Body), len(big))
		}
		f.asAnn(t, "PUT /form", "Transfer-Encoding: chunked", "", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(big), big))
		if h := f.heard(t); h.Method != "PUT" || h.Body != big {
			t.Errorf("in chunks: got %s with %d bytes, want %d", h.Method, len(h.Body), len(big))
		}
	})
	for _, method := range []string{"HEAD", "DELETE", "PATCH", "OPTIONS", "PROPFIND"} {
		t.Run(method+" arrives", func(t *testing.T) {
			f.application.Heard()
			a := f.asAnn(t, method+" /page")
			if h := f.heard(t); a.status != http.StatusOK || h.Method != method || h.Header.Get("Remote-User") != "ann" {
				t.Errorf("got %d, %s of %q", a.status, h.Method, h.Header.Get("Remote-User"))
			}
		})
	}
	t.Run("a web socket goes through", func(t *testing.T) { testUpgrade(t, f) })
	t.Run("the application's own errors and cookies stay", func(t *testing.T) {
		for _, status := range []int{200, 401, 403, 500} {
			a := f.asAnn(t, fmt.Sprint("GET /page?status=", status), "Accept: text/html")
			if a.status != status || !strings.Contains(a.body, "target") || !slices.Contains(a.header["Set-Cookie"], "application=its-own") {
				t.Errorf("got %d %v %s, want %d", a.status, a.header, a.body, status)
			}
		}
	})
}
