package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

func removing(t *testing.T, d Database) {
	db, raw := d.Open(t, store.Options{}), d.Raw(t)
	a, b := add(t, db, "alice"), add(t, db, "bob")
	s, other := signIn(t, db, a), signIn(t, db, b)
	_, err := db.Members().Amend(t.Context(), broker.Amendment{AccountID: a.ID, Now: start, Change: func(*broker.Account, broker.Ticket) (broker.Deed, error) {
		return broker.Deed{
			Issue:  &broker.Ticket{Hash: "h", Purpose: broker.PurposeReset, Email: a.Email, Expires: start.Add(time.Hour)},
			Factor: broker.FactorChange{Propose: []byte("seed"), Confirm: true, Codes: []string{"c1", "c2"}},
		}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Accounts().Enter(t.Context(), broker.Attempt{Provider: broker.LocalRealm, Login: "alice", Now: start, Lockout: lockout(5)}); err != nil {
		t.Fatal(err)
	}
	gone, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: a.ID})
	if err != nil || gone.Username != "alice" {
		t.Fatalf("got %+v, %v, want the account as it was", gone, err)
	}
	t.Run("nothing that was the account's is left", func(t *testing.T) {
		for _, table := range []string{"names", "identities", "sessions", "tickets", "factors", "recovery_codes", "search_terms", "account_groups"} {
			if n := count(t, raw, `SELECT COUNT(*) FROM `+table+` WHERE account_id = $1`, a.ID); n != 0 {
				t.Errorf("%s: got %d rows, want none", table, n)
			}
		}
		if n := count(t, raw, `SELECT COUNT(*) FROM attempts WHERE bucket = $1`, a.ID); n != 0 {
			t.Errorf("got %d counters of attempts, want none", n)
		}
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("its session: got %v, want ErrNotFound", err)
		}
	})
	t.Run("others stay as they are", func(t *testing.T) {
		if _, _, err := db.Sessions().Find(t.Context(), other.ID, start); err != nil {
			t.Errorf("got %v, want the session of somebody else", err)
		}
	})
	t.Run("somebody who is gone cannot be removed", func(t *testing.T) {
		if _, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: a.ID}); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
}

// couple is two accounts of one person: both have a password, from has an
// identity at corp.
func couple(t *testing.T, db *store.DB, n int) (from, into broker.Account) {
	t.Helper()
	from, into = add(t, db, fmt.Sprintf("from%d", n)), add(t, db, fmt.Sprintf("into%d", n))
	from.Groups = []broker.Group{{Name: "staff", Source: "corp"}}
	id := &broker.LinkedIdentity{Provider: "corp", Subject: from.Username, Login: "f", Seen: start}
	if err := save(t.Context(), db, from, id); err != nil {
		t.Fatal(err)
	}
	return from, into
}

// union is a merge that moves the groups.
func union(from, into broker.Account) broker.Merging {
	return broker.Merging{
		ID: "merge of " + from.ID, From: from.ID, Into: into.ID, Now: start,
		Plan: func(from, into *broker.Account) (broker.Moved, []broker.Post, error) {
			into.Groups = slices.Concat(into.Groups, from.Groups)
			return broker.Moved{Groups: from.Groups}, nil, nil
		},
	}
}

func division(from broker.Account) broker.Unmerging {
	return broker.Unmerging{
		ID: "merge of " + from.ID, Now: start.Add(time.Hour), Since: start,
		Plan: func(_, into *broker.Account, m broker.Moved) {
			into.Groups = slices.DeleteFunc(slices.Clone(into.Groups), func(g broker.Group) bool { return slices.Contains(m.Groups, g) })
		},
	}
}

func merging(t *testing.T, d Database) {
	db, second := d.Open(t, store.Options{}), d.Open(t, store.Options{})
	from, into := couple(t, db, 0)
	s, kept := signIn(t, db, from), signIn(t, db, into)
	after, err := db.Registry().Merge(t.Context(), union(from, into))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("identities and groups move, and passwords stay where they are", func(t *testing.T) {
		if a, _, err := db.Accounts().ByIdentity(t.Context(), "corp", from.Username); err != nil || a.ID != into.ID {
			t.Errorf("at corp: got %q, %v, want %q", a.ID, err, into.ID)
		}
		if a, _, err := db.Accounts().ByIdentity(t.Context(), broker.LocalRealm, from.ID); err != nil || a.Status != broker.Merged {
			t.Errorf("by password: got %q, %v, want an account that nobody enters", a.Status, err)
		}
		if diff := cmp.Diff([]string{"staff"}, after.GroupNames()); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("the sessions of the account end, those of the other stay", func(t *testing.T) {
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if _, _, err := db.Sessions().Find(t.Context(), kept.ID, start); err != nil {
			t.Error(err)
		}
		if err := db.Sessions().Start(t.Context(), session(t, from), from.Epoch); !errors.Is(err, broker.ErrStale) {
			t.Errorf("a sign-in that began before: got %v, want ErrStale", err)
		}
	})
	t.Run("the account is in no list, and nobody else gets its names", func(t *testing.T) {
		if got := listed(t, db, broker.Query{Search: from.Username}); len(got) != 0 {
			t.Errorf("got %q, want nobody", got)
		}
		if got := listed(t, db, broker.Query{Status: broker.Merged}); len(got) != 1 {
			t.Errorf("got %q, want it where it is asked for", got)
		}
		p := person("thief")
		p.Username = from.Username
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: p}); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("got %v, want ErrTaken", err)
		}
	})
	t.Run("neither of both is merged again", func(t *testing.T) {
		for _, m := range []broker.Merging{union(from, into), union(into, from), union(into, into)} {
			if _, err := db.Registry().Merge(t.Context(), m); !errors.Is(err, broker.ErrNotMergeable) {
				t.Errorf("got %v, want ErrNotMergeable", err)
			}
		}
	})
	t.Run("of two that would merge each other at two replicas one does", func(t *testing.T) {
		for n := range 10 {
			x, y := couple(t, db, n+1)
			var errs [2]error
			together(2, func(i int) {
				m := []broker.Merging{union(x, y), union(y, x)}[i]
				_, errs[i] = []*store.DB{db, second}[i].Registry().Merge(t.Context(), m)
			})
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), broker.ErrNotMergeable) {
				t.Errorf("got %v and %v, want one ErrNotMergeable", errs[0], errs[1])
			}
		}
	})
	t.Run("after thirty days the account is removed", func(t *testing.T) {
		for _, c := range []struct {
			days int
			want error
		}{{29, nil}, {31, broker.ErrNoAccount}} {
			if err := db.Prune(t.Context(), start.AddDate(0, 0, c.days)); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Directory().Account(t.Context(), from.ID); !errors.Is(err, c.want) {
				t.Errorf("after %d days: got %v, want %v", c.days, err, c.want)
			}
		}
		if a, _, err := db.Accounts().ByIdentity(t.Context(), "corp", from.Username); err != nil || a.ID != into.ID {
			t.Errorf("got %q, %v, want the identity that moved to stay", a.ID, err)
		}
	})
}

