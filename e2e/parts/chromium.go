package parts

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tabLimit bounds all that happens in one tab, so that a page that never
// comes fails its test.
const tabLimit = 2 * time.Minute

// Chromium starts a browser with an empty profile and returns its context,
// for Tab. It ends with the test. Every host name leads to this machine: a
// page that asks for anything else gets no answer.
func Chromium(t testing.TB) context.Context {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(Need(t, "chromium")[0]),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // root has none, and only our own pages are shown
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * 127.0.0.1, EXCLUDE 127.*, EXCLUDE [::1]"),
	)
	allocator, end := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), flags...)
	t.Cleanup(end)
	browser, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return browser
}

// Tab opens a tab with cookies and storage of its own and returns its
// context, for chromedp.Do and chromedp.Run. It ends with the test.
func Tab(t testing.TB, browser context.Context) context.Context {
	t.Helper()
	tab, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	tab, cancel := context.WithTimeout(tab, tabLimit)
	t.Cleanup(cancel)
	return tab
}

// Screenshot writes the whole page as folder/name.png. Without a folder it
// does nothing, so that a test can take it from its environment.
func Screenshot(t testing.TB, tab context.Context, folder, name string) {
	t.Helper()
	if folder == "" {
		return
	}
	const lossless = 100
	png, err := chromedp.Run(tab, chromedp.FullScreenshot(lossless))
	if err != nil {
		t.Fatalf("take screenshot %s: %v", name, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatalf("make the folder for screenshots: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		t.Fatalf("write screenshot %s: %v", name, err)
	}
}

// Root is the folder of this module.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if ok && filepath.IsAbs(file) {
		return filepath.Join(filepath.Dir(file), "..", "..")
	}
	// With -trimpath the compiler does not say; tests run in their package.
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("find the module: no go.mod above this test")
		}
		folder = filepath.Dir(folder)
	}
}
