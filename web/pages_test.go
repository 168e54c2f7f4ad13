package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/api/apitest"
)

// form sends a form as our own page would.
func (h *house) form(path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://sso.example.org")
	return h.do(r)
}

func TestThePagesOfAccountsAreServed(t *testing.T) {
	h := newHouse(t)
	token := "token=" + apitest.Ticket
	for path, form := range map[string]string{
		"/confirm": token, "/email": token, "/reset": token + "&password=plum+jacket+river", "/invite": token + "&password=plum+jacket+river",
		"/forgot": "email=a@example.org", "/register": "email=a@example.org&password=plum+jacket+river",
	} {
		t.Run(path+": looking asks nothing of the broker, the form does", func(t *testing.T) {
			before := len(h.Asked())
			if w := h.ask(http.MethodGet, path+"?"+token, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<form") {
				t.Errorf("GET: got %d %s", w.Code, w.Body)
			}
			if n := len(h.Asked()); n != before {
				t.Errorf("GET: the broker was asked for %v", h.Asked()[before:])
			}
			if w := h.form(path, form); w.Code != http.StatusSeeOther {
				t.Errorf("POST: got %d %s", w.Code, w.Body)
			}
			if n := len(h.Asked()); n != before+1 {
				t.Errorf("POST: the broker was asked %d times, want once", n-before)
			}
		})
		t.Run(path+": a program that comes here is answered as people are", func(t *testing.T) {
			w := h.ask(http.MethodDelete, path, "")
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD, POST" || !strings.Contains(w.Body.String(), "<h1>") {
				t.Errorf("got %d %q %s", w.Code, w.Header().Get("Allow"), w.Body)
			}
		})
	}
	t.Run("what is not there under the sign-in page is told to people", func(t *testing.T) {
		if w := h.ask(http.MethodGet, "/login/nowhere", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("the log holds no token", func(t *testing.T) {
		if got := h.log.String(); strings.Contains(got, apitest.Ticket) || !strings.Contains(got, `"path":"/reset"`) {
			t.Errorf("got %s", got)
		}
	})
}

func TestB18_LinksCannotBeGuessedOnThePages(t *testing.T) {
	for _, path := range []string{"/confirm", "/email", "/reset", "/invite"} {
		t.Run("B-18 "+path, func(t *testing.T) {
			h := newHouse(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 20, Window: time.Hour} })
			for i := range 40 {
				want := http.StatusGone
				if i >= 20 {
					want = http.StatusTooManyRequests
				}
				w := h.ask(http.MethodGet, fmt.Sprintf("%s?token=guess%d", path, i), "")
				if w.Code != want || !strings.Contains(w.Body.String(), "<h1>") || w.Header().Get("Referrer-Policy") != "strict-origin" {
					t.Fatalf("guess %d: got %d, %q, want %d", i, w.Code, w.Header().Get("Referrer-Policy"), want)
				}
			}
		})
	}
}
