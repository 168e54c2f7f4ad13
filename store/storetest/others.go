package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

func keys(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	one := token.StoredKey{ID: "k1", Algorithm: "ES256", State: token.StateCurrent, Sealed: []byte{1, 0, 2}, CreatedAt: start, ChangedAt: start}
	version := func() int64 {
		t.Helper()
		v, err := dbs[1].Keys().KeysVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	t.Run("the set is replaced, and its version changes", func(t *testing.T) {
		before := version()
		retired := token.StoredKey{ID: "k0", Algorithm: "ES256", State: token.StateRetired, CreatedAt: start, ChangedAt: start}
		set := func([]token.StoredKey) ([]token.StoredKey, error) { return []token.StoredKey{one, retired}, nil }
		if err := dbs[0].Keys().ChangeKeys(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		drop := func(rows []token.StoredKey) ([]token.StoredKey, error) {
			if len(rows) != 2 {
				t.Errorf("got %d keys, want 2", len(rows))
			}
			return []token.StoredKey{one}, nil
		}
		if err := dbs[1].Keys().ChangeKeys(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
		got, err := dbs[0].Keys().Keys(t.Context())
		if diff := cmp.Diff([]token.StoredKey{one}, got); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
		if after := version(); after == before {
			t.Errorf("the version stayed %d", after)
		}
	})
	t.Run("an error of the change is returned, and nothing is changed", func(t *testing.T) {
		before, refusal := version(), errors.New("no")
		err := dbs[0].Keys().ChangeKeys(t.Context(), func([]token.StoredKey) ([]token.StoredKey, error) { return nil, refusal })
		if !errors.Is(err, refusal) {
			t.Errorf("got %v, want the error itself", err)
		}
		if got, err := dbs[0].Keys().Keys(t.Context()); err != nil || len(got) != 1 || version() != before {
			t.Errorf("got %d keys, %v, version %d, want 1 and %d", len(got), err, version(), before)
		}
	})
}

func keyRace(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	t.Run("S-11 changes at once from two replicas follow each other", func(t *testing.T) {
		const callers = 10
		together(callers, func(i int) {
			err := dbs[i%2].Keys().ChangeKeys(t.Context(), func(rows []token.StoredKey) ([]token.StoredKey, error) {
				return append(rows, token.StoredKey{ID: label(len(rows))}), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		if got, err := dbs[0].Keys().Keys(t.Context()); err != nil || len(got) != callers {
			t.Errorf("got %d keys, %v, want %d", len(got), err, callers)
		}
	})
}

func flows(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	f := sessions.Flow{
		Key: "k", Provider: "corp", Browser: "b", Nonce: "n", Verifier: "v", RedirectURI: "https://r?a=b&c=<d>",
		ReturnTo: "/x", Mode: sessions.ModeCookie, Expires: start.Add(sessions.FlowLife),
	}
	put := func(t *testing.T) {
		t.Helper()
		if err := db.Flows().PutFlow(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("R-05 a flow comes back whole, once", func(t *testing.T) {
		put(t)
		got, err := db.Flows().TakeFlow(t.Context(), "k", start)
		if diff := cmp.Diff(f, got); err != nil || diff != "" {
			t.Errorf("%v, want -, got +:\n%s", err, diff)
		}
		if _, err := db.Flows().TakeFlow(t.Context(), "k", start); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("again: got %v, want ErrNotFound", err)
		}
	})
	t.Run("one that expired is not found", func(t *testing.T) {
		put(t)
		if _, err := db.Flows().TakeFlow(t.Context(), "k", f.Expires); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

func browsers(t *testing.T, d Database) {
	now := start
	db := d.Open(t, store.Options{Now: func() time.Time { return now }}).Browser()
	if err := db.CommitCtx(t.Context(), "hash", []byte("old"), start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := db.CommitCtx(t.Context(), "hash", []byte("new"), start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	find := func(token string) string {
		t.Helper()
		b, found, err := db.FindCtx(t.Context(), token)
		if err != nil || found != (b != nil) {
			t.Fatalf("got %q, %t, %v", b, found, err)
		}
		return string(b)
	}
	t.Run("the last write is found until it expires", func(t *testing.T) {
		if got := find("hash"); got != "new" {
			t.Errorf("got %q, want %q", got, "new")
		}
		now = start.Add(time.Minute)
		if got := find("hash"); got != "" {
			t.Errorf("expired: got %q", got)
		}
		now = start
	})
	t.Run("what is not there, or is no text, is not found and no error", func(t *testing.T) {
		if got := find("other") + find("\xff\x00"); got != "" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a deleted one is gone, and deleting again is no error", func(t *testing.T) {
		for range 2 {
			if err := db.DeleteCtx(t.Context(), "hash"); err != nil {
				t.Fatal(err)
			}
		}
		if got := find("hash"); got != "" {
			t.Errorf("got %q", got)
		}
	})
}

func pruning(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	a := add(t, db, "alice")
	ended, live, old := signIn(t, db, a), session(t, a), session(t, a)
	live.IdleEnds, live.Ends = start.AddDate(1, 0, 0), start.AddDate(1, 0, 0)
	old.Ends = start.Add(time.Hour)
	for i := range 1200 {
		f := sessions.Flow{Key: label(i), Expires: start.Add(time.Minute)}
		if err := db.Flows().PutFlow(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []sessions.Session{live, old} {
		if err := db.Sessions().Start(t.Context(), s, a.Epoch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Sessions().End(t.Context(), ended.ID, "logout", start); err != nil {
		t.Fatal(err)
	}
	if err := db.Browser().CommitCtx(t.Context(), "h", []byte("x"), start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	fail(t, db, try("local", "alice", 0), 1)
	for _, step := range []struct {
		after                              time.Duration
		sessions, attempts, flows, browser int
	}{
		{0, 3, 1, 1200, 1},
		{time.Hour, 3, 1, 0, 0},
		{6 * 24 * time.Hour, 3, 1, 0, 0},
		{9 * 24 * time.Hour, 1, 0, 0, 0},
	} {
		if err := db.Prune(t.Context(), start.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{
			"sessions": step.sessions, "attempts": step.attempts, "flows": step.flows, "browser_sessions": step.browser,
		} {
			if got := count(t, raw, "SELECT COUNT(*) FROM "+table); got != want {
				t.Errorf("after %s: got %d %s, want %d", step.after, got, table, want)
			}
		}
	}
	if _, _, err := db.Sessions().Find(t.Context(), live.ID, start); err != nil {
		t.Errorf("the live session: %v", err)
	}
}
