package guard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/web/guard"
)

// walls are what the catalogue's path attacks run against.
func walls() func(*guard.Settings) {
	return rules(
		guard.Rule{Paths: []string{"/public/**"}, Public: true},
		guard.Rule{Paths: []string{"/admin/**"}, Groups: []string{"admins"}},
		guard.Rule{},
	)
}

// crooked are ways to write /admin so that a careless reader takes it for
// something else, or something else so that a careless application takes it for
// /admin.
var crooked = []string{
	"/public/../admin", "/public/./../admin", "/public/%2e%2e/admin", "/public/%2E%2E/admin", "/public/.%2e/admin", "/public/%2e./admin",
	"/public/..%2fadmin", "/public/..%2Fadmin", "/public%2f..%2fadmin", "/public/%2e%2e%2fadmin", "/public/..%5cadmin", "/public/..%5Cadmin",
	"/public%5c..%5cadmin", "/public/%252e%252e/admin", "/public/%252e%252e%252fadmin", "/public/..%252fadmin", "/public/..%255cadmin", "/public/%25%32%65%25%32%65/admin",
	"/public/..;/admin", "/public/..;x=y/admin", "/public/;/../admin", "/public;/../admin", "/public/..%3badmin", "/public/..%3b/admin", "/;/admin", "/admin;", "/admin;x=/public/", "/admin%3b/public",
	"//admin", "///admin", "/public//../admin", "/public//admin", "/./admin", "/%2e/admin", "/admin/.", "/admin/..", "/admin/./", "/admin//", "/admin/%2e", "/x/../admin", "/x/%2e%2e/admin",
	"/admin%20", "/admin%00", "/admin%09", "/admin%0a", "/admin%0d%0a", "/admin%20/", "/%20admin", "/admin.", "/admin./", "/admin%2e", "/admin%00/public", "/public%00/../admin",
	"/public/%c0%ae%c0%ae/admin", "/public/%c0%af../admin", "/public/..%c0%afadmin", "/public/%e0%80%ae./admin", "/public/..%ef%bc%8fadmin", "/public/%ef%bc%8e%ef%bc%8e/admin", "/%ef%bc%8fadmin",
	"/admin%3f", "/admin%3f/public", "/public%3f/../admin", "/public%3f/..%2fadmin", "/admin%23", "/admin%23/public", "/public%23/../../admin", "/admin%2f", "/admin%2fx", "/admin%5cx", "/%2fadmin", "/admin%25", "/admin%2500", "/public/%2e%2e%5cadmin",
}

func TestC22_NoCrookedPathLeadsToAdmin(t *testing.T) {
	if len(crooked) < 60 {
		t.Fatalf("%d variants, want 60 at least", len(crooked))
	}
	g := newGate(t, walls())
	want(t, g.nginx("https://app.example.org/public/a", ""), http.StatusOK)
	want(t, g.nginx("https://app.example.org/admin", "alice"), http.StatusOK)
	want(t, g.nginx("https://app.example.org/x", "bob"), http.StatusOK)
	for _, path := range append(crooked, "/admin", "/admin/", "/admin/x", "/%61dmin", "/admi%6E/x") {
		for door, w := range map[string]int{
			"nginx":             g.nginx("https://app.example.org"+path, "bob").Code,
			"nginx as nobody":   g.nginx("https://app.example.org"+path, "").Code,
			"forward":           g.ask(call{door: "/guard/forward", fields: forward("GET", "app.example.org", path, "Authorization", "Bearer bob")}).Code,
			"envoy":             g.ask(call{door: "/guard/envoy" + path, fields: []string{"X-Forwarded-Proto", "https", "Authorization", "Bearer bob"}}).Code,
			"with a query":      g.nginx("https://app.example.org"+path+"?x=/public/a", "bob").Code,
			"nginx in capitals": g.nginx("https://APP.example.org"+path, "bob").Code,
		} {
			if w != http.StatusForbidden && w != http.StatusUnauthorized {
				t.Errorf("C-22 %s at %s: got %d, want 401 or 403", path, door, w)
			}
		}
	}
}

