package pages

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestInChromiumFiles(t *testing.T) {
	browser := parts.Chromium(t)
	t.Run("the policy lets in the page's own files and nothing else is asked for", func(t *testing.T) {
		b := open(t, browser, newSite(t, manyWays()).url+"/login")
		got := b.text(`performance.getEntriesByType("resource").map(r => r.name.replace(location.origin, "").replace(/\.[^.]+\./, ".")).sort().join(" ")`)
		want := "/login/assets/accounts.css /login/assets/controls.css /login/assets/inter.woff2 /login/assets/page.css /login/assets/page.js"
		if got = strings.ReplaceAll(got, " /login/assets/icon.svg", ""); got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
		if got := b.text(`[...document.fonts].map(f => f.family + " " + f.status).join()`); !strings.Contains(got, "loaded") {
			t.Errorf("the typeface is %q, want it loaded", got)
		}
		if got := b.text(`getComputedStyle(document.querySelector(".card")).maxWidth + getComputedStyle(document.querySelector(".segments")).display`); got != "416pxflex" {
			t.Errorf("got %q, want both style sheets to work", got)
		}
	})
}

func TestInChromiumByKeys(t *testing.T) {
	browser := parts.Chromium(t)
	t.Run("keys alone reach everything, in the order it is seen", func(t *testing.T) {
		s := newSite(t, manyWays())
		s.broker.open = true
		b := open(t, browser, s.url+"/login")
		b.sees("#login:focus")
		b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
		order := []string{b.focus()}
		for range 9 {
			b.press(kb.Tab)
			order = append(order, b.focus())
		}
		want := []string{"way-0", "login", "password", "Show password", "Sign in",
			"Forgot your password?", "Create an account", "Continue with GitHub", "Continue with Google", "Sign in with Okta"}
		for i, got := range order {
			// Monograms are not read out; innerText has them all the same.
			order[i] = trimMonogram(got)
		}
		if d := cmp.Diff(want, order); d != "" {
			t.Errorf("order of the focus (-want +got):\n%s", d)
		}
	})
	t.Run("keys alone sign in, after a wrong password too", func(t *testing.T) {
		s := newSite(t, manyWays())
		b := open(t, browser, s.url+"/login")
		b.pressIn("login", "ada"+kb.Tab+"wrong"+kb.Enter)
		b.sees("#alert")
		b.sees("#password:focus")
		if got := b.text(`login.value + "|" + password.value`); got != "ada|" {
			t.Errorf("the fields hold %q, want the name and no password", got)
		}
		b.pressIn("password", rightPassword+kb.Enter)
		b.sees(".person")
		if got := b.text(`document.querySelector(".person").innerText`); got != "AL Ada Lovelace ada@example.org" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("arrow keys choose a directory, and the field's name follows", func(t *testing.T) {
		s := newSite(t, manyWays())
		b := open(t, browser, s.url+"/login")
		name := `document.querySelector("label[for=login]").innerText`
		if got := b.text(name); got != "E-mail or user name" {
			t.Errorf("before: got %q", got)
		}
		b.sees("#login:focus")
		b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
		b.press(kb.ArrowRight)
		if got := b.text(name); got != "User name" {
			t.Errorf("after: got %q", got)
		}
		b.press(kb.Tab + "ada" + kb.Tab + rightPassword + kb.Enter)
		b.sees(".person")
		if got := s.broker.asked[0].Provider; got != "corp" {
			t.Errorf("asked %q, want corp", got)
		}
	})
}

func TestInChromiumWithScripts(t *testing.T) {
	browser := parts.Chromium(t)
	t.Run("the password can be shown and is hidden before it is sent", func(t *testing.T) {
		b := open(t, browser, newSite(t, manyWays()).url+"/login")
		b.pressIn("login", kb.Tab+"secret"+kb.Tab+" ")
		if got := b.text(`password.type + "|" + password.value + "|" + document.activeElement.id`); got != "text|secret|password" {
			t.Errorf("got %q, want the text shown and the focus in the field", got)
		}
		got := b.text(`document.forms[0].dispatchEvent(new Event("submit", {cancelable: true})); password.type`)
		if got != "password" {
			t.Errorf("the field is sent as %q", got)
		}
	})
	t.Run("a form is sent once however often its button is pressed", func(t *testing.T) {
		b := open(t, browser, newSite(t, manyWays()).url+"/login")
		press := `document.forms[0].dispatchEvent(new Event("submit", {cancelable: true}))`
		if got := b.text(`"" + ` + press + ` + ` + press); got != "truefalse" {
			t.Errorf("got %q, want the first to pass and the second to be stopped", got)
		}
		if got := b.text(`document.querySelector("[type=submit]").innerText`); got != "Signing in…" {
			t.Errorf("the button says %q", got)
		}
	})
}

func TestInChromiumWithoutScripts(t *testing.T) {
	browser := parts.Chromium(t)
	t.Run("wrong password, right password, sign-out: all without JavaScript", func(t *testing.T) {
		s := newSite(t, manyWays())
		b := open(t, browser, s.url+"/login?provider=corp", withoutScripts())
		if got := b.text(`"" + document.querySelector(".reveal").hidden`); got != "true" {
			t.Error("a button that needs JavaScript is shown")
		}
		b.pressIn("login", "grace"+kb.Tab+"wrong"+kb.Enter)
		b.sees("#alert")
		b.pressIn("password", rightPassword+kb.Enter)
		b.sees(".person")
		b.press(kb.Tab + kb.Enter)
		b.sees("[role=status]")
		if len(s.broker.live) != 0 {
			t.Errorf("still alive: %v", s.broker.live)
		}
	})
}

func TestInChromiumReturnTo(t *testing.T) {
	browser := parts.Chromium(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<p id="app">the app</p>`))
	}))
	t.Cleanup(app.Close)
	place := app.URL + "/home"
	t.Run("a sign-in ends at an app of another origin, past a mistake", func(t *testing.T) {
		s := newSite(t, manyWays(), app.URL+"/*")
		b := open(t, browser, s.url+loginTo(place))
		b.pressIn("login", "ada"+kb.Tab+"wrong"+kb.Enter)
		b.sees("#alert")
		b.pressIn("password", rightPassword+kb.Enter)
		b.sees("#app")
		if got := b.text(`location.href`); got != place {
			t.Errorf("ended at %q, want %q", got, place)
		}
	})
	t.Run("C-03 who is signed in goes on with a click and not before", func(t *testing.T) {
		s := newSite(t, manyWays(), app.URL+"/*")
		b := open(t, browser, s.url+"/login")
		b.pressIn("login", "ada"+kb.Tab+rightPassword+kb.Enter)
		b.sees(".person")
		b.do(chromedp.Navigate(s.url + loginTo(place)))
		b.sees(".person")
		b.do(chromedp.Click(".button.primary"))
		b.sees("#app")
	})
	t.Run("another account comes back to the form with the same return-to", func(t *testing.T) {
		s := newSite(t, manyWays(), app.URL+"/*")
		b := open(t, browser, s.url+loginTo(place))
		b.pressIn("login", "ada"+kb.Tab+rightPassword+kb.Enter)
		b.sees("#app")
		b.do(chromedp.Navigate(s.url+loginTo(place)), chromedp.Click(".card form button"))
		b.sees("#login")
		b.pressIn("login", "grace"+kb.Tab+rightPassword+kb.Enter)
		b.sees("#app")
		if !slices.Contains(s.broker.ended, "s1") || s.broker.live["s2"].ID != "2" {
			t.Errorf("ended %v, alive %v; want s1 ended and Grace in s2", s.broker.ended, s.broker.live)
		}
	})
}

// trimMonogram drops the letter that a button shows as a picture.
func trimMonogram(text string) string {
	if len(text) > 2 && text[1] == ' ' {
		return text[2:]
	}
	return text
}
