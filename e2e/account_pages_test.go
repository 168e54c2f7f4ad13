package e2e

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/e2e/parts"
)

// visitor is a person at a browser, with a mailbox and an authenticator.
type visitor struct {
	*person
	tab
}

func newVisitor(t *testing.T, browser context.Context, s *parts.Server) *visitor {
	t.Helper()
	return &visitor{newPerson(t, s), tab{t, parts.Tab(t, browser)}}
}

// open goes to a page of the program and waits for an element.
func (v *visitor) open(path, wait string) {
	v.tab.t.Helper()
	v.do(chromedp.Navigate(v.URL+path), chromedp.WaitReady(wait))
	v.accessible(path)
}

// types presses keys once a field has the focus, and waits for what comes.
func (v *visitor) types(field, keys, wait string) {
	v.tab.t.Helper()
	v.do(chromedp.WaitReady("#"+field+":focus"), chromedp.KeyEvent(keys), chromedp.WaitReady(wait))
	v.accessible("after " + field)
}

// presses clicks the one primary button, and waits for what comes.
func (v *visitor) presses(wait string) {
	v.tab.t.Helper()
	v.do(chromedp.Click(".primary"), chromedp.WaitReady(wait))
	v.accessible("before " + wait)
}

func (v *visitor) accessible(where string) {
	v.tab.t.Helper()
	for _, found := range parts.Axe(v.tab.t, v.ctx) {
		v.tab.t.Errorf("%s: %s", where, found)
	}
}

// knows keeps the seed of an authenticator as a person types it.
func (v *visitor) knows(secret string) {
	v.tab.t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		v.tab.t.Fatal(err)
	}
	v.seed = seed
}

// TestTheSecondFactorOnThePages signs in with a code and with a recovery code.
func TestTheSecondFactorOnThePages(t *testing.T) {
	browser := parts.Chromium(t)
	onBothEngines(t, func(t *testing.T, env ...string) {
		t.Parallel() // codes are waited for
		v := newVisitor(t, browser, serve(t, "", env...))
		v.signIn(map[string]string{"email": "admin", "password": adminPassword})
		var made struct{ Data struct{ Secret string } }
		a := v.want(200, http.MethodPost, "/auth/mfa/totp", map[string]string{"password": adminPassword})
		if err := json.Unmarshal([]byte(a.body), &made); err != nil {
			t.Fatal(err)
		}
		v.knows(made.Data.Secret)
		v.want(200, http.MethodPost, "/auth/mfa/totp/confirm", map[string]string{"otp": v.code()})

		v.open("/login", "#login:focus")
		v.types("login", "admin"+kb.Tab+"wrong"+kb.Enter, "#alert")
		v.types("password", adminPassword+kb.Enter, "#code:focus")
		v.types("code", "000000"+kb.Enter, "#alert")
		code := v.code()
		v.types("code", code[:3]+" "+code[3:]+kb.Enter, ".person")
	})
}

// TestM13_TheSecondFactorIsSetUpOnThePages has a person set up what the provider
// requires, and come back with a recovery code.
func TestM13_TheSecondFactorIsSetUpOnThePages(t *testing.T) {
	browser := parts.Chromium(t)
	onBothEngines(t, func(t *testing.T, env ...string) {
		t.Parallel() // codes are waited for
		s := serve(t, "providers:\n  - {name: local, driver: local, label: Password, mfa: required}\n", env...)
		v := newVisitor(t, browser, s)
		v.open("/login", "#login:focus")
		v.types("login", "admin"+kb.Tab+adminPassword+kb.Enter, "[name=step][value=propose]")
		if a := v.ask(http.MethodPost, "/auth/login", map[string]string{"email": "admin", "password": adminPassword}); a.code() != "INVALID_OTP" {
			t.Errorf("before it is set up: got %d %s", a.status, a.body)
		}
		v.presses(".picture path")
		v.knows(v.tab.read(`document.querySelector(".groups").innerText`))
		v.types("code", "000000"+kb.Enter, "#alert")
		v.types("code", v.code()+kb.Enter, ".codes")
		recovery := v.tab.read(`document.querySelector(".codes code").innerText`)
		if n := v.tab.read(`"" + document.querySelectorAll(".codes code").length`); n != "10" {
			t.Errorf("got %s recovery codes, want 10", n)
		}
		v.presses(".person")
		v.do(chromedp.Click(".card form button"), chromedp.WaitReady("#login:focus"))
		v.types("login", "admin"+kb.Tab+adminPassword+kb.Enter, "#code:focus")
		v.types("code", strings.ToUpper(recovery)+kb.Enter, ".person")
		v.do(chromedp.Click(".card form button"), chromedp.WaitReady("#login:focus"))
		v.types("login", "admin"+kb.Tab+adminPassword+kb.Enter, "#code:focus")
		v.types("code", recovery+kb.Enter, "#alert")
	})
}

// TestM06_AnIssuersPeopleSetUpASecondFactorToo comes from an issuer that vouches
// for no second factor, and ends at the application that began it.
func TestM06_AnIssuersPeopleSetUpASecondFactorToo(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>The application</title><p id=arrived>%s", r.URL.Path)
	}))
	t.Cleanup(app.Close)
	issuer := parts.OIDC(t)
	s := serve(t, fmt.Sprintf(`
redirects: {allow: ["%s/*"]}
providers:
  - {name: local, driver: local}
  - {name: one, driver: openid, label: Issuer one, issuer: %q, client_id: signet, client_secret: "s:e%%c+r/e=t", insecure: true, signup: true, mfa: required, scopes: [openid, profile, email]}
`, app.URL, issuer.Issuer))
	issuer.Start(t, []parts.OIDCClient{parts.SignetClient(s.URL, "one")}, carol)
	v := newVisitor(t, parts.Chromium(t), s)
	enter := func() {
		v.open("/login?redirect="+app.URL+"/inbox", "a.way")
		v.do(chromedp.Click("a.way"), chromedp.WaitReady("#login:focus"), chromedp.KeyEvent("carol"), chromedp.Click("#sign-in"))
	}
	enter()
	v.do(chromedp.WaitReady("[name=step][value=propose]"))
	v.presses(".picture path")
	v.knows(v.tab.read(`document.querySelector(".groups").innerText`))
	v.types("code", v.code()+kb.Enter, ".codes")
	v.do(chromedp.Click(".primary"), chromedp.WaitReady("#arrived"))
	if got := v.tab.read("location.href"); got != app.URL+"/inbox" {
		t.Errorf("arrived at %q", got)
	}

	again := newVisitor(t, parts.Chromium(t), s)
	again.seed, again.step, v = v.seed, v.step, again
	enter()
	v.do(chromedp.WaitReady("#code:focus"))
	v.accessible("the code after an issuer")
	v.do(chromedp.KeyEvent(v.code()+kb.Enter), chromedp.WaitReady("#arrived"))
}
