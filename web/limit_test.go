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

// from sends a JSON body from a peer and returns the status.
func (h *house) from(peer, method, path, body string) int {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = peer + ":1"
	r.Header.Set("Content-Type", "application/json")
	return h.do(r).Code
}

func TestB14_OneAddressCausesSoManyLetters(t *testing.T) {
	h := newHouse(t, func(c *web.Config) { c.Mails = web.ClientLimit{Attempts: 6, Window: time.Hour} })
	for i := range 100 {
		email := fmt.Sprintf(`{"email":"person%d@example.com","password":"plum jacket river"}`, i)
		path := []string{"/auth/password/request", "/auth/register", "/auth/confirm/resend"}[i%3]
		want := http.StatusNoContent
		if i >= 6 {
			want = http.StatusTooManyRequests
		}
		if got := h.from("203.0.113.9", http.MethodPost, path, email); got != want {
			t.Fatalf("request %d: got %d, want %d", i, got, want)
		}
	}
	if n := len(h.Asked()); n != 6 {
		t.Errorf("the broker was asked %d times, want 6", n)
	}
	if got := h.from("203.0.113.10", http.MethodPost, "/auth/password/request", `{"email":"a@example.com"}`); got != http.StatusNoContent {
		t.Errorf("another address: got %d", got)
	}
	if got := h.from("203.0.113.9", http.MethodPost, "/auth/login", rightBody); got != http.StatusOK {
		t.Errorf("signing in: got %d", got)
	}
}

func TestB18_TokensCannotBeGuessedFromOneAddress(t *testing.T) {
	for name, c := range map[string]struct{ method, path, body string }{
		"refresh": {http.MethodPost, "/auth/refresh", `{"refresh_token":"guess"}`},
		"confirm": {http.MethodPost, "/auth/confirm", `{"token":"guess"}`},
		"reset":   {http.MethodPost, "/auth/password/reset", `{"token":"guess","password":"plum jacket river"}`},
		"email":   {http.MethodPost, "/auth/email/confirm", `{"token":"guess"}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 20, Window: time.Hour} })
			judged := 0
			for i := range 1000 {
				if h.from("203.0.113.9", c.method, c.path, strings.Replace(c.body, "guess", fmt.Sprint("guess", i), 1)) == http.StatusUnauthorized {
					judged++
				}
			}
			if judged != 20 {
				t.Errorf("%d guesses were judged, want 20", judged)
			}
			if got := h.from("203.0.113.9", http.MethodPost, "/auth/confirm", `{"token":"`+apitest.Ticket+`"}`); got != http.StatusTooManyRequests {
				t.Errorf("another door: got %d", got)
			}
			if got := h.from("203.0.113.10", http.MethodPost, "/auth/confirm", `{"token":"`+apitest.Ticket+`"}`); got != http.StatusNoContent {
				t.Errorf("another address: got %d", got)
			}
		})
	}
	t.Run("who has the right one uses it as often as they like", func(t *testing.T) {
		h := newHouse(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 20, Window: time.Hour} })
		for i := range 100 {
			if got := h.from("203.0.113.9", http.MethodPost, "/auth/confirm", `{"token":"`+apitest.Ticket+`"}`); got != http.StatusNoContent {
				t.Fatalf("use %d: got %d", i, got)
			}
		}
	})
}