func unmerging(t *testing.T, d Database) {
	db, second := d.Open(t, store.Options{}), d.Open(t, store.Options{})
	from, into := couple(t, db, 0)
	if _, err := db.Registry().Merge(t.Context(), union(from, into)); err != nil {
		t.Fatal(err)
	}
	s := signIn(t, db, into)
	t.Run("is not done for one that is too old, or unknown", func(t *testing.T) {
		late := division(from)
		late.Since = start.Add(time.Millisecond)
		unknown := division(into)
		for _, u := range []broker.Unmerging{late, unknown} {
			if _, _, err := db.Registry().Unmerge(t.Context(), u); !errors.Is(err, broker.ErrNoMerge) {
				t.Errorf("got %v, want ErrNoMerge", err)
			}
		}
	})
	t.Run("is done by one of many callers", func(t *testing.T) {
		errs := make([]error, 6)
		together(len(errs), func(i int) {
			_, _, errs[i] = []*store.DB{db, second}[i%2].Registry().Unmerge(t.Context(), division(from))
		})
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !errors.Is(err, broker.ErrNoMerge) {
				t.Errorf("got %v, want ErrNoMerge", err)
			}
		}
		if done != 1 {
			t.Errorf("got %d times done, want once", done)
		}
	})
	t.Run("gives back what moved and ends the sessions", func(t *testing.T) {
		a, _, err := db.Accounts().ByIdentity(t.Context(), "corp", from.Username)
		if err != nil || a.ID != from.ID || a.Status != broker.Active || len(a.Groups) != 1 {
			t.Errorf("got %+v, %v, want the account as it was", a, err)
		}
		if a.Epoch <= from.Epoch {
			t.Errorf("got epoch %d, want one after %d: old sign-ins count no more", a.Epoch, from.Epoch)
		}
		if a, err := db.Directory().Account(t.Context(), into.ID); err != nil || len(a.Groups) != 0 {
			t.Errorf("got %+v, %v, want no group", a, err)
		}
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if got := listed(t, db, broker.Query{Search: "from0"}); len(got) != 1 {
			t.Errorf("got %q, want it to be found again", got)
		}
	})
	t.Run("does not bring back what somebody took away since", func(t *testing.T) {
		from, into := couple(t, db, 1)
		if _, err := db.Registry().Merge(t.Context(), union(from, into)); err != nil {
			t.Fatal(err)
		}
		err := db.Directory().Unlink(t.Context(), into.ID, func(all []broker.LinkedIdentity) (broker.LinkedIdentity, []broker.Post, error) {
			return all[slices.IndexFunc(all, func(id broker.LinkedIdentity) bool { return id.Provider == "corp" })], nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Registry().Unmerge(t.Context(), division(from)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Accounts().ByIdentity(t.Context(), "corp", from.Username); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("got %v, want ErrNoAccount", err)
		}
	})
	t.Run("waits until the other account is one again", func(t *testing.T) {
		x, y := couple(t, db, 2)
		z := add(t, db, "zoe")
		for _, m := range []broker.Merging{union(x, y), union(y, z)} {
			if _, err := db.Registry().Merge(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := db.Registry().Unmerge(t.Context(), division(x)); !errors.Is(err, broker.ErrNotMergeable) {
			t.Errorf("got %v, want ErrNotMergeable", err)
		}
		for _, one := range []broker.Account{y, x} {
			if _, _, err := db.Registry().Unmerge(t.Context(), division(one)); err != nil {
				t.Error(err)
			}
		}
		if a, _, err := db.Accounts().ByIdentity(t.Context(), "corp", x.Username); err != nil || a.ID != x.ID {
			t.Errorf("got %q, %v, want %q", a.ID, err, x.ID)
		}
	})
}

// first: of many first accounts at once, and after one, there is one.
func first(t *testing.T, d Database) {
	replicas := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	errs := make([]error, 8)
	together(len(errs), func(i int) {
		errs[i] = replicas[i%2].Accounts().Create(t.Context(), broker.Newcomer{Account: person(label(i)), First: true})
	})
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, broker.ErrTaken) {
			t.Errorf("got %v, want ErrTaken", err)
		}
	}
	if made != 1 {
		t.Errorf("got %d first accounts, want one", made)
	}
	if got := listed(t, replicas[0], broker.Query{}); len(got) != 1 {
		t.Errorf("got %q, want one", got)
	}
}
