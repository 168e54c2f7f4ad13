package storetest

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// whoIsLocked: an operator is told what a person meets at the door.
func whoIsLocked(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	alice := add(t, db, "alice")
	until := func(t *testing.T, after time.Duration) time.Time {
		t.Helper()
		got, err := db.Directory().LockedUntil(t.Context(), alice.ID, lockout(5), start.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	free := func(t *testing.T, after time.Duration) {
		t.Helper()
		if got := until(t, after); !got.IsZero() {
			t.Errorf("after %s: got locked until %s, want free", after, got)
		}
	}
	t.Run("nobody is locked before the last attempt is used up", func(t *testing.T) {
		free(t, 0)
		fail(t, db, try("local", "alice", 0), 4)
		free(t, 0)
	})
	t.Run("then as long as the door refuses", func(t *testing.T) {
		fail(t, db, try("local", "alice", time.Second), 1)
		end := 10*time.Minute + time.Second
		refused(t, db, try("local", "alice", 2*time.Second), end)
		if got, want := until(t, end-time.Millisecond), start.Add(end); !got.Equal(want) {
			t.Errorf("got %s, want %s", got, want)
		}
		free(t, end)
	})
	t.Run("a clock that was far ahead locks nobody", func(t *testing.T) { free(t, -25*time.Hour) })
	t.Run("sign-ins that used an attempt are no failures", func(t *testing.T) {
		s := session(t, alice)
		s.Counted = true
		s.AuthTime = start.Add(time.Second)
		if err := db.Sessions().Start(t.Context(), s, alice.Epoch); err != nil {
			t.Fatal(err)
		}
		free(t, 2*time.Second)
	})
	t.Run("an account that is not there is not locked", func(t *testing.T) {
		got, err := db.Directory().LockedUntil(t.Context(), "nobody", broker.Lockout{Attempts: 1, Duration: time.Hour}, start)
		if err != nil || !got.IsZero() {
			t.Errorf("got %s, %v, want the zero time", got, err)
		}
	})
}
