//go:build keycloak

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/e2e/parts"
)

// TestKeycloak signs in at a real Keycloak in Chromium and lives with what its
// administrator does.
func TestKeycloak(t *testing.T) {
	k := parts.Keycloak(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>The application</title><p id=arrived>%s", r.URL.Path)
	}))
	t.Cleanup(app.Close)
	s := serve(t, fmt.Sprintf(`
tokens: {recheck: 0s}
redirects: {allow: ["%s/*"]}
permissions: {staff: [doc.read]}
providers:
  - {name: local, driver: local}
  - {name: keycloak, driver: openid, preset: keycloak, issuer: %q, client_id: %s, client_secret: %q, insecure: true, signup: true, logout: true}
`, app.URL, k.Issuer, parts.KeycloakClient, parts.KeycloakSecret))
	k.SetBackchannel(s.URL + "/auth/backchannel/keycloak")
	browser := parts.Chromium(t)
	// enter signs somebody in by the button and returns the refresh token.
	enter := func(t *testing.T, login string) (refreshToken string) {
		t.Helper()
		b := tab{t, parts.Tab(t, browser)}
		b.do(chromedp.Navigate(s.URL+"/login?redirect="+app.URL+"/inbox"), chromedp.WaitReady("a.way"), chromedp.Click("a.way"), chromedp.WaitReady("#username"),
			chromedp.Click("#username"), chromedp.KeyEvent(login+kb.Tab+parts.PersonPassword+kb.Enter), chromedp.WaitReady("#arrived"))
		if got := b.read("location.href"); got != app.URL+"/inbox" {
			t.Errorf("arrived at %q, want the application", got)
		}
		b.do(chromedp.Navigate(s.URL+"/login"), chromedp.WaitReady(".person"))
		return cookie(t, b, "signet_refresh")
	}
	again := func(token string) answer { return refresh(t, s, token) }

	t.Run("the check goes through", func(t *testing.T) {
		r := parts.Run(t, parts.Launch{Dir: s.Dir, Args: []string{"provider", "test", "keycloak"}, Env: []string{"SIGNET_SECRET=" + masterKey}})
		if r.Code != 0 || !strings.Contains(r.Stdout, "keycloak works") {
			t.Errorf("got %s%s", r.Stdout, r.Stderr)
		}
	})
	token := enter(t, "alice")
	t.Run("the groups claim arrives, and at a refresh too", func(t *testing.T) {
		a := again(token).tokens(t)
		token = a.Refresh
		c := claims(t, a.Access)
		if c["idp"] != "keycloak" || c["preferred_username"] != "alice" || names(c["groups"]) != "family staff" || names(c["scopes"]) != "doc.read" || c["email_verified"] != true {
			t.Errorf("got %v", c)
		}
	})
	t.Run("an address that Keycloak has not verified is not", func(t *testing.T) {
		if c := claims(t, again(enter(t, "bob")).tokens(t).Access); c["email"] != "bob@example.org" || c["email_verified"] != false {
			t.Errorf("got %v, %v", c["email"], c["email_verified"])
		}
	})
	t.Run("R-62 a logout that Keycloak tells of ends the session", func(t *testing.T) {
		out := enter(t, "alice")
		k.SignOut("alice")
		eventually(t, "the session has ended", func() bool { return again(out).status == http.StatusUnauthorized })
		if !strings.Contains(s.Stderr(), `"event":"provider.logout","reason":"ended"`) {
			t.Error("the record does not say so")
		}
	})
	t.Run("R-64 who is disabled there is out at the next refresh", func(t *testing.T) {
		out := enter(t, "bob")
		k.Disable("bob")
		if a := again(out); a.status != http.StatusUnauthorized || a.code() != "INVALID_CREDENTIALS" {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
}
