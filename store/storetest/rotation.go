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

// result is what matters of a rotation.
type result struct {
	Generation int64
	Fresh      bool
	RecheckDue bool
	Err        error
}

func rotate(t testing.TB, db *store.DB, r sessions.Rotation) result {
	t.Helper()
	got, err := db.Sessions().Rotate(t.Context(), r)
	if errors.Is(err, sessions.ErrNotFound) {
		err = sessions.ErrNotFound
	}
	return result{got.Session.Generation, got.Fresh, got.RecheckDue, err}
}

func wantResult(t testing.TB, what string, got, want result) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func rotation(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	lost := result{Err: sessions.ErrNotFound}
	t.Run("the current generation gives the next", func(t *testing.T) {
		s := signIn(t, db, a)
		got, err := db.Sessions().Rotate(t.Context(), use(s, 1, time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		now := start.Add(time.Minute)
		want := s
		want.Generation, want.LastUsed, want.RotatedAt, want.IdleEnds = 2, now, now, now.Add(time.Hour)
		identity := broker.LinkedIdentity{Provider: "local", Subject: a.ID, AccountID: a.ID, Login: "alice", Seen: start}
		if diff := cmp.Diff(broker.Rotated{Session: want, Account: a, Identity: identity, Fresh: true}, got); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
	t.Run("T-20 within the grace the previous one gives the same and changes nothing", func(t *testing.T) {
		s := signIn(t, db, a)
		wantResult(t, "first", rotate(t, db, use(s, 1, time.Minute)), result{2, true, false, nil})
		before, _, _ := db.Sessions().Find(t.Context(), s.ID, start)
		wantResult(t, "again", rotate(t, db, use(s, 1, time.Minute+10*time.Second-time.Millisecond)), result{2, false, false, nil})
		after, _, _ := db.Sessions().Find(t.Context(), s.ID, start)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("before -, after +:\n%s", diff)
		}
		wantResult(t, "after the grace", rotate(t, db, use(s, 1, time.Minute+10*time.Second)), lost)
		wantResult(t, "the current one still works", rotate(t, db, use(s, 2, 2*time.Minute)), result{3, true, false, nil})
	})
	t.Run("T-20 without a grace the previous one is lost at once", func(t *testing.T) {
		s := signIn(t, db, a)
		r := use(s, 1, time.Minute)
		r.Grace = 0
		wantResult(t, "first", rotate(t, db, r), result{2, true, false, nil})
		wantResult(t, "again", rotate(t, db, r), lost)
	})
}

func replays(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	lost := result{Err: sessions.ErrNotFound}
	t.Run("T-22 within one millisecond only the last two generations count", func(t *testing.T) {
		s := signIn(t, db, a)
		wantResult(t, "1", rotate(t, db, use(s, 1, 0)), result{2, true, false, nil})
		wantResult(t, "2", rotate(t, db, use(s, 2, 0)), result{3, true, false, nil})
		wantResult(t, "1 again", rotate(t, db, use(s, 1, 0)), lost)
		wantResult(t, "2 again", rotate(t, db, use(s, 2, 0)), result{3, false, false, nil})
		wantResult(t, "one that was never made", rotate(t, db, use(s, 4, 0)), lost)
		wantResult(t, "0", rotate(t, db, use(s, 0, 0)), lost)
	})
	t.Run("T-23 a restart and a clock that goes back open nothing", func(t *testing.T) {
		s := signIn(t, db, a)
		wantResult(t, "1", rotate(t, db, use(s, 1, time.Hour/2)), result{2, true, false, nil}.due())
		restarted := d.Open(t, store.Options{})
		wantResult(t, "later", rotate(t, restarted, use(s, 1, time.Hour/2+time.Minute)), lost)
		wantResult(t, "earlier", rotate(t, restarted, use(s, 1, time.Minute)), lost)
	})
}

func rechecks(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	t.Run("one rotation an interval is told to recheck", func(t *testing.T) {
		s := signIn(t, db, a)
		wantResult(t, "before", rotate(t, db, use(s, 1, 5*time.Minute-time.Millisecond)), result{2, true, false, nil})
		wantResult(t, "at", rotate(t, db, use(s, 2, 5*time.Minute)), result{3, true, true, nil})
		wantResult(t, "repeated", rotate(t, db, use(s, 2, 5*time.Minute)), result{3, false, false, nil})
		wantResult(t, "next", rotate(t, db, use(s, 3, 5*time.Minute)), result{4, true, false, nil})
		wantResult(t, "an interval later", rotate(t, db, use(s, 4, 10*time.Minute)), result{5, true, true, nil})
	})
}

func companions(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	t.Run("a suspended account comes with the session all the same", func(t *testing.T) {
		b := add(t, db, "bob")
		s := signIn(t, db, b)
		if _, err := edit(t.Context(), db, b.ID, func(a *broker.Account) error { a.Status = broker.Suspended; return nil }); err != nil {
			t.Fatal(err)
		}
		got, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0))
		if err != nil || got.Account.Status != broker.Suspended || got.Account.Epoch != b.Epoch+1 {
			t.Errorf("got %+v, %v, want suspended in epoch 2", got.Account, err)
		}
	})
	t.Run("an identity that was removed does not come with it", func(t *testing.T) {
		b := add(t, db, "carol")
		s := signIn(t, db, b)
		if err := db.Directory().SetPassword(t.Context(), b.ID, ""); err != nil {
			t.Fatal(err)
		}
		got, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0))
		if err != nil || got.Identity.Provider != "" {
			t.Errorf("got %+v, %v, want none", got.Identity, err)
		}
	})
}

func (r result) due() result {
	r.RecheckDue = true
	return r
}

func touching(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	s := signIn(t, db, add(t, db, "alice"))
	touch := func(after time.Duration) broker.Rotated {
		t.Helper()
		got, err := db.Sessions().Touch(t.Context(), use(s, 77, after))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("marks use, moves the idle end and leaves the generation", func(t *testing.T) {
		got := touch(time.Minute)
		now := start.Add(time.Minute)
		if got.Fresh || got.RecheckDue || got.Session.Generation != 1 {
			t.Errorf("got %+v", got)
		}
		if !got.Session.LastUsed.Equal(now) || !got.Session.IdleEnds.Equal(now.Add(time.Hour)) || !got.Session.RotatedAt.Equal(start) {
			t.Errorf("got %+v, want use at %s", got.Session, now)
		}
	})
	t.Run("asks for a recheck once an interval", func(t *testing.T) {
		if first, second := touch(6*time.Minute).RecheckDue, touch(6*time.Minute).RecheckDue; !first || second {
			t.Errorf("got %t and %t, want true and false", first, second)
		}
	})
	t.Run("a session that was just made has no generation before", func(t *testing.T) {
		wantResult(t, "0", rotate(t, db, use(s, 0, time.Second)), result{Err: sessions.ErrNotFound})
	})
}
