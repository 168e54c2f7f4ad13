package mail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// TestLook shows letters in a real Chromium, on a desktop and on phones, light
// and dark: nothing is faint, unnamed or wider than the screen, and nothing is
// loaded.
func TestLook(t *testing.T) {
	browser := parts.Chromium(t)
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []broker.LetterKind{broker.LetterReset, broker.LetterElsewhere, broker.LetterRecoveryUsed} {
		l := letterTo("alice@example.com")
		l.Kind, l.Provider = kind, "The directory of Example & Sons"
		v, err := newView("sso.example.org", l)
		if err != nil {
			t.Fatal(err)
		}
		w, err := templates.Render(kind, v)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), string(kind)+".html")
		if err := os.WriteFile(file, []byte(w.HTML), 0o600); err != nil {
			t.Fatal(err)
		}
		tab := parts.Tab(t, browser)
		if err := chromedp.Do(tab, chromedp.Navigate("file://"+file)); err != nil {
			t.Fatal(err)
		}
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390, 320} {
				name := fmt.Sprintf("letter-%s-%s-%d", kind, theme, width)
				t.Run(name+" can be read", func(t *testing.T) { look(t, tab, name, theme, width) })
			}
		}
	}
}

func look(t *testing.T, tab context.Context, name, theme string, width int64) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 800), prefers(theme)); err != nil {
		t.Fatal(err)
	}
	for _, v := range parts.Axe(t, tab) {
		if v.ID != "region" && v.ID != "landmark-one-main" { // a letter is no page
			t.Error(v)
		}
	}
	got, err := chromedp.Run(tab, chromedp.Evaluate[[]int64](`[document.documentElement.scrollWidth, performance.getEntriesByType("resource").length]`))
	if err != nil || got[0] != width || got[1] != 0 {
		t.Errorf("got width and loaded files %v, %v; want %d and none", got, err, width)
	}
	parts.Screenshot(t, tab, os.Getenv("SIGNET_TEST_SHOTS"), name)
}

func prefers(theme string) chromedp.Action[chromedp.Void] {
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, p)
		return err
	})
}
