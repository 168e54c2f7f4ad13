package openid_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// unread wants a token to prove nobody, in a text that a log can carry.
func (r *relying) unread(t *testing.T, token string, want error) {
	t.Helper()
	b, err := r.Bearer.ReadBearer(t.Context(), token)
	if !errors.Is(err, want) || b.Identity.Subject != "" || !b.Expires.IsZero() {
		t.Fatalf("got %q until %v, %v, want %v", b.Identity.Subject, b.Expires, err, want)
	}
	if errors.Is(err, drivers.ErrUnavailable) != (want == drivers.ErrUnavailable || want == drivers.ErrMisconfigured) {
		t.Errorf("got %v, which says of a token that the provider is down, or the reverse", err)
	}
	text := err.Error()
	if len(text) > 600 || strings.Contains(text, r.ClientSecret) || len(token) > 8 && strings.Contains(text, token) || strings.ContainsAny(text, "\r\n\x00") {
		t.Errorf("the error cannot be logged: %q", text)
	}
}