func TestPathsThatArePlainPass(t *testing.T) {
	g := newGate(t, walls())
	for _, path := range []string{
		"/", "/a", "/a/", "/a.b/c.tar.gz", "/my%20file", "/caf%C3%A9", "/a+b", "/a,b", "/@scope/x", "/~bob", "/a:b", "/a=b&c", "/!$'()*", "/.well-known/x", "/...x", "/a..b",
	} {
		if w := g.nginx("https://app.example.org"+path, "bob"); w.Code != http.StatusOK {
			t.Errorf("%s: got %d, want 200", path, w.Code)
		}
	}
}

func TestWhereNoRuleLooksAtPathsNobodyMindsThem(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Hosts: []string{"git.example.org"}, Groups: []string{"staff"}}, guard.Rule{Paths: []string{"/public/**"}, Public: true}))
	want(t, g.nginx("https://git.example.org/api/group%2Fproject/a;b//c", "bob"), http.StatusOK)
	want(t, g.nginx("https://git.example.org/api/group%2Fproject", "nemo"), http.StatusForbidden)
	want(t, g.nginx("https://app.example.org/public/group%2Fproject", "bob"), http.StatusForbidden)
}

func TestC21_AddressesThatCannotBeRead(t *testing.T) {
	for name, url := range map[string]string{
		"a bad escape": "https://app.example.org/public/%zz", "a lone percent": "https://app.example.org/public/%", "half an escape": "https://app.example.org/public/%2",
		"a space": "https://app.example.org/public/a b", "a line break": "https://app.example.org/public/a\r\nX: y", "a null": "https://app.example.org/public/\x00",
		"a control sign": "https://app.example.org/public/\x1f", "a raw letter": "https://app.example.org/public/é", "a fragment": "https://app.example.org/public/#/admin",
		"a backslash": `https://app.example.org/public\..\admin`, "a relative one": "/public/a", "one without a path": "https://app.example.org", "another scheme": "file://app.example.org/public/a",
		"a user": "https://a@app.example.org/public/a", "no host": "https:///public/a", "a host with a space": "https://app example/public/a", "a host with a slash": "https://app.example.org\\/public/a",
		"two ports": "https://app.example.org:80:80/public/a", "a bad port": "https://app.example.org:8x/public/a", "two hosts": "https://app.example.org,b/public/a",
		"64 kB": "https://app.example.org/public/" + strings.Repeat("a", 64<<10), "a space in the query": "https://app.example.org/public/a?b c", "missing": "", "dots in the host": "https://app..example.org/public/a", "a dotted host": "https://.app.example.org/public/a",
		"a broken address of six": "https://[::1/public/a", "an address of six with a zone": "https://[fe80::1%25eth0]/public/a",
	} {
		t.Run("C-21 "+name, func(t *testing.T) {
			g := newGate(t, walls())
			for _, who := range []string{"", "alice"} {
				want(t, g.nginx(url, who), http.StatusForbidden)
			}
			for _, event := range g.audit.names() {
				if !strings.HasPrefix(event, "guard.malformed ") {
					t.Errorf("got the event %q", event)
				}
			}
			if len(g.audit.events) != 2 {
				t.Errorf("got %d events, want one for each request", len(g.audit.events))
			}
		})
	}
	t.Run("C-21 twice", func(t *testing.T) {
		g := newGate(t, walls())
		want(t, g.nginx("https://app.example.org/public/a", "", "X-Original-URL", "https://app.example.org/public/a"), http.StatusForbidden)
		want(t, g.ask(call{door: "/guard/forward", fields: append(forward("GET", "app.example.org", "/public/a"), "X-Forwarded-Uri", "/public/a")}), http.StatusForbidden)
	})
	t.Run("C-21 without rules, what is there and broken is refused too", func(t *testing.T) {
		g := newGate(t)
		want(t, g.nginx("https://app.example.org/%zz", "alice"), http.StatusForbidden)
		want(t, g.nginx("", "alice"), http.StatusOK)
	})
	t.Run("C-21 one field of the proxy is missing", func(t *testing.T) {
		g := newGate(t, walls())
		whole := forward("GET", "app.example.org", "/public/a")
		want(t, g.ask(call{door: "/guard/forward", fields: whole}), http.StatusOK)
		for i := 0; i < len(whole); i += 2 {
			left := append(append([]string{}, whole[:i]...), whole[i+2:]...)
			want(t, g.ask(call{door: "/guard/forward", fields: left}), http.StatusForbidden)
		}
		want(t, g.ask(call{door: "/guard/nginx", fields: []string{"X-Original-URL", "https://app.example.org/public/a"}}), http.StatusForbidden)
	})
}

