package e2e

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	printed "github.com/signet-sso/signet/cmd/signet/proxy"
)

// detours are ways to write /admin that rules about /public, or about nothing,
// might let through.
var detours = []string{
	"/public/../admin", "/public/%2e%2e/admin", "/public/%2E%2e/admin", "/public/.%2e/admin", "/public/..%2fadmin", "/public/..%2Fadmin",
	"/public/..%5cadmin", `/public/..\admin`, "/public/%252e%252e/admin", "/public/..%252fadmin", "/public/..;/admin", "/public/..;x=1/admin",
	"//admin", "///admin", "/./admin", "/.//admin", "/x/../admin", "/admin/.", "/admin/..;/admin/x", "/admin//x", "/%2fadmin", "/%61dmin/x", "/admin%2fx", "/admin%5cx",
	"/admin;x", "/admin;x/y", "/;x/admin", "/admin%00", "/admin%20", "/admin%09x", "/public%2f..%2fadmin", "/public//../admin", "/public/./../admin", "/public/x/../../admin",
	"/public/%c0%ae%c0%ae/admin", "/public/%ef%bc%8e%ef%bc%8e/admin", "/auth/../admin", "/auth/%2e%2e/admin", "/auth/..%2fadmin", "/login/..%2fadmin", "/login%2f..%2fadmin",
	"/login/../admin", "/.well-known/../admin", "/.well-known/..%2f..%2fadmin", "/auth/x/../../admin", "/login/..;/admin", "/admin/#/../public", "/admin#/public/x", "/public/x#/../../admin",
}

// doors are ways to ask the guard oneself.
var doors = []string{
	"/guard/nginx", "/guard/forward", "/guard/envoy/page", "/guard/envoy/%2e%2e/%2e%2e/auth/x", "/guard/envoy/../../auth/x", "/auth/../guard/nginx", "/auth/%2e%2e/guard/forward",
	"/auth/..%2fguard%2fenvoy/x", "/login/../guard/envoy/x", "//guard/nginx", "/_signet_guard", "/_signet_guard?x", "/guard/forward/..%2f..%2flogin", "/guard/envoy/.%2e/.%2e/login",
}

// ownPage is a path of Signet's own pages that has one reading only.
var ownPage = regexp.MustCompile(`\A/(auth|login|\.well-known)(/[\w~-][\w.~-]*)*/?\z`)

// testDoors finds what Signet is asked at, by whoever writes a path oddly: its own
// pages, and the one door of the proxy.
func testDoors(t *testing.T, kind printed.Kind, f fronted, g *standIn) {
	door := map[printed.Kind]string{printed.Nginx: "/guard/nginx", printed.Caddy: "/guard/forward", printed.Traefik: "/guard/forward", printed.Envoy: "/guard/envoy/"}[kind]
	for _, path := range slices.Concat(doors, detours, []string{"//login", "/login/.//x", "/LOGIN", "/loginx", "/auth;x", "/auth%00", "/login%0a", "/auth/%0a"}) {
		g.says(http.StatusUnauthorized)
		f.send(t, "GET "+path)
		for _, q := range g.all() {
			asked, _, _ := strings.Cut(q.Target, "?")
			if !ownPage.MatchString(asked) && asked != door && (kind != printed.Envoy || !strings.HasPrefix(asked, door)) {
				t.Errorf("%s: Signet is asked at %s", path, q.Target)
			}
		}
	}
	f.nothing(t)
}

// testSamePath finds that the application gets what the guard was asked about,
// however it is written.
func testSamePath(t *testing.T, kind printed.Kind, f fronted, g *standIn) {
	for _, path := range slices.Concat(detours, []string{"/a/../b?c=../d", "/a//b", "/a/./b", "/a%2fb", "/a%2Fb%3F", "/%41", "/a%5cb", "/a;b=c/d", "/a b", "/?", "/a?b?c", "/a%", "/a%zz", "/é"}) {
		g.says(http.StatusOK, "Remote-User", "ann")
		f.send(t, "GET "+path)
		for _, h := range f.application.Heard() {
			q := g.question(t)
			judged := q.Header.Get("X-Forwarded-Uri")
			switch kind {
			case printed.Nginx:
				judged = strings.TrimPrefix(q.Header.Get("X-Original-Url"), "http://"+f.proxy.Address)
			case printed.Envoy:
				judged = strings.TrimPrefix(q.Target, "/guard/envoy")
				if strings.Contains(judged, "/../") || strings.Contains(judged, "//") || strings.Contains(strings.ToLower(judged), "%2f") {
					t.Errorf("sent %s, Envoy says %s, which has more than one reading", path, judged)
				}
			}
			if judged != h.Target {
				t.Errorf("sent %s, the guard judged %s, the application got %s", path, judged, h.Target)
			}
		}
	}
}

func testPaths(t *testing.T, f fronted) {
	t.Run("C-22 no way of writing /admin leads there", func(t *testing.T) {
		f.application.Heard()
		for _, path := range detours {
			a := f.asAnn(t, "GET "+path)
			for _, h := range f.application.Heard() {
				// What has one reading only, and that a public one, was judged as that.
				if !strings.HasPrefix(h.Target, "/public/") || strings.ContainsAny(h.Target, `%;\#`) || strings.Contains(h.Target, "..") || strings.Contains(h.Target, "//") {
					t.Errorf("%s: the application is asked for %s, %d", path, h.Target, a.status)
				}
			}
			if a.status >= 500 {
				t.Errorf("%s: got %d", path, a.status)
			}
		}
	})
	t.Run("the path that was judged is the path that arrives", func(t *testing.T) {
		for _, path := range []string{"/a/b?c=%2e%2e/d&e=//", "/a%20b/c%C3%BC", "/a+b/~c/d.e/f@g:h,i=j", "/authors", "/loginx", "/x/auth/login", "/?a"} {
			if h := echoed(t, f.asAnn(t, "GET "+path)); h.Target != path {
				t.Errorf("sent %s, the application got %s", path, h.Target)
			}
		}
	})
	t.Run("the guard is not reachable from outside", func(t *testing.T) {
		f.application.Heard()
		for _, path := range doors {
			a := f.asAnn(t, "GET "+path, "X-Original-URL: http://"+f.proxy.Address+"/page", "X-Original-Method: GET")
			if a.header.Get("Remote-User") != "" || a.header.Get("X-Signet-Error") != "" || a.status == http.StatusOK && a.body == "" {
				t.Errorf("%s: got %d %v %s", path, a.status, a.header, a.body)
			}
		}
	})
}

// testUpgrade speaks through a web socket, and finds that nobody else can.
func testUpgrade(t *testing.T, f fronted) {
	ask := func(cookie string) (*http.Response, net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", f.proxy.Address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: "+f.proxy.Address+"\r\nConnection: keep-alive, Upgrade, Remote-User\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+cookie+"\r\n")
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp, conn, r
	}
	f.application.Heard()
	resp, conn, _ := ask("")
	_, _ = resp.Body.Close(), conn.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a cookie: got %d, want 401", resp.StatusCode)
	}
	f.nothing(t)
	resp, conn, r := ask("Cookie: " + f.cookie + "\r\n")
	defer func() { _ = conn.Close() }()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %d, want 101", resp.StatusCode)
	}
	if h := f.heard(t); h.Header.Get("Remote-User") != "ann" {
		t.Errorf("the application is told %v", h.Header)
	}
	_, _ = io.WriteString(conn, "ping")
	got := make([]byte, 4)
	if _, err := io.ReadFull(r, got); err != nil || string(got) != "ping" {
		t.Errorf("got %q, %v back, want ping", got, err)
	}
}
