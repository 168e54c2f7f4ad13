package openapi_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/e2e/parts"
)

// watch runs before the page's own scripts and remembers what the browser
// refused and what went wrong.
const watch = `window.refused = [];
addEventListener("securitypolicyviolation", e => refused.push(e.violatedDirective + " " + e.blockedURI));
addEventListener("error", e => refused.push("error " + e.message));`

type step = chromedp.Action[chromedp.Void]

func call[P, R any](c cdp.Command[P, R], p P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, p)
		return err
	})
}

func theme(name string) step {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// TestThePageShowsTheDocument looks at it in a real browser. With
// SIGNET_TEST_SHOTS it leaves pictures in that folder.
func TestThePageShowsTheDocument(t *testing.T) {
	site := httptest.NewServer(serve(t))
	t.Cleanup(site.Close)
	tab := parts.Tab(t, parts.Chromium(t))
	do := func(steps ...step) {
		t.Helper()
		ctx, cancel := context.WithTimeout(tab, 30*time.Second)
		defer cancel()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	text := func(script string) string {
		t.Helper()
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return got
	}
	do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}))
	do(chromedp.EmulateViewport(1280, 900), theme("light"), chromedp.Navigate(site.URL+"/docs"), chromedp.WaitReady(".opblock"))
	do(chromedp.Click("#operations-sign-in-login .opblock-summary-control"), chromedp.WaitReady("#operations-sign-in-login .opblock-body"))
	t.Logf("title %s; refused %s", text(`document.title`), text(`JSON.stringify(refused)`))
	for _, l := range []struct {
		theme         string
		width, height int64
	}{{"light", 1280, 900}, {"dark", 1280, 900}, {"light", 390, 844}, {"dark", 390, 844}} {
		do(chromedp.EmulateViewport(l.width, l.height), theme(l.theme))
		name := fmt.Sprintf("docs-%s-%d", l.theme, l.width)
		for _, v := range parts.Axe(t, tab) {
			t.Logf("%s: %.600s", name, v)
		}
		t.Log(name, text(`document.documentElement.scrollWidth + ""`))
		parts.Screenshot(t, tab, os.Getenv("SIGNET_TEST_SHOTS"), name)
	}
	if got := text(`performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin) && !n.startsWith("data:")).join(" ")`); got != "" {
		t.Errorf("the page asked others: %s", got)
	}
	_ = strings.Fields
}
