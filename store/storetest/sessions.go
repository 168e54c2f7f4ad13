package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

func lives(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	t.Run("a session comes back whole, with its account", func(t *testing.T) {
		got, account, err := db.Sessions().Find(t.Context(), s.ID, start)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got) + cmp.Diff(a, account); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("T-30 past either of its ends it is not found", func(t *testing.T) {
		for after, want := range map[time.Duration]error{
			time.Hour - time.Millisecond: nil, time.Hour: sessions.ErrNotFound, 24 * time.Hour: sessions.ErrNotFound,
		} {
			if _, _, err := db.Sessions().Find(t.Context(), s.ID, start.Add(after)); !errors.Is(err, want) {
				t.Errorf("after %s: got %v, want %v", after, err, want)
			}
		}
		used, err := db.Sessions().Rotate(t.Context(), sessions.Rotation{
			ID: s.ID, Generation: 1, Now: start.Add(time.Minute), IdleEnds: start.Add(100 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, used.Session.Ends); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("past the absolute end: got %v, want ErrNotFound", err)
		}
	})
}

func starting(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	t.Run("an account that is not active, or changed since, gets no session", func(t *testing.T) {
		for name, change := range map[string]func(*broker.Account) error{
			"suspended":   func(a *broker.Account) error { a.Status = broker.Suspended; return nil },
			"unconfirmed": func(a *broker.Account) error { a.Status = broker.Unconfirmed; return nil },
		} {
			b := add(t, db, name)
			after, err := edit(t.Context(), db, b.ID, change)
			if err != nil {
				t.Fatal(err)
			}
			for _, epoch := range []int64{b.Epoch, after.Epoch} {
				if err := db.Sessions().Start(t.Context(), session(t, b), epoch); !errors.Is(err, broker.ErrStale) {
					t.Errorf("%s in epoch %d: got %v, want ErrStale", name, epoch, err)
				}
			}
		}
		if err := db.Sessions().Start(t.Context(), session(t, person("nobody")), 1); !errors.Is(err, broker.ErrStale) {
			t.Errorf("no account: got %v, want ErrStale", err)
		}
		if err := db.Sessions().Start(t.Context(), session(t, a), a.Epoch+1); !errors.Is(err, broker.ErrStale) {
			t.Errorf("another epoch: got %v, want ErrStale", err)
		}
	})
	t.Run("a status that comes back does not bring back the epoch", func(t *testing.T) {
		b := add(t, db, "bob")
		for _, status := range []broker.Status{broker.Suspended, broker.Active} {
			if _, err := edit(t.Context(), db, b.ID, func(a *broker.Account) error { a.Status = status; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Sessions().Start(t.Context(), session(t, b), b.Epoch); !errors.Is(err, broker.ErrStale) {
			t.Errorf("got %v, want ErrStale", err)
		}
	})
}

func ending(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	end := func(id string, after time.Duration) bool {
		t.Helper()
		ended, err := db.Sessions().End(t.Context(), id, "logout", start.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return ended
	}
	t.Run("one call ends a session, the next ends nothing", func(t *testing.T) {
		s := signIn(t, db, a)
		if first, second := end(s.ID, 0), end(s.ID, 0); !first || second {
			t.Errorf("got %t and %t, want true and false", first, second)
		}
		if end("no such session", 0) {
			t.Error("a session that never was: got true")
		}
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("find: got %v, want ErrNotFound", err)
		}
		if _, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0)); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("rotate: got %v, want ErrNotFound", err)
		}
		if _, err := db.Sessions().Touch(t.Context(), use(s, 1, 0)); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("touch: got %v, want ErrNotFound", err)
		}
	})
	t.Run("one that expired is not reported, and stays ended when the clock goes back", func(t *testing.T) {
		s := signIn(t, db, a)
		if end(s.ID, 2*time.Hour) {
			t.Error("got true, want false")
		}
		if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

func endingAll(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a, b := add(t, db, "alice"), add(t, db, "bob")
	t.Run("all of an account end but the one to keep, and nobody else's", func(t *testing.T) {
		keep, other := signIn(t, db, a), signIn(t, db, b)
		signIn(t, db, a)
		signIn(t, db, a)
		n, err := db.Sessions().EndAll(t.Context(), broker.EndAll{AccountID: a.ID, Keep: keep.ID, Reason: "revoked", Now: start})
		if err != nil || n != 2 {
			t.Errorf("got %d, %v, want 2", n, err)
		}
		for _, s := range []sessions.Session{keep, other} {
			if _, _, err := db.Sessions().Find(t.Context(), s.ID, start); err != nil {
				t.Errorf("a session to keep: %v", err)
			}
		}
		live, err := db.Directory().LiveSessions(t.Context(), a.ID, start)
		if err != nil || len(live) != 1 || live[0].ID != keep.ID {
			t.Errorf("got %d live, %v, want the kept one", len(live), err)
		}
	})
	t.Run("S-12 what one replica ends is ended for the other at once", func(t *testing.T) {
		second := d.Open(t, store.Options{})
		s := signIn(t, db, b)
		if _, err := second.Sessions().Rotate(t.Context(), use(s, 1, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Sessions().End(t.Context(), s.ID, "logout", start); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Sessions().Rotate(t.Context(), use(s, 2, 0)); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("rotate: got %v, want ErrNotFound", err)
		}
		if _, _, err := second.Sessions().Find(t.Context(), s.ID, start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("find: got %v, want ErrNotFound", err)
		}
	})
}