func TestC23_CaseOfHostAndPath(t *testing.T) {
	g := newGate(t, rules(
		guard.Rule{Hosts: []string{"app.example.org"}, Paths: []string{"/admin/**"}, Groups: []string{"admins"}},
		guard.Rule{Hosts: []string{"app.example.org"}, Paths: []string{"/Public/**"}, Public: true},
		guard.Rule{Hosts: []string{"app.example.org", "*.apps.example.org", "xn--bcher-kva.example"}, Groups: []string{"staff"}},
	))
	for _, c := range []struct {
		url  string
		who  string
		want int
	}{
		{"https://app.example.org/Admin", "bob", 403}, {"https://app.example.org/ADMIN/x", "bob", 403}, {"https://app.example.org/aDm%49n", "bob", 403}, {"https://app.example.org/ADMIN", "alice", 200},
		{"https://app.example.org/Public/a", "", 200}, {"https://app.example.org/public/a", "", 401}, {"https://app.example.org/public/a", "bob", 200}, {"https://app.example.org/public/a", "nemo", 403},
		{"https://APP.Example.ORG/admin", "bob", 403}, {"https://app.example.org./admin", "bob", 403}, {"https://app.example.org:8443/admin", "bob", 403}, {"https://app.example.org.:8443/x", "bob", 200},
		{"https://a.apps.example.org/", "bob", 200}, {"https://a.b.apps.example.org/", "bob", 200}, {"https://apps.example.org/", "bob", 403}, {"https://evilapps.example.org/", "bob", 403},
		{"https://XN--bcher-kva.example/", "bob", 200}, {"https://b%C3%BCcher.example/", "bob", 403}, {"https://bücher.example/", "bob", 403}, {"https://other.example.org/", "alice", 403},
		{"https://app.example.org..evil.example/", "bob", 403}, {"https://app.example.org.evil.example/", "bob", 403}, {"https://[::1]/", "bob", 403},
		{"https://app.example.org/\u212Aadmin", "bob", 403},
	} {
		if w := g.nginx(c.url, c.who); w.Code != c.want {
			t.Errorf("C-23 %s as %q: got %d, want %d", c.url, c.who, w.Code, c.want)
		}
	}
}

func TestC25_TheQueryOpensNothing(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Paths: []string{"/public/**", "/status"}, Public: true}, guard.Rule{Groups: []string{"admins"}}))
	for _, url := range []string{"/private?x=/public/status", "/private?/public/", "/private?/../public/", "/private?=/status", "/?/status"} {
		want(t, g.nginx("https://app.example.org"+url, "bob"), http.StatusForbidden)
	}
	want(t, g.nginx("https://app.example.org/status?x=/private", ""), http.StatusOK)
}

