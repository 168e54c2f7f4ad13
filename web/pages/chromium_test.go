package pages

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/e2e/parts"
)

// tab is one page in a real Chromium.
type tab struct {
	t   *testing.T
	ctx context.Context
}

type step = chromedp.Action[chromedp.Void]

// open returns a tab with cookies of its own that is at a URL.
func open(t *testing.T, browser context.Context, url string, before ...step) *tab {
	t.Helper()
	b := &tab{t: t, ctx: parts.Tab(t, browser)}
	b.do(focused(), media("prefers-reduced-motion", "reduce"))
	b.do(before...)
	b.do(chromedp.Navigate(url))
	return b
}

func (b *tab) do(steps ...step) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// press types keys wherever the focus is.
func (b *tab) press(keys string) { b.t.Helper(); b.do(chromedp.KeyEvent(keys)) }

// pressIn types keys once an element has the focus by itself: browsers give it
// with the first frame, a moment after the page is loaded.
func (b *tab) pressIn(id, keys string) { b.t.Helper(); b.sees("#" + id + ":focus"); b.press(keys) }

// sees waits until there is an element.
func (b *tab) sees(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitReady(selector)); err != nil {
		b.t.Fatalf("wait for %s: %v, at %s:\n%s", selector, err, b.text(`location.href`), b.text(`document.body.innerText`))
	}
}

// text evaluates a script to a string.
func (b *tab) text(script string) string {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return strings.Join(strings.Fields(got), " ")
}

// focus says which element has the focus: its id, else what it reads.
func (b *tab) focus() string {
	b.t.Helper()
	return b.text(`document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.innerText`)
}

func call[P, R any](c cdp.Command[P, R], p P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, p)
		return err
	})
}

// focused makes the page believe that its window is in front.
func focused() step {
	return call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
}

func withoutScripts() step {
	return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// media sets media features: name, value, name, value.
func media(features ...string) step {
	p := emulation.SetEmulatedMediaParams{}
	for i := 0; i+1 < len(features); i += 2 {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	return call(emulation.SetEmulatedMedia, p)
}
