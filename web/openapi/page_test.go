package openapi_test

import (
	"context"
	"fmt"
	"net/http"
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
	"github.com/signet-sso/signet/web/wire"
)

// watch runs before the page's own scripts and remembers what the browser refused
// and what went wrong.
const watch = `window.refused = [];
addEventListener("securitypolicyviolation", e => refused.push(e.violatedDirective + " " + e.blockedURI));
addEventListener("error", e => refused.push("error " + e.message));`

// strangers are what the page has asked other hosts for.
const strangers = `performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin) && !n.startsWith("data:")).join(" ")`

type step = chromedp.Action[chromedp.Void]

func call[P, R any](c cdp.Command[P, R], p P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, p)
		return err
	})
}

// theme also has the viewer do without its animations, during which colours are
// neither the ones nor the others.
func theme(name string) step {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// reader is a real browser that has the page open.
type reader struct {
	t   *testing.T
	tab context.Context
}

func openPage(t *testing.T) reader {
	t.Helper()
	// The page says where the site is, so that the site is there before the page.
	site := httptest.NewUnstartedServer(nil)
	h := serve(t, "http://"+site.Listener.Addr().String())
	site.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			_ = wire.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
			return
		}
		h.ServeHTTP(w, r)
	})
	site.Start()
	t.Cleanup(site.Close)
	b := reader{t, parts.Tab(t, parts.Chromium(t))}
	b.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}),
		chromedp.EmulateViewport(1280, 900), theme("light"), chromedp.Navigate(site.URL+"/docs"), chromedp.WaitReady(".opblock"))
	return b
}

func (b reader) do(steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v, at:\n%.600s", err, b.text(`document.body.innerText`))
	}
}

func (b reader) text(script string) string {
	b.t.Helper()
	got, err := chromedp.Run(b.tab, chromedp.Evaluate[string](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return got
}

func TestThePageInChromium(t *testing.T) {
	b := openPage(t)
	t.Run("every operation is shown under its tag", func(t *testing.T) {
		b := reader{t, b.tab}
		if got := b.text(`document.querySelectorAll(".opblock").length + ""`); got < "80" || len(got) != 2 {
			t.Errorf("got %s operations, want all of them", got)
		}
		if got := b.text(`document.querySelector(".opblock-tag").dataset.tag`); got != "sign-in" {
			t.Errorf("the first tag is %q, want the one that stands first in the document", got)
		}
	})
	t.Run("an operation can be tried from the page", func(t *testing.T) {
		b := reader{t, b.tab}
		health := "#operations-upkeep-health "
		b.do(chromedp.Click(health+".opblock-summary-control"), chromedp.Click(health+".try-out__btn"),
			chromedp.Click(health+".execute"), chromedp.WaitReady(health+".live-responses-table .response-col_status"))
		if got := b.text(`document.querySelector("` + health + `.live-responses-table").innerText`); !strings.Contains(got, `"status": "ok"`) {
			t.Errorf("got %q, want the answer", got)
		}
	})
	t.Run("its policy refuses nothing that it needs, and it asks no other host", func(t *testing.T) {
		b := reader{t, b.tab}
		if got := b.text(`JSON.stringify(refused)`); got != "[]" {
			t.Errorf("refused or failed: %s", got)
		}
		if got := b.text(strangers); got != "" {
			t.Errorf("it asked %s", got)
		}
	})
	t.Run("its policy refuses what is not ours", func(t *testing.T) {
		b := reader{t, b.tab}
		b.text(`(() => { const s = document.createElement("script"); s.src = "https://cdn.example/x.js"; document.body.append(s);
			const i = document.createElement("script"); i.textContent = "window.inline = 1"; document.body.append(i);
			fetch("https://api.example/").catch(() => {}); return "" })()`)
		b.do(chromedp.WaitReady("body"))
		for _, want := range []string{"script-src-elem https://cdn.example", "script-src-elem inline", "connect-src https://api.example"} {
			if got := b.text(`refused.join(", ")`); !strings.Contains(got, want) {
				t.Errorf("got %q, want %q refused", got, want)
			}
		}
	})
}

// TestThePageIsAccessible looks at it in both themes, on a desktop and a phone.
// With SIGNET_TEST_SHOTS it leaves pictures in that folder.
func TestThePageIsAccessible(t *testing.T) {
	b := openPage(t)
	b.do(chromedp.Click("#operations-sign-in-login .opblock-summary-control"), chromedp.WaitReady("#operations-sign-in-login .opblock-body"))
	for _, l := range []struct {
		theme         string
		width, height int64
	}{{"light", 1280, 900}, {"dark", 1280, 900}, {"light", 390, 844}, {"dark", 390, 844}} {
		t.Run(fmt.Sprintf("axe finds nothing of ours wrong: %s, %d wide", l.theme, l.width), func(t *testing.T) {
			b := reader{t, b.tab}
			b.do(chromedp.EmulateViewport(l.width, l.height), theme(l.theme))
			for _, v := range parts.Axe(t, b.tab) {
				// The viewer makes a link of the path in the button that opens it.
				if v.ID != "nested-interactive" {
					t.Errorf("%v", v)
				}
			}
			if got := b.text(`document.documentElement.scrollWidth + ""`); got != fmt.Sprint(l.width) {
				t.Errorf("the page is %s wide, want %d", got, l.width)
			}
			parts.Screenshot(t, b.tab, os.Getenv("SIGNET_TEST_SHOTS"), fmt.Sprintf("docs-%s-%d", l.theme, l.width))
		})
	}
}
