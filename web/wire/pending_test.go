package wire_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/wire"
)

func TestM04_PendingCookie(t *testing.T) {
	secret := strings.Repeat("s", 43)
	for secure, want := range map[bool]string{
		true:  "signet_pending=" + secret + "; Path=/login; Max-Age=600; HttpOnly; Secure; SameSite=Lax",
		false: "signet_pending=" + secret + "; Path=/login; Max-Age=600; HttpOnly; SameSite=Lax",
	} {
		t.Run(fmt.Sprintf("M-04 it goes to the sign-in pages for ten minutes; secure %v", secure), func(t *testing.T) {
			w := httptest.NewRecorder()
			wire.NewPendingCookie(secure).Keep(w, secret)
			if got := w.Header().Get("Set-Cookie"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	t.Run("clearing repeats every attribute", func(t *testing.T) {
		w := httptest.NewRecorder()
		wire.NewPendingCookie(true).Clear(w)
		if got, want := w.Header().Get("Set-Cookie"), "signet_pending=; Path=/login; Max-Age=0; HttpOnly; Secure; SameSite=Lax"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	for name, c := range map[string]struct{ field, want string }{
		"the secret":       {"signet_pending=" + secret, secret},
		"nothing":          {"", ""},
		"a planted second": {"signet_pending=" + secret + "; signet_pending=" + strings.Repeat("x", 43), ""},
		"something else":   {"signet_pending=x", ""},
	} {
		t.Run("reading "+name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/login/second", nil)
			r.Header.Set("Cookie", c.field)
			if got := wire.NewPendingCookie(true).Read(r); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
