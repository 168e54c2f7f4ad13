package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/e2e/parts"
)

// tab is a browser's tab at a federated signet.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	step(b.t, b.ctx, steps...)
}

func (b tab) read(js string) string {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		b.t.Fatalf("%s: %v", js, err)
	}
	return got
}

// TestTheButtonsOnTheRealProgram goes from the login page through both issuers
// and back to the application's page, as people do.
func TestTheButtonsOnTheRealProgram(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>The application</title><p id=arrived>%s?%s", r.URL.Path, r.URL.RawQuery)
	}))
	t.Cleanup(app.Close)
	f := newFederated(t, app.URL)
	browser := parts.Chromium(t)
	button := func(name string) string { return fmt.Sprintf("a.way[href^='/auth/login/%s?']", name) }
	fresh := func(t *testing.T) tab { return tab{t, parts.Tab(t, browser)} }
	for _, issuer := range []string{"one", "two"} {
		t.Run("through issuer "+issuer+" to the application, signed in", func(t *testing.T) {
			b := fresh(t)
			b.do(chromedp.Navigate(f.URL+"/login?redirect="+app.URL+"/inbox"), chromedp.WaitReady(button(issuer)))
			for _, v := range parts.Axe(t, b.ctx) {
				t.Errorf("%s", v)
			}
			b.do(chromedp.Click(button(issuer)), chromedp.WaitReady("#login:focus"),
				chromedp.KeyEvent("carol"), chromedp.Click("#sign-in"), chromedp.WaitReady("#arrived"))
			if got := b.read("location.href"); got != app.URL+"/inbox" {
				t.Errorf("arrived at %q", got)
			}
			b.do(chromedp.Navigate(f.URL+"/login"), chromedp.WaitReady(".person"))
			if got := b.read(`document.querySelector(".person").innerText`); !strings.Contains(got, "Carol Ruiz") {
				t.Errorf("our page shows %q", got)
			}
		})
	}
	t.Run("cancel at the provider leads back to our page with a word", func(t *testing.T) {
		b := fresh(t)
		b.do(chromedp.Navigate(f.URL+"/login"), chromedp.WaitReady(button("one")), chromedp.Click(button("one")),
			chromedp.WaitReady("#login:focus"), chromedp.Click("#cancel"), chromedp.WaitReady("#alert, [role=alert]"))
		if got := b.read("location.pathname + location.search"); got != "/login?done=&reason=INVALID_CREDENTIALS" && got != "/login?reason=INVALID_CREDENTIALS" {
			t.Errorf("at %q", got)
		}
		for _, v := range parts.Axe(t, b.ctx) {
			t.Errorf("%s", v)
		}
	})
	t.Run("two tabs at once both arrive", func(t *testing.T) {
		first := fresh(t)
		beside, end := chromedp.NewContext(first.ctx)
		defer end()
		second := tab{t, beside}
		first.do(chromedp.Navigate("about:blank"))
		for i, b := range []tab{first, second} {
			b.do(chromedp.Navigate(fmt.Sprintf("%s/login?redirect=%s/tab%d", f.URL, app.URL, i)), chromedp.WaitReady("form, .person"))
			if b.read(`document.querySelector(".person") ? "in" : "out"`) == "in" {
				b.do(chromedp.Navigate(fmt.Sprintf("%s/auth/login/one?prompt=login&redirect=%s/tab%d", f.URL, app.URL, i)))
			} else {
				b.do(chromedp.Click(button("one")))
			}
		}
		for i, b := range []tab{second, first} {
			b.do(chromedp.WaitReady("#login, #arrived"))
			if b.read(`document.querySelector("#login") ? "ask" : "in"`) == "ask" {
				b.do(chromedp.WaitReady("#login:focus"), chromedp.KeyEvent("dan"), chromedp.Click("#sign-in"))
			}
			b.do(chromedp.WaitReady("#arrived"))
			if got, want := b.read("location.pathname"), fmt.Sprintf("/tab%d", 1-i); got != want {
				t.Errorf("arrived at %q, want %q", got, want)
			}
		}
	})
	t.Run("the back button after a sign-in harms nobody", func(t *testing.T) {
		b := fresh(t)
		b.do(chromedp.Navigate(f.URL+"/auth/login/two?prompt=login&redirect="+app.URL+"/here"), chromedp.WaitReady("#login:focus"),
			chromedp.KeyEvent("carol"+kb.Enter), chromedp.WaitReady("#arrived"))
		b.do(chromedp.Evaluate[chromedp.Void]("history.back()"))
		eventually(t, "the page before", func() bool { return b.read("location.href") != app.URL+"/here" })
		if got := b.read("document.body.innerText"); strings.Contains(got, "Internal Server Error") {
			t.Errorf("the page shows %q", got)
		}
		b.do(chromedp.Navigate(f.URL+"/login"), chromedp.WaitReady(".person"))
	})
}

// TestOneAccountThroughLDAPAndOpenID signs the same person in both ways on the
// login page.
func TestOneAccountThroughLDAPAndOpenID(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	alice := parts.OIDCPerson{Subject: "a-1", Login: "alice", Email: "alice@example.org", EmailVerified: true}
	browser := parts.Chromium(t)
	for link, same := range map[string]bool{"verified_email": true, "never": false} {
		t.Run("link: "+link, func(t *testing.T) {
			p := parts.OIDC(t)
			s := serve(t, directoryConfig(d, "ldaps", "search")+fmt.Sprintf(
				"  - {name: one, driver: openid, issuer: %q, client_id: signet, client_secret: \"s:e%%c+r/e=t\", insecure: true, signup: true, userinfo: true, link: %s}\n", p.Issuer, link))
			p.Start(t, []parts.OIDCClient{parts.SignetClient(s.URL, "one")}, alice)
			b := tab{t, parts.Tab(t, browser)}
			b.do(chromedp.Navigate(s.URL+"/login?provider=corp"), chromedp.WaitReady("#login:focus"),
				chromedp.KeyEvent("alice"+kb.Tab+parts.PersonPassword+kb.Enter), chromedp.WaitReady(".person"))
			directory := b.account(s)
			confirm := parts.Run(t, parts.Launch{Dir: s.Dir, Args: []string{"user", "confirm", "alice"}, Env: []string{"SIGNET_SECRET=" + masterKey}})
			if confirm.Code != 0 {
				t.Fatalf("confirm: %s%s", confirm.Stdout, confirm.Stderr)
			}
			other := tab{t, parts.Tab(t, browser)}
			other.do(chromedp.Navigate(s.URL+"/login"), chromedp.WaitReady("a.way"), chromedp.Click("a.way"), chromedp.WaitReady("#login:focus"),
				chromedp.KeyEvent("alice"), chromedp.Click("#sign-in"), chromedp.WaitReady(".person"))
			if got := directory == other.account(s); got != same {
				t.Errorf("one account: %v, want %v", got, same)
			}
		})
	}
}

// account is the account that a tab is signed in to.
func (b tab) account(s *parts.Server) any {
	b.t.Helper()
	return claims(b.t, refresh(b.t, s, cookie(b.t, b, "signet_refresh")).tokens(b.t).Access)["sub"]
}

// cookie is the value of a tab's cookie for signet.
func cookie(t *testing.T, b tab, name string) string {
	t.Helper()
	all, err := chromedp.Run(b.ctx, func(ctx context.Context, target *chromedp.Target) (network.GetCookiesResult, error) {
		return cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all.Cookies {
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("no cookie %s", name)
	return ""
}
