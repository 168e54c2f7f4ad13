package broker_test

import (
	"fmt"
	"sync"
	"sync/atomic"
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

func TestA07_ThereIsOneFirstAdministrator(t *testing.T) {
	h := newHouse(t)
	var made atomic.Int64
	var over sync.WaitGroup
	for i := range 8 {
		over.Go(func() {
			ok, err := h.admin.First(t.Context(), broker.NewAccount{Username: fmt.Sprintf("admin%d", i), Password: "right password"})
			if err != nil {
				t.Error(err)
			}
			if ok {
				made.Add(1)
			}
		})
	}
	over.Wait()
	all, err := h.admin.List(t.Context(), broker.Query{})
	if err != nil || made.Load() != 1 || len(all.Accounts) != 1 || !all.Accounts[0].Admin {
		t.Errorf("got %d made and %+v, %v; want one administrator", made.Load(), all.Accounts, err)
	}
	t.Run("and none is made beside somebody, whoever that is", func(t *testing.T) {
		if _, err := h.admin.EvenTheLast().SetStatus(t.Context(), all.Accounts[0].ID, broker.Suspended); err != nil {
			t.Fatal(err)
		}
		if ok, err := h.admin.First(t.Context(), broker.NewAccount{Username: "late", Password: "right password"}); ok || err != nil {
			t.Errorf("got %t, %v, want none", ok, err)
		}
	})
}
