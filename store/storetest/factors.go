package storetest

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

func factors(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	db := dbs[0]
	a := add(t, db, "alice")
	propose := func(t *testing.T, seed string) {
		t.Helper()
		if err := amend(t, db, a, broker.Deed{Factor: broker.FactorChange{Propose: []byte(seed)}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("M-07 a proposed seed opens nothing", func(t *testing.T) {
		propose(t, "first")
		propose(t, "second")
		f, err := db.Members().Factor(t.Context(), a.ID)
		if err != nil || f.Seed != nil || string(f.Proposed) != "second" {
			t.Fatalf("got %+v, %v", f, err)
		}
		if err := db.Members().SpendStep(t.Context(), a.ID, 100); !errors.Is(err, broker.ErrSpent) {
			t.Errorf("got %v, want ErrSpent", err)
		}
	})
	t.Run("its first code makes it count, and is used", func(t *testing.T) {
		if err := amend(t, db, a, broker.Deed{Factor: broker.FactorChange{Confirm: true, Step: 100, Codes: []string{"c1", "c2"}}}); err != nil {
			t.Fatal(err)
		}
		f, err := db.Members().Factor(t.Context(), a.ID)
		if err != nil || string(f.Seed) != "second" || f.Proposed != nil || f.Step != 100 {
			t.Errorf("got %+v, %v", f, err)
		}
		if err := amend(t, db, a, broker.Deed{Factor: broker.FactorChange{Confirm: true, Step: 101}}); !errors.Is(err, broker.ErrSpent) {
			t.Errorf("twice: got %v, want ErrSpent", err)
		}
	})
	t.Run("M-11 an earlier step stays used when the clock goes back", func(t *testing.T) {
		for step, want := range map[int64]error{99: broker.ErrSpent, 100: broker.ErrSpent} {
			if err := db.Members().SpendStep(t.Context(), a.ID, step); !errors.Is(err, want) {
				t.Errorf("step %d: got %v, want %v", step, err, want)
			}
		}
	})
	t.Run("M-01 a step works once at two replicas", func(t *testing.T) {
		for step := int64(101); step < 111; step++ {
			var good atomic.Int32
			together(20, func(i int) {
				if dbs[i%2].Members().SpendStep(t.Context(), a.ID, step) == nil {
					good.Add(1)
				}
			})
			if good.Load() != 1 {
				t.Fatalf("step %d: used %d times, want 1", step, good.Load())
			}
		}
	})
	t.Run("M-01 a recovery code works once at two replicas, and its letter goes with it", func(t *testing.T) {
		var good atomic.Int32
		together(20, func(i int) {
			p := []broker.Post{{ID: uuid.NewString(), Sealed: []byte{1}, Created: start}}
			if dbs[i%2].Members().SpendCode(t.Context(), a.ID, "c1", p) == nil {
				good.Add(1)
			}
		})
		if n := count(t, d.Raw(t), `SELECT COUNT(*) FROM outbox`); good.Load() != 1 || n != 1 {
			t.Errorf("used %d times with %d letters, want 1 and 1", good.Load(), n)
		}
		if err := db.Members().SpendCode(t.Context(), add(t, db, "bob").ID, "c2", nil); !errors.Is(err, broker.ErrSpent) {
			t.Errorf("somebody else's: got %v, want ErrSpent", err)
		}
	})
	t.Run("new codes replace the old ones, and all goes with the factor", func(t *testing.T) {
		if err := amend(t, db, a, broker.Deed{Factor: broker.FactorChange{Codes: []string{"c3"}}}); err != nil {
			t.Fatal(err)
		}
		if err := db.Members().SpendCode(t.Context(), a.ID, "c2", nil); !errors.Is(err, broker.ErrSpent) {
			t.Errorf("an old one: got %v, want ErrSpent", err)
		}
		if err := amend(t, db, a, broker.Deed{Factor: broker.FactorChange{Drop: true}}); err != nil {
			t.Fatal(err)
		}
		f, err := db.Members().Factor(t.Context(), a.ID)
		if err != nil || f.Seed != nil || f.Proposed != nil {
			t.Errorf("got %+v, %v", f, err)
		}
		if err := db.Members().SpendCode(t.Context(), a.ID, "c3", nil); !errors.Is(err, broker.ErrSpent) {
			t.Errorf("after its factor: got %v, want ErrSpent", err)
		}
	})
}