func TestTheFirstRuleCounts(t *testing.T) {
	g := newGate(t, rules(
		guard.Rule{Paths: []string{"/a/*/c", "/only"}, Methods: []string{"GET"}, Public: true},
		guard.Rule{Paths: []string{"/a/**"}, Methods: []string{"GET", "POST"}, Groups: []string{"admins"}},
		guard.Rule{Paths: []string{"/a/**", "/only"}, Groups: []string{"staff"}},
	))
	for _, c := range []struct {
		method, path, who string
		want              int
	}{
		{"GET", "/a/b/c", "", 200}, {"HEAD", "/a/b/c", "", 200}, {"GET", "/a/b/c/", "", 200}, {"GET", "/a/b/c/d", "", 401}, {"GET", "/a/c", "", 401}, {"POST", "/a/b/c", "", 401},
		{"GET", "/only", "", 200}, {"GET", "/only/x", "alice", 403}, {"GET", "/onlyx", "alice", 403}, {"GET", "/", "alice", 403},
		{"POST", "/a", "bob", 403}, {"POST", "/a", "alice", 200}, {"DELETE", "/a", "bob", 200}, {"DELETE", "/a", "nemo", 403}, {"DELETE", "/b", "alice", 403},
	} {
		w := g.ask(call{door: "/guard/nginx", fields: append([]string{"X-Original-URL", "https://h.example" + c.path, "X-Original-Method", c.method}, bearer(c.who)...)})
		if w.Code != c.want {
			t.Errorf("%s %s as %q: got %d, want %d", c.method, c.path, c.who, w.Code, c.want)
		}
	}
}

func bearer(who string) []string {
	if who == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + who}
}

func TestAMethodThatIsTakenForAnother(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Methods: []string{"DELETE"}, Groups: []string{"admins"}}, guard.Rule{Groups: []string{"staff"}}))
	ask := func(method string, more ...string) int {
		return g.ask(call{door: "/guard/nginx", fields: append([]string{"X-Original-URL", "https://h.example/", "X-Original-Method", method, "Authorization", "Bearer bob"}, more...)}).Code
	}
	if got := ask("POST"); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
	want(t, g.ask(call{door: "/guard/nginx", fields: []string{
		"X-Original-URL", "https://h.example/", "X-Original-Method", "POST", "Authorization", "Bearer alice", "X-HTTP-Method-Override", "delete",
	}}), http.StatusOK)
	for name, got := range map[string]int{
		"itself": ask("DELETE"), "in small letters": ask("delete"), "mixed": ask("Delete"), "by a field": ask("POST", "X-HTTP-Method-Override", "DELETE"), "by a field in small letters": ask("POST", "X-HTTP-Method-Override", "delete"),
		"by another field": ask("POST", "X-Method-Override", "DELETE"), "by a third": ask("POST", "X-HTTP-Method", "DELETE"), "by the second of two": ask("POST", "X-Method-Override", "GET", "X-Method-Override", "DELETE"), "garbage": ask("DEL ETE"), "none": ask(""),
	} {
		if got != 403 {
			t.Errorf("%s: got %d, want 403", name, got)
		}
	}
}

