package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/signet-sso/signet/e2e/parts"
)

// TestTheLoginPageOnTheRealProgram signs somebody in by keys alone, with the
// directory's password, and ends at the application that sent them.
func TestTheLoginPageOnTheRealProgram(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>The application</title><p id=arrived>%s", r.URL.Path)
	}))
	t.Cleanup(app.Close)
	s := serve(t, directoryConfig(d, "ldaps", "search")+fmt.Sprintf("\nredirects: {allow: [\"%s/*\"]}\n", app.URL))
	tab := parts.Tab(t, parts.Chromium(t))
	page := func(url, wait string) {
		t.Helper()
		step(t, tab, chromedp.Navigate(url), chromedp.WaitReady(wait))
	}
	read := func(js string) string {
		t.Helper()
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](js))
		if err != nil {
			t.Fatalf("%s: %v", js, err)
		}
		return got
	}
	axe := func(state string) {
		t.Helper()
		for _, v := range parts.Axe(t, tab) {
			t.Errorf("%s: %s", state, v)
		}
	}

	page(s.URL+"/login?provider=corp&redirect="+app.URL+"/inbox", "#login:focus")
	axe("the form")
	step(t, tab, chromedp.KeyEvent("alice"+kb.Tab+"wrong password"+kb.Enter), chromedp.WaitReady("#alert"))
	axe("after a wrong password")
	if got := read(`login.value + "|" + password.value`); got != "alice|" {
		t.Errorf("the fields hold %q, want the name and no password", got)
	}
	step(t, tab, chromedp.WaitReady("#password:focus"),
		chromedp.KeyEvent(parts.PersonPassword+kb.Enter), chromedp.WaitReady("#arrived"))
	if got := read(`document.title + "|" + location.href`); got != "The application|"+app.URL+"/inbox" {
		t.Errorf("arrived at %q, want the application", got)
	}

	page(s.URL+"/login", ".person")
	axe("signed in")
	if got := read(`document.querySelector(".person").innerText.includes("Alice Liddell") ? "yes" : document.body.innerText`); got != "yes" {
		t.Errorf("the page shows %q, want who is signed in", got)
	}

	page(s.URL+"/login?redirect=https://evil.test/", "form")
	if got := read(`document.body.innerHTML.includes("evil.test/") ? "kept" : "dropped"`); got != "dropped" {
		t.Errorf("a return address that is not allowed is %s", got)
	}
}

func step(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatal(err)
	}
}
