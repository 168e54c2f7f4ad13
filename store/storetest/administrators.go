package storetest

import (
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// otherAdmins: who counts as somebody who could go on.
func otherAdmins(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	alice, bob := add(t, db, "alice"), add(t, db, "bob")
	change := func(t *testing.T, id string, f func(*broker.Account)) {
		t.Helper()
		if _, err := db.Directory().Change(t.Context(), id, func(a *broker.Account) error { f(a); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	want := func(t *testing.T, want bool) {
		t.Helper()
		if got, err := db.Directory().OtherAdmin(t.Context(), alice.ID); err != nil || got != want {
			t.Errorf("got %t, %v, want %t", got, err, want)
		}
	}
	t.Run("the account itself and ordinary people do not count", func(t *testing.T) {
		change(t, alice.ID, func(a *broker.Account) { a.Admin = true })
		want(t, false)
	})
	t.Run("an administrator without a way to sign in does not count", func(t *testing.T) {
		change(t, bob.ID, func(a *broker.Account) { a.Admin = true })
		if err := db.Directory().SetPassword(t.Context(), bob.ID, ""); err != nil {
			t.Fatal(err)
		}
		want(t, false)
	})
	t.Run("an active one with a way to sign in does", func(t *testing.T) {
		if err := db.Directory().SetPassword(t.Context(), bob.ID, "a hash"); err != nil {
			t.Fatal(err)
		}
		want(t, true)
	})
	t.Run("a suspended one does not", func(t *testing.T) {
		change(t, bob.ID, func(a *broker.Account) { a.Status = broker.Suspended })
		want(t, false)
	})
}
