package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

func quotas(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	a := add(t, db, "alice")
	posted := 0
	ask := func(to string, after time.Duration) error {
		posted++
		_, err := db.Members().Amend(t.Context(), broker.Amendment{
			AccountID: a.ID, Now: start.Add(after),
			Change: func(*broker.Account, broker.Ticket) (broker.Deed, error) {
				return broker.Deed{
					Recipient: to, Quota: broker.Quota{Letters: 3, Window: 10 * time.Minute},
					Issue:   ticket(a, broker.PurposeReset, label(posted)),
					Letters: []broker.Post{{ID: label(posted), Sealed: []byte{1}, Created: start}},
				}, nil
			},
		})
		return err
	}
	for i := range 3 {
		if err := ask("Alice@Example.org", time.Duration(i)*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("B-14 the next one within the window does nothing at all, whatever the spelling", func(t *testing.T) {
		for _, to := range []string{"alice@example.org", "ALICE@EXAMPLE.ORG"} {
			if err := ask(to, 9*time.Minute); !errors.Is(err, broker.ErrQuota) {
				t.Errorf("%s: got %v, want ErrQuota", to, err)
			}
		}
		if n := count(t, raw, `SELECT COUNT(*) FROM outbox`); n != 3 {
			t.Errorf("%d letters, want 3", n)
		}
		if _, _, err := db.Members().Ticket(t.Context(), label(3), broker.PurposeReset, start); err != nil {
			t.Errorf("the last ticket that was sent: %v", err)
		}
	})
	t.Run("others are not concerned, and a new window begins", func(t *testing.T) {
		if err := ask("bob@example.org", 9*time.Minute); err != nil {
			t.Error(err)
		}
		if err := ask("alice@example.org", 10*time.Minute); err != nil {
			t.Error(err)
		}
	})
	t.Run("B-14 of many at once no more than the rest get through", func(t *testing.T) {
		dbs := []*store.DB{db, d.Open(t, store.Options{})}
		var in atomic.Int32
		together(20, func(i int) {
			_, err := dbs[i%2].Members().Amend(t.Context(), broker.Amendment{
				AccountID: a.ID, Now: start,
				Change: func(*broker.Account, broker.Ticket) (broker.Deed, error) {
					return broker.Deed{Recipient: "carol@example.org", Quota: broker.Quota{Letters: 5, Window: time.Minute}}, nil
				},
			})
			if err == nil {
				in.Add(1)
			}
		})
		if in.Load() != 5 {
			t.Errorf("%d got through, want 5", in.Load())
		}
	})
}
