package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/e2e/parts"
)

// title is the heading of the page.
func (v *visitor) title() string {
	v.tab.t.Helper()
	return v.tab.read(`document.querySelector("h1").innerText`)
}

// wantTitle complains unless the page has a heading.
func (v *visitor) wantTitle(want string) {
	v.tab.t.Helper()
	if got := v.title(); got != want {
		v.tab.t.Fatalf("got the page %q, want %q:\n%s", got, want, v.tab.read(`document.body.innerText`))
	}
}

// TestRegisterAndForgetOnThePages is what a person does who has a browser and a
// mailbox and reads nothing else.
func TestRegisterAndForgetOnThePages(t *testing.T) {
	browser := parts.Chromium(t)
	const email, first, second = "zoe@example.org", "plum jacket river", "a quiet lake at noon"
	onBothEngines(t, func(t *testing.T, env ...string) {
		v := newVisitor(t, browser, serve(t, accounts, env...))
		v.open("/login", ".members")
		v.do(chromedp.Click("a[href='/register']"), chromedp.WaitReady("#email:focus"))
		v.types("email", email+kb.Tab+"zoe"+kb.Tab+"Zoë"+kb.Tab+kb.Tab+first+kb.Enter, ".lead + a.primary")
		v.wantTitle("Look into your mail")
		page, token := v.letter(email, "/confirm?token=").link(t)
		for range 3 { // P-21
			v.open("/"+page+"?token="+token, "[type=submit]")
		}
		v.presses(".lead + a.primary")
		v.wantTitle("Your address is confirmed")
		v.presses("#login:focus")
		v.types("login", email+kb.Tab+first+kb.Enter, ".person")

		v.open("/forgot", "#email:focus")
		v.types("email", "nobody@example.org"+kb.Enter, ".lead + a.primary")
		v.open("/forgot", "#email:focus")
		v.types("email", email+kb.Enter, ".lead + a.primary")
		page, token = v.letter(email, "/reset?token=").link(t)
		v.open("/"+page+"?token="+token, "#password:focus")
		v.types("password", "zoe@example.org zoe"+kb.Enter, "#alert")
		v.types("password", second+kb.Enter, ".lead + a.primary")
		v.wantTitle("Your password is changed")
		v.open("/"+page+"?token="+token, ".lead + a.primary")
		v.wantTitle("This link does not work any more")
		v.presses("#email:focus")
		v.open("/login", "#login:focus")
		v.types("login", email+kb.Tab+first+kb.Enter, "#alert")
		v.types("password", second+kb.Enter, ".person")
		if strings.Contains(v.Stderr(), token) {
			t.Error("the log holds a letter's token")
		}
	})
}

// TestMoveOnThePages proves a new address on the page that its letter opens.
func TestMoveOnThePages(t *testing.T) {
	browser := parts.Chromium(t)
	onBothEngines(t, func(t *testing.T, env ...string) {
		v := newVisitor(t, browser, serve(t, accounts, env...))
		v.signIn(map[string]string{"email": "admin", "password": adminPassword})
		v.want(204, http.MethodPut, "/auth/me/email", map[string]string{"email": "new@example.org", "current_password": adminPassword})
		page, token := v.letter("new@example.org", "/email?token=").link(t)
		v.open("/"+page+"?token="+token, "[type=submit]")
		v.presses(".lead + a.primary")
		v.wantTitle("Your address is changed")
		v.open("/login", "#login:focus")
		v.types("login", "new@example.org"+kb.Tab+adminPassword+kb.Enter, ".person")
	})
}
