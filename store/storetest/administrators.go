package storetest

import (
	"errors"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// lastAdmins: who takes an administrator away leaves somebody who can go on.
func lastAdmins(t *testing.T, d Database) {
	db, second := d.Open(t, store.Options{}), d.Open(t, store.Options{})
	anybody := func(string) bool { return true }
	admin := func(t *testing.T, name string) broker.Account {
		t.Helper()
		a, err := edit(t.Context(), db, add(t, db, name).ID, func(a *broker.Account) error { a.Admin = true; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	demote := func(db *store.DB, id string, heir broker.Heir) error {
		_, err := db.Members().Amend(t.Context(), broker.Amendment{AccountID: id, Now: start, Heir: heir, Change: func(a *broker.Account, _ broker.Ticket) (broker.Deed, error) {
			a.Admin = false
			return broker.Deed{}, nil
		}})
		return err
	}
	remove := func(db *store.DB, id string) error {
		_, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: id, Heir: anybody})
		return err
	}
	alice := admin(t, "alice")
	last := func(t *testing.T, err error) {
		t.Helper()
		if !errors.Is(err, broker.ErrLastAdmin) {
			t.Errorf("got %v, want ErrLastAdmin", err)
		}
	}
	t.Run("A-10 the only one is neither demoted nor removed, and nothing is changed", func(t *testing.T) {
		last(t, demote(db, alice.ID, anybody))
		last(t, remove(db, alice.ID))
		if a, err := db.Directory().Account(t.Context(), alice.ID); err != nil || !a.Admin {
			t.Errorf("got %+v, %v, want an administrator", a, err)
		}
	})
	t.Run("A-10 one without a way to sign in does not count", func(t *testing.T) {
		bob := admin(t, "bob")
		if err := db.Directory().SetPassword(t.Context(), bob.ID, ""); err != nil {
			t.Fatal(err)
		}
		last(t, remove(db, alice.ID))
	})
	t.Run("A-10 one whose provider is gone, or who is suspended, does not count", func(t *testing.T) {
		carol := admin(t, "carol")
		last(t, demote(db, alice.ID, func(realm string) bool { return realm == "corp" }))
		if _, err := edit(t.Context(), db, carol.ID, func(a *broker.Account) error { a.Status = broker.Suspended; return nil }); err != nil {
			t.Fatal(err)
		}
		last(t, demote(db, alice.ID, anybody))
	})
	t.Run("A-10 of two who take each other away at two replicas one stays", func(t *testing.T) {
		for round := range 20 {
			x, y := alice, admin(t, label(round))
			var errs [2]error
			together(2, func(i int) {
				if i == 0 {
					errs[i] = demote(db, x.ID, anybody)
					return
				}
				errs[i] = remove(second, y.ID)
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: got %v and %v, want one of them refused", round, errs[0], errs[1])
			}
			last(t, errors.Join(errs[:]...))
			if errs[0] == nil { // the other one goes on
				alice = y
			}
		}
	})
	t.Run("nobody is asked when the operator is sure", func(t *testing.T) {
		if err := demote(db, alice.ID, nil); err != nil {
			t.Error(err)
		}
	})
}
