package parts_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestChromium(t *testing.T) {
	browser := parts.Chromium(t)

	t.Run("a tab shows a page, and the picture of it is a file", func(t *testing.T) {
		tab := parts.Tab(t, browser)
		if err := chromedp.Do(tab, chromedp.Navigate("data:text/html,<title>Hello</title><h1>Hello</h1>")); err != nil {
			t.Fatal(err)
		}
		title, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.title"))
		if err != nil {
			t.Fatal(err)
		}
		if title != "Hello" {
			t.Errorf("got %q, want Hello", title)
		}
		folder := filepath.Join(t.TempDir(), "new")
		parts.Screenshot(t, tab, folder, "hello")
		picture, err := os.ReadFile(filepath.Join(folder, "hello.png"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("read the picture: %v", err)
		}
	})
	t.Run("every host name leads to this machine", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, "<title>%s</title>", r.Host)
		}))
		t.Cleanup(server.Close)
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"app.example.org:" + port, "127.0.0.1:" + port, "localhost:" + port} {
			tab := parts.Tab(t, browser)
			if err := chromedp.Do(tab, chromedp.Navigate("http://"+host)); err != nil {
				t.Fatalf("%s: %v", host, err)
			}
			if got, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.title")); err != nil || got != host {
				t.Errorf("got %q, %v, want %q", got, err, host)
			}
		}
	})
	t.Run("tabs do not share cookies", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := r.Cookie("been")
			http.SetCookie(w, &http.Cookie{Name: "been", Value: "here"})
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(w, "<title>%t</title>", err == nil)
		}))
		t.Cleanup(server.Close)
		for range 2 {
			tab := parts.Tab(t, browser)
			for _, want := range []string{"false", "true"} {
				if err := chromedp.Do(tab, chromedp.Navigate(server.URL)); err != nil {
					t.Fatal(err)
				}
				if got, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.title")); err != nil || got != want {
					t.Errorf("been here: got %q, %v, want %q", got, err, want)
				}
			}
		}
	})
}

func TestAxe(t *testing.T) {
	browser := parts.Chromium(t)
	for _, c := range []struct {
		name, page string
		want       []string
	}{
		{"a page without faults has none", `<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1></main>`, nil},
		{"an input without a label is found", `<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><input></main>`, []string{"label"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := parts.Tab(t, browser)
			if err := chromedp.Do(tab, chromedp.Navigate("data:text/html,"+c.page)); err != nil {
				t.Fatal(err)
			}
			found := parts.Axe(t, tab)
			if fmt.Sprint(ids(found)) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", found, c.want)
			}
		})
	}
}

func ids(found []parts.Violation) []string {
	var ids []string
	for _, v := range found {
		ids = append(ids, v.ID)
	}
	return ids
}
