package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/e2e/parts"
)

// migration is the n-th block of a language on the page for those who come from
// Papermerge's own auth server.
func migration(t testing.TB, language string, n int) string {
	t.Helper()
	text := string(readFile(t, "../docs/migrate/papermerge.md"))
	blocks := strings.Split(text, "\n```"+language+"\n")
	if len(blocks) <= n {
		t.Fatalf("the page has %d blocks of %s, want more than %d", len(blocks)-1, language, n-1)
	}
	block, _, _ := strings.Cut(blocks[n], "\n```")
	return block
}

// documented is Papermerge's own layout with what the page about the move has in
// place of the location that a 401 leads to.
func documented(t *testing.T, layout string) string {
	t.Helper()
	before, _, found := strings.Cut(string(readFile(t, "papermerge/"+layout)), "        location @auth_server {")
	if !found {
		t.Fatalf("%s leads nowhere with a 401", layout)
	}
	return before + migration(t, "nginx", 1) + "\n    }\n}\n"
}

// newPapermergeBehindOIDC is Papermerge whose people are at a provider.
func newPapermergeBehindOIDC(t *testing.T, layout string) (papermerge, *parts.OIDCProvider) {
	t.Helper()
	address, idp := parts.FreeAddress(t), parts.OIDC(t)
	p := papermerge{application: parts.Echo(t), public: "http://" + address}
	callback := p.public + "/oidc/callback"
	p.signet = serve(t, fmt.Sprintf(`
compat: {papermerge: {enabled: true, redirect_urls: [%q]}}
permissions: {staff: [node.view]}
admin: {username: root, email: carol@example.org}
providers:
  - {name: local, driver: local}
  - {name: idp, driver: openid, issuer: %q, client_id: papermerge, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, link: verified_email, require_groups: [staff], scopes: [openid, profile, email, groups], guard: {introspect: true}}
`, callback, idp.Issuer), "SIGNET_PUBLIC_URL="+p.public)
	idp.Lax = true
	idp.Start(t, []parts.OIDCClient{{
		ID: "papermerge", Secret: "s:e%c+r/e=t", RedirectURIs: []string{callback}, GrantTypes: []string{"authorization_code"},
	}}, erin, dan, carol)
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "ui"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "ui", "index.html"), readFile(t, "papermerge/oidc.html"), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	conf := strings.NewReplacer("FOLDER", folder, "LISTEN", address, "SIGNET", p.signet.URL, "APPLICATION", p.application.URL, "http://signet", p.signet.URL)
	parts.Nginx(t, address, conf.Replace(documented(t, layout)))
	return p, idp
}

var erin = parts.OIDCPerson{Subject: "e-1", Login: "erin", Name: "Erin Ríos", Email: "erin@example.org", EmailVerified: true, Groups: []string{"staff", "Staff"}}

// fetch is Papermerge's page that sends somebody to the provider and gets a
// code, with what is added to the address.
func (p papermerge) fetch(t *testing.T, idp *parts.OIDCProvider, login string, more ...string) string {
	t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {"papermerge"}, "redirect_uri": {p.public + "/oidc/callback"}, "scope": {"openid profile email groups"}, "state": {"s"}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return idp.Visit(t, idp.Issuer+"/auth?"+q.Encode(), login).Query().Get("code")
}

// bring posts a code as Papermerge's page does.
func (p papermerge) bring(t *testing.T, code string, fields ...string) answer {
	t.Helper()
	q := url.Values{
		"provider": {"oidc"}, "client_id": {"papermerge"}, "code": {code}, "redirect_url": {p.public + "/oidc/callback"},
		"grant_type": {"authorization_code"}, "state": {"s"},
	}
	return p.ask(t, "POST", "/api/token?"+q.Encode(), "", fields...)
}

func accessOf(t *testing.T, a answer) string {
	t.Helper()
	var v struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != http.StatusOK {
		t.Fatalf("got %d %s, want a token", a.status, a.body)
	}
	return v.Access
}

