package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// amendments is that a deed is done whole or not at all.
func amendments(t *testing.T, d Database) {
	failing := ""
	db := d.Open(t, store.Options{Fail: func(_ context.Context, statement string) error {
		if statement == failing {
			return errBroken
		}
		return nil
	}})
	raw := d.Raw(t)
	hash := "new hash"
	deed := func(a broker.Account) broker.Deed {
		return broker.Deed{
			Password: &hash, Issue: ticket(a, broker.PurposeReset, "t"+a.ID), EndSessions: true, Reason: "password_changed",
			Letters:   []broker.Post{{ID: uuid.NewString(), Sealed: []byte{1}, Created: start}},
			Recipient: a.Email, Quota: broker.Quota{Letters: 9, Window: time.Hour},
			Factor: broker.FactorChange{Propose: []byte("seed")}, Errand: "e" + a.ID,
		}
	}
	state := func(a broker.Account) [6]int {
		return [6]int{
			count(t, raw, `SELECT COUNT(*) FROM accounts WHERE id = $1 AND password = 'new hash' AND epoch = 2`, a.ID),
			count(t, raw, `SELECT COUNT(*) FROM tickets WHERE account_id = $1 AND epoch = 2`, a.ID),
			count(t, raw, `SELECT COUNT(*) FROM outbox`),
			count(t, raw, `SELECT COUNT(*) FROM factors WHERE account_id = $1`, a.ID),
			count(t, raw, `SELECT COUNT(*) FROM sessions WHERE account_id = $1 AND ended_at > 0`, a.ID),
			count(t, raw, `SELECT COUNT(*) FROM errands`),
		}
	}
	put := func(name string) broker.Account {
		a := add(t, db, name)
		signIn(t, db, a)
		if err := db.Members().PutErrand(t.Context(), broker.Errand{ID: "e" + a.ID, Sealed: []byte{1}, Created: start}); err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, statement := range []string{
		"rewrite account", "store password", "forget attempts", "put identity", "issue ticket", "propose factor", "put letter", "end sessions", "drop errand", "spend quota", "commit",
	} {
		t.Run("S-03 when "+statement+" fails nothing has happened", func(t *testing.T) {
			a := put("failing" + uuid.NewString()[:8])
			before := state(a)
			failing = statement
			err := amend(t, db, a, deed(a))
			failing = ""
			if err == nil {
				t.Fatal("got no error")
			}
			if got := state(a); got != before {
				t.Errorf("got %v, want %v as before", got, before)
			}
			exec(t, raw, `DELETE FROM errands`)
		})
	}
	t.Run("else all of it has", func(t *testing.T) {
		a := put("whole")
		if err := amend(t, db, a, deed(a)); err != nil {
			t.Fatal(err)
		}
		if got, want := state(a), [6]int{1, 1, 1, 1, 1, 0}; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("an account that is enlisted comes with its ticket and letter, or not at all", func(t *testing.T) {
		a := person("enlisted")
		a.Status = broker.Unconfirmed
		d := broker.Deed{Issue: ticket(a, broker.PurposeConfirm, "enlisted"), Letters: []broker.Post{{ID: "enlisted", Sealed: []byte{1}, Created: start}}}
		failing = "put letter"
		err := db.Members().Enlist(t.Context(), broker.Newcomer{Account: a, PasswordHash: "h"}, d)
		failing = ""
		if err == nil {
			t.Fatal("got no error")
		}
		if _, err := db.Directory().Account(t.Context(), a.ID); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
		if err := db.Members().Enlist(t.Context(), broker.Newcomer{Account: a, PasswordHash: "h"}, d); err != nil {
			t.Fatal(err)
		}
		if err := redeem(t, db, broker.PurposeConfirm, "enlisted", 0); err != nil {
			t.Error(err)
		}
	})
}
