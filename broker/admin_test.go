package broker_test

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

func TestTokenOfAnOperatorEndsWhenItSays(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) {
		still := c.Now
		passed := 999 * time.Millisecond // the next look is in another second
		c.Now = func() time.Time { passed += time.Millisecond; return still().Add(passed) }
	})
	h.add(t, "alice")
	for range 3 {
		access, ends, err := h.admin.Token(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		claims, err := h.Ring.Verify(access)
		if err != nil {
			t.Fatal(err)
		}
		if !ends.Equal(claims.ExpiresAt) {
			t.Errorf("ends: got %v, want the exp %v", ends, claims.ExpiresAt)
		}
	}
}
