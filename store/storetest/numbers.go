package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// number asks for an account's number.
func number(t testing.TB, db *store.DB, id string) (n int64) {
	t.Helper()
	err := insist(func() (err error) {
		n, err = db.Numbers().Number(t.Context(), id)
		return err
	})
	if err != nil {
		t.Errorf("number of %s: %v", id, err)
	}
	return n
}

// roll is a page of the list by number: "number name".
func roll(t testing.TB, db *store.DB, after int64, limit int) (out []string) {
	t.Helper()
	page, err := db.Numbers().Numbered(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range page {
		out = append(out, fmt.Sprint(n.Number, " ", n.Username))
	}
	return out
}

// brought is somebody whom an import brings with a number.
func brought(name string, number int64) broker.Enlistment {
	e := newcomer(name)
	e.Number = number
	return e
}

func numbers(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	is := func(got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	alice, bob := add(t, db, "alice"), add(t, db, "bob")
	t.Run("who is asked for gets a number, and keeps it", func(t *testing.T) {
		if a, b, again := number(t, db, bob.ID), number(t, db, alice.ID), number(t, db, bob.ID); a != 1 || b != 2 || again != 1 {
			t.Errorf("got %d, %d and %d, want 1, 2 and 1", a, b, again)
		}
	})
	t.Run("nobody has none", func(t *testing.T) {
		for _, id := range []string{uuid.NewString(), "", "a\x00b"} {
			if n, err := db.Numbers().Number(t.Context(), id); !errors.Is(err, broker.ErrNoAccount) {
				t.Errorf("%q: got %d, %v, want ErrNoAccount", id, n, err)
			}
		}
	})
	t.Run("what an import brings is kept, and the next goes beyond it", func(t *testing.T) {
		is(admit(t, db, brought("carol", 70), brought("dave", 12), newcomer("eve")), []string{"added", "added", "added"})
		eve, err := db.Directory().Account(t.Context(), "eve")
		if err != nil {
			t.Fatal(err)
		}
		frank := add(t, db, "frank")
		if f, e := number(t, db, frank.ID), number(t, db, eve.ID); f != 71 || e != 72 {
			t.Errorf("got %d and %d, want 71 and 72", f, e)
		}
	})
	t.Run("a number that somebody has is taken, from whichever batch", func(t *testing.T) {
		is(admit(t, db, brought("grace", 12), brought("heidi", 13), brought("ivan", 13), brought("carol", 12)), []string{"number", "added", "number", "present"})
	})
	t.Run("who was skipped raises nothing", func(t *testing.T) {
		as := func(name, email string) broker.Enlistment {
			e := brought(name, 9000)
			e.Account.Email = email
			return e
		}
		is(admit(t, db, as("carol", "x@example.org"), as("nobody", "dave@example.org")), []string{"username", "email"})
		if n := number(t, db, add(t, db, "judy").ID); n != 73 {
			t.Errorf("got %d, want 73", n)
		}
	})
	t.Run("nobody gets the number of somebody who is gone", func(t *testing.T) {
		judy, err := db.Directory().Account(t.Context(), "judy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: judy.ID}); err != nil {
			t.Fatal(err)
		}
		if n := number(t, db, add(t, db, "kim").ID); n != 74 {
			t.Errorf("got %d, want 74", n)
		}
	})
}

func numbered(t *testing.T, d Database) {
	db, raw := d.Open(t, store.Options{}), d.Raw(t)
	for i, name := range []string{"third", "second", "first", "merged"} {
		a := person(name)
		a.Created = start.Add(-time.Duration(i) * time.Hour)
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, raw, `UPDATE accounts SET status = 'merged' WHERE id IN (SELECT account_id FROM names WHERE name = 'merged')`)
	admit(t, db, brought("imported", 5))
	for _, page := range []struct {
		name  string
		after int64
		limit int
		want  []string
	}{
		{"who has a number comes first, and nobody gets one whom the page does not reach", 0, 1, []string{"5 imported"}},
		{"then who has none, the oldest first, and gets one", 0, 3, []string{"5 imported", "6 first", "7 second"}},
		{"a page begins behind another", 5, 1, []string{"6 first"}},
		{"all in all", 0, 1000, []string{"5 imported", "6 first", "7 second", "8 third"}},
		{"behind the last there is nobody", 8, 10, nil},
		{"at least one", 0, -1, []string{"5 imported"}},
	} {
		t.Run(page.name, func(t *testing.T) {
			if got := roll(t, db, page.after, page.limit); !slices.Equal(got, page.want) {
				t.Errorf("got %q, want %q", got, page.want)
			}
		})
	}
	t.Run("a page has a thousand at most", func(t *testing.T) {
		var batch []broker.Enlistment
		for i := range 1001 {
			batch = append(batch, newcomer(label(i)))
		}
		admit(t, db, batch...)
		if got := roll(t, db, 0, 5000); len(got) != 1000 {
			t.Errorf("got %d", len(got))
		}
	})
}

func numberRace(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	t.Run("asked for from everywhere at once, each account has one number and no number is two accounts'", func(t *testing.T) {
		for round := range rounds {
			const people, callers = 5, 20
			var ids []string
			for i := range people {
				ids = append(ids, add(t, dbs[0], fmt.Sprintf("r%dn%d", round, i)).ID)
			}
			got := make([]int64, callers)
			together(callers+2, func(i int) {
				switch i {
				case callers:
					_ = insist(func() error { _, err := dbs[0].Numbers().Numbered(t.Context(), 0, 1000); return err })
				case callers + 1:
					highest := int64(round+1) * 1000
					importOne(t, dbs[1], brought(fmt.Sprintf("r%dimported", round), highest))
				default:
					got[i] = number(t, dbs[i%2], ids[i%people])
				}
			})
			owners := map[int64]int{}
			for i, n := range got {
				if n == 0 || n != got[i%people] {
					t.Errorf("round %d: account %d has the numbers %d and %d", round, i%people, n, got[i%people])
				}
				owners[n] = i % people
			}
			if len(owners) != people {
				t.Errorf("round %d: %d numbers for %d accounts", round, len(owners), people)
			}
		}
	})
}

func importOne(t testing.TB, db *store.DB, e broker.Enlistment) {
	t.Helper()
	err := insist(func() error {
		_, err := db.Imports().Import(t.Context(), []broker.Enlistment{e}, false)
		return err
	})
	if err != nil {
		t.Errorf("import: %v", err)
	}
}