func TestPapermergeBehindTheRealProvider(t *testing.T) {
	p, idp := newPapermergeBehindOIDC(t, "nginx-3.6.conf")
	const refused = `{"detail":"401 Unauthorized. Auth provider error: it does not vouch for anybody who may enter."}`
	code := p.fetch(t, idp, "erin")
	access := accessOf(t, p.bring(t, code))
	t.Run("a code brings a token of ours, which opens the application", func(t *testing.T) {
		c := claims(t, access)
		if c["preferred_username"] != "erin" || c["name"] != "Erin Ríos" || names(c["groups"]) != "Staff staff" || names(c["scopes"]) != "node.view" || c["idp"] != "idp" {
			t.Errorf("got %v", c)
		}
		if a := p.ask(t, "GET", "/api/users/me", "", "Cookie", "access_token="+access, "Authorization", "Bearer "+access); a.status != http.StatusOK {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("while signed in somebody else can sign in", func(t *testing.T) {
		accessOf(t, p.bring(t, p.fetch(t, idp, "erin"), "Cookie", "access_token="+access))
	})
	for name, code := range map[string]string{
		"a code is good once":                                             code,
		"nobody without a known group":                                    p.fetch(t, idp, "dan"),
		"R-08 a code that was fetched with a nonce is part of a flow":     p.fetch(t, idp, "erin", "nonce", "n"),
		"R-09 a code that was fetched with a challenge is part of a flow": p.fetch(t, idp, "erin", "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256"),
		"a code that nobody gave":                                         "made-up",
	} {
		t.Run(name, func(t *testing.T) {
			if a := p.bring(t, code); a.status != http.StatusUnauthorized || a.body != refused || a.header.Get("Set-Cookie") != "" {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	t.Run("S1 the first superuser is on both sides, and needs no group", func(t *testing.T) {
		visitor := carol
		visitor.Groups = []string{"visitors"}
		idp.Change(t, visitor)
		if c := claims(t, accessOf(t, p.bring(t, p.fetch(t, idp, "carol")))); c["is_admin"] != true || names(c["scopes"]) != "node.view" {
			t.Errorf("got %v", c)
		}
	})
	t.Run("while the provider is down, our tokens are good and nobody is refused", func(t *testing.T) {
		code := p.fetch(t, idp, "erin")
		idp.Stop()
		if a := p.bring(t, code); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if a := p.ask(t, "GET", "/api/users/me", "", "Cookie", "access_token="+access); a.status != http.StatusOK {
			t.Errorf("ours: got %d %s", a.status, a.body)
		}
		if a := p.ask(t, "GET", "/home", "", "Cookie", "access_token=one-of-the-provider"); a.status != http.StatusOK || !strings.Contains(a.body, "<title>Sign in") {
			t.Errorf("the provider's: got %d %s, want the page", a.status, a.body)
		}
	})
	t.Run("R-57 nothing secret is in the log", func(t *testing.T) {
		for _, secret := range []string{"s:e%c+r/e=t", code, access} {
			if strings.Contains(p.signet.Stderr(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
}

func TestPapermergesButtonInABrowser(t *testing.T) {
	p, _ := newPapermergeBehindOIDC(t, "nginx-3.5.conf")
	b := tab{t, parts.Tab(t, parts.Chromium(t))}
	enter := func(login string) {
		t.Helper()
		b.do(chromedp.Navigate(p.public+"/home"), chromedp.WaitVisible("#oidc"), chromedp.Click("#oidc"), chromedp.WaitReady("#login:focus"),
			chromedp.KeyEvent(login), chromedp.Click("#sign-in"))
	}
	enter("dan")
	b.do(chromedp.WaitReady("#message.answered"))
	if got := b.read(`message.textContent + '; cookie: ' + document.cookie`); got != "401 Unauthorized. Auth provider error: it does not vouch for anybody who may enter.; cookie: " {
		t.Errorf("dan, who is in no group, reads %q", got)
	}
	b = tab{t, parts.Tab(t, parts.Chromium(t))}
	enter("erin")
	b.do(chromedp.WaitReady("body > pre")) // the application's answer
	heard := b.read(`location.pathname + ' ' + JSON.parse(document.body.innerText).target + ' ' + JSON.parse(atob(document.cookie.match(/access_token=([^;]*)/)[1].split('.')[1])).preferred_username`)
	if heard != "/home /home erin" {
		t.Errorf("got %q, want the application with erin's token", heard)
	}
}