func TestWhatTheApplicationIsTold(t *testing.T) {
	for _, c := range []struct {
		rule   string
		change func(*guard.Settings)
		want   map[string]string
	}{
		{"the other spelling", func(s *guard.Settings) { s.Headers = guard.ForwardedHeaders }, map[string]string{
			"X-Forwarded-User": "alice", "X-Forwarded-Name": "Alice Liddell", "X-Forwarded-Email": "alice@example.org", "X-Forwarded-Groups": "admins,staff", "X-Forwarded-Roles": "admins,staff"}},
		{"the third spelling", func(s *guard.Settings) { s.Headers = guard.AuthRequestHeaders }, map[string]string{
			"X-Auth-Request-User": "alice", "X-Auth-Request-Name": "Alice Liddell", "X-Auth-Request-Email": "alice@example.org", "X-Auth-Request-Groups": "admins,staff", "X-Auth-Request-Roles": "admins,staff"}},
		{"names of the operator's", func(s *guard.Settings) { s.Headers = guard.Headers{User: "x-user"} }, map[string]string{"X-User": "alice"}},
		{"the address", func(s *guard.Settings) { s.User = guard.UserEmail; s.Headers = guard.Headers{User: "X-User"} }, map[string]string{"X-User": "alice@example.org"}},
		{"the id", func(s *guard.Settings) { s.User = guard.UserID; s.Headers = guard.Headers{User: "X-User"} }, map[string]string{"X-User": "id-alice"}},
		{"a fresh token", func(s *guard.Settings) { s.Token = true; s.Headers = guard.Headers{User: "X-User"} }, map[string]string{"X-User": "alice", "Authorization": "Bearer fresh"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newGate(t, c.change).nginx("https://app.example.org/", "alice")
			got := map[string]string{}
			for name := range w.Header() {
				got[name] = w.Header().Get(name)
			}
			delete(got, "Cache-Control")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	t.Run("who has neither name nor address is known by the id", func(t *testing.T) {
		for _, kind := range []guard.UserKind{guard.UserName, guard.UserEmail, guard.UserID} {
			w := newGate(t, func(s *guard.Settings) { s.User = kind }).nginx("https://app.example.org/", "nemo")
			if got := w.Header().Get("Remote-User"); got != "id-nemo" {
				t.Errorf("%s: got %q, want the id", kind, got)
			}
		}
	})
}

func TestValuesCannotEndTheirLine(t *testing.T) {
	g := newGate(t)
	for value, want := range map[string]string{
		"José Ångström": "Jos%C3%A9 %C3%85ngstr%C3%B6m", "a\r\nRemote-Groups: admins": "a%0D%0ARemote-Groups: admins", "100%": "100%25", " padded ": "%20padded%20", "tab\there": "tab%09here",
		"null\x00": "null%00", "del\x7f": "del%7F", "bad \xff utf": "bad %FF utf", "a,b": "a,b", "a=b;c": "a=b;c", "\u2028": "%E2%80%A8",
	} {
		c := g.byToken["alice"]
		c.Name, c.Groups = value, []string{value, "x,y"}
		g.byToken["alice"] = c
		h := g.nginx("https://app.example.org/", "alice").Header()
		if got := h.Get("Remote-Name"); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
		if got, want := h.Get("Remote-Groups"), strings.ReplaceAll(want, ",", "%2C")+",x%2Cy"; got != want {
			t.Errorf("%q as a group: got %q, want %q", value, got, want)
		}
	}
}

func TestGroupsThatDoNotFitAreLeftOut(t *testing.T) {
	g := newGate(t, rules(guard.Rule{Groups: []string{"group999"}}))
	c := g.byToken["alice"]
	c.Groups = nil
	for i := range 1000 {
		c.Groups = append(c.Groups, fmt.Sprintf("group%d", i))
	}
	c.Roles = c.Groups
	g.byToken["alice"] = c
	w := g.nginx("https://app.example.org/", "alice")
	want(t, w, http.StatusOK) // rules look at all of them
	h := w.Header()
	if h.Get("Remote-Groups") != "" || h.Get("Remote-Roles") != "" || h.Get("Remote-User") != "alice" || h.Get("Remote-Name") == "" {
		t.Errorf("got %v", h)
	}
	if got := h.Get("Remote-Groups-Ref"); got != "https://sso.example.org/auth/me" {
		t.Errorf("got %q", got)
	}
	if g.cut != 1 {
		t.Errorf("counted %d times, want once", g.cut)
	}
	c.Roles = []string{"one"}
	g.byToken["alice"] = c
	if got := g.nginx("https://app.example.org/", "alice").Header().Get("Remote-Roles"); got != "" {
		t.Errorf("got the roles %q without the groups", got)
	}
	size := 0
	for name, values := range h {
		if strings.HasPrefix(name, "Remote-") {
			size += len(name) + len(values[0]) + 4
		}
	}
	if size > 3<<10+100 {
		t.Errorf("%d bytes of headers", size)
	}
}
