package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

// TestTheConfigurationsOnThePageAboutTheMove are taken as they stand.
func TestTheConfigurationsOnThePageAboutTheMove(t *testing.T) {
	for n := 1; n <= 2; n++ {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "providers.yaml"), []byte(migration(t, "yaml", n)), 0o600); err != nil {
			t.Fatal(err)
		}
		r := parts.Run(t, parts.Launch{Dir: dir, Args: []string{"check"}, Env: []string{
			"SIGNET_SECRET=" + masterKey, "PAPERMERGE__AUTH__PASSWORD=" + adminPassword, "PAPERMERGE__AUTH__OIDC_CLIENT_SECRET=a secret of the provider",
		}})
		if r.Code != 0 || strings.Count(r.Stdout+r.Stderr, "warning") != 1 || !strings.Contains(r.Stdout+r.Stderr, "compat.papermerge") {
			t.Errorf("configuration %d: %d, %s%s; want one warning, of the readable cookie", n, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// withCookies is the printed configuration of nginx with what the page about the
// move adds for Papermerge's page.
func withCookies(t testing.TB, conf, maps, cookies string) string {
	t.Helper()
	const top, behind = "http {\n", "            add_header Set-Cookie $signet_cookie always;\n"
	if !strings.Contains(conf, top) || !strings.Contains(conf, behind) {
		t.Fatal("the printed configuration has no place for the cookies")
	}
	conf = strings.Replace(conf, top, top+maps+"\n", 1)
	return strings.Replace(conf, behind, behind+cookies+"\n", 1)
}

// TestPapermergeWithARemoteUser is Papermerge without a sign-in of its own: the
// proxy asks the guard, tells core who it is in header fields and the page in
// cookies.
func TestPapermergeWithARemoteUser(t *testing.T) {
	f := front(t, "nginx", func(t testing.TB, address, conf string) *parts.Proxy {
		return parts.Nginx(t, address, withCookies(t, conf, migration(t, "nginx", 2), migration(t, "nginx", 3)))
	}, "").signIn(t)
	cookies := func(a answer) (out []string) {
		for _, c := range a.header["Set-Cookie"] {
			if strings.HasPrefix(c, "remote_") {
				out = append(out, c)
			}
		}
		return out
	}
	want := "[remote_user=ann; path=/ remote_groups=staff; path=/ remote_name=Ann Lee; path=/ remote_email=ann@example.org; path=/]"
	t.Run("core and the page hear who it is", func(t *testing.T) {
		a := f.asAnn(t, "GET /home")
		h := echoed(t, a).Header
		if h.Get("Remote-User") != "ann" || h.Get("Remote-Groups") != "staff" || h.Get("Remote-Name") != "Ann Lee" || h.Get("Remote-Email") != "ann@example.org" {
			t.Errorf("core heard %v", h)
		}
		if got := fmt.Sprint(cookies(a)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("C-28 whatever the client says of itself", func(t *testing.T) {
		for _, own := range spoofs() {
			a := f.asAnn(t, "GET /home", own, "Remote-User: admin", "Cookie: remote_user=admin; remote_groups=admins")
			h := echoed(t, a).Header
			if users := fmt.Sprint(h["Remote-User"], h["Remote-Groups"]); users != "[ann] [staff]" {
				t.Errorf("%s: core heard %s", own, users)
			}
			if got := fmt.Sprint(cookies(a)); got != want {
				t.Errorf("%s: got %s, want %s", own, got, want)
			}
		}
	})
	t.Run("who is not signed in is sent to the sign-in, and gets no cookie", func(t *testing.T) {
		f.application.Heard()
		a := f.send(t, "GET /home", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Remote-User: admin")
		if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.Contains(to, "/login?") || cookies(a) != nil {
			t.Errorf("got %d to %q with %q", a.status, to, cookies(a))
		}
		f.nothing(t)
	})
	t.Run("a name cannot say more in a cookie than a name", func(t *testing.T) {
		f.command(t, adminPassword, "user", "add", "--username", "bob", "--group", "a;b", "--name", "Bob; Domain=example.org", "--email", "bob@example.org", "--password-stdin")
		body := fmt.Sprintf(`{"identifier":"bob","password":%q,"mode":"session"}`, adminPassword)
		session := f.send(t, "POST /auth/login", "Content-Type: application/json", "", body).header.Get("Set-Cookie")
		session, _, _ = strings.Cut(session, ";")
		a := f.send(t, "GET /home", "Cookie: "+session)
		if h := echoed(t, a).Header; h.Get("Remote-Name") != "Bob; Domain=example.org" {
			t.Errorf("core heard %v", h)
		}
		if got := fmt.Sprint(cookies(a)); got != "[remote_user=bob; path=/ remote_email=bob@example.org; path=/]" {
			t.Errorf("got %s", got)
		}
	})
}
