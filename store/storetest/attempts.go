package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// try is an attempt of a login name at a provider, limit 5.
func try(provider, login string, after time.Duration) broker.Attempt {
	return broker.Attempt{Provider: provider, Login: login, Now: start.Add(after), Lockout: lockout(5)}
}

// fail uses up n attempts that have to get in.
func fail(t testing.TB, db *store.DB, a broker.Attempt, n int) {
	t.Helper()
	for i := range n {
		if _, err := db.Accounts().Enter(t.Context(), a); err != nil {
			t.Fatalf("attempt %d of %q: %v", i+1, a.Login, err)
		}
	}
}

// refused wants an attempt to be refused until a moment.
func refused(t testing.TB, db *store.DB, a broker.Attempt, until time.Duration) {
	t.Helper()
	_, err := db.Accounts().Enter(t.Context(), a)
	var locked broker.LockedError
	if !errors.As(err, &locked) || !errors.Is(err, broker.ErrLocked) {
		t.Fatalf("%q at %s: got %v, want a LockedError", a.Login, a.Now, err)
	}
	if want := start.Add(until); !locked.Until.Equal(want) {
		t.Errorf("%q is locked until %s, want %s", a.Login, locked.Until, want)
	}
}

// enter is an attempt that has to get in.
func enter(t testing.TB, db *store.DB, a broker.Attempt) broker.Standing {
	t.Helper()
	s, err := db.Accounts().Enter(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func attempts(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	alice := add(t, db, "alice")
	link := broker.LinkedIdentity{Provider: "corp", Subject: "s1", AccountID: alice.ID, Login: "al", Seen: start}
	if err := save(t.Context(), db, alice, &link); err != nil {
		t.Fatal(err)
	}
	t.Run("B-04 every name of an account leads to its one counter", func(t *testing.T) {
		for _, a := range []broker.Attempt{
			try("local", "alice", 0), try("local", "ALICE@example.org", 0), try("corp", "AL", 0), try("corp", "alice", 0),
		} {
			s := enter(t, db, a)
			if s.Bucket != alice.ID || s.Account.ID != alice.ID || s.Account.Username != "alice" {
				t.Errorf("%s %q: got bucket %q of %q, want %q", a.Provider, a.Login, s.Bucket, s.Account.Username, alice.ID)
			}
			if s.Identity.Provider != a.Provider || s.Identity.AccountID != alice.ID {
				t.Errorf("%s %q: got the identity %+v", a.Provider, a.Login, s.Identity)
			}
		}
		if s := enter(t, db, try("elsewhere", "alice", 0)); s.Account.ID != alice.ID || s.Identity.Subject != "" {
			t.Errorf("at a provider without an identity: got %+v", s)
		}
		refused(t, db, try("local", "alice", time.Second), 10*time.Minute)
	})
	t.Run("B-10 trying during the ban neither ends nor extends it", func(t *testing.T) {
		for _, after := range []time.Duration{time.Second, time.Minute, 10*time.Minute - time.Millisecond} {
			refused(t, db, try("corp", "al", after), 10*time.Minute)
		}
		fail(t, db, try("corp", "al", 10*time.Minute), 5)
		refused(t, db, try("corp", "al", 10*time.Minute), 20*time.Minute)
	})
	t.Run("B-10 a clock that goes back opens nothing", func(t *testing.T) {
		refused(t, db, try("corp", "al", -time.Hour), 20*time.Minute)
	})
}

func windows(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	t.Run("B-10 a window that ends during the ban does not end it", func(t *testing.T) {
		add(t, db, "carol")
		fail(t, db, try("local", "carol", 0), 1)
		fail(t, db, try("local", "carol", 9*time.Minute), 4)
		refused(t, db, try("local", "carol", 16*time.Minute), 19*time.Minute)
	})
	t.Run("failures older than the window are forgotten", func(t *testing.T) {
		add(t, db, "dave")
		a := try("local", "dave", 0)
		a.Lockout.Duration = time.Hour
		fail(t, db, a, 4)
		a.Now = start.Add(15 * time.Minute)
		fail(t, db, a, 5)
		refused(t, db, a, 75*time.Minute)
	})
}

func spent(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	t.Run("a sign-in is no failure and does not clear the counter", func(t *testing.T) {
		a := add(t, db, "erin")
		for range 20 {
			fail(t, db, try("local", "erin", 0), 1)
			signIn(t, db, a)
		}
		fail(t, db, try("local", "erin", 0), 4)
		signIn(t, db, a)
		fail(t, db, try("local", "erin", 0), 2)
		refused(t, db, try("local", "erin", 0), 10*time.Minute)
	})
	t.Run("an attempt that is given back counts no more, and never less than nothing", func(t *testing.T) {
		a := add(t, db, "frank")
		for range 9 {
			fail(t, db, try("local", "frank", 0), 1)
			for range 2 {
				if err := db.Accounts().GiveBack(t.Context(), a.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		fail(t, db, try("local", "frank", 0), 5)
		refused(t, db, try("local", "frank", 0), 10*time.Minute)
	})
}

func strangers(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	t.Run("B-12 a name of nobody is counted like any other", func(t *testing.T) {
		s := enter(t, db, try("corp", "Nobody", 0))
		if s.Account.ID != "" || s.Bucket == "" || s.Identity.Subject != "" {
			t.Errorf("got %+v, want a bucket and no account", s)
		}
		fail(t, db, try("local", "NOBODY", 0), 4)
		refused(t, db, try("corp", "nobody", 0), 10*time.Minute)
	})
	t.Run("S-20 names that are no text are counted too", func(t *testing.T) {
		for _, login := range []string{"", "\xff\xfe", "a\x00b", string(make([]byte, 1<<16))} {
			if s := enter(t, db, try("local", login, 0)); s.Account.ID != "" {
				t.Errorf("%d bytes: got account %q", len(login), s.Account.ID)
			}
		}
	})
}

func renamed(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	t.Run("L-14 an old user name that somebody else has now leads to the new owner", func(t *testing.T) {
		old, fresh := add(t, db, "grace"), person("heidi")
		old.Username = "grace2"
		if err := save(t.Context(), db, old, nil); err != nil {
			t.Fatal(err)
		}
		fresh.Username, fresh.Updated = "grace", start.Add(-time.Minute) // its identity is the older one
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: fresh, PasswordHash: "h"}); err != nil {
			t.Fatal(err)
		}
		if s := enter(t, db, try("local", "grace", 0)); s.Bucket != fresh.ID {
			t.Errorf("got bucket %q, want %q", s.Bucket, fresh.ID)
		}
	})
	t.Run("of two who had a login name at a provider, the one seen last has it", func(t *testing.T) {
		for i, name := range []string{"ivan", "judy"} {
			id := broker.LinkedIdentity{Provider: "corp", Subject: name, Login: "shared", Seen: start.Add(time.Duration(i) * time.Second)}
			if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: person(name), Identity: &id}); err != nil {
				t.Fatal(err)
			}
		}
		if s := enter(t, db, try("corp", "shared", 0)); s.Account.Username != "judy" || s.Identity.Subject != "judy" {
			t.Errorf("got %q with %q, want judy", s.Account.Username, s.Identity.Subject)
		}
	})
}

// burst is B-02: many attempts at once over one and two replicas.
func burst(t *testing.T, d Database) {
	const callers, limit, rounds = 200, 5, 5
	for name, replicas := range map[string]int{"one replica": 1, "two replicas": 2} {
		var dbs []*store.DB
		for range replicas {
			dbs = append(dbs, d.Open(t, store.Options{}))
		}
		t.Run("B-02 no more get in than the limit, over "+name, func(t *testing.T) {
			for round := range rounds {
				login := label(round) + name[:3]
				if round%2 == 0 {
					add(t, dbs[0], login) // an account's counter; otherwise one of a name alone
				}
				in := enterTogether(t.Context(), t, dbs, callers, broker.Attempt{
					Provider: "local", Login: login, Now: start, Lockout: lockout(limit),
				})
				if in != limit {
					t.Errorf("round %d: %d of %d got in, want %d", round, in, callers, limit)
				}
			}
		})
	}
}

func enterTogether(ctx context.Context, t *testing.T, dbs []*store.DB, n int, a broker.Attempt) int64 {
	var in atomic.Int64
	together(n, func(i int) {
		_, err := dbs[i%len(dbs)].Accounts().Enter(ctx, a)
		switch {
		case err == nil:
			in.Add(1)
		case !errors.Is(err, broker.ErrLocked):
			t.Errorf("got %v, want nil or ErrLocked", err)
		}
	})
	return in.Load()
}
