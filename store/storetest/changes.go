package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/store"
)

// changes: what replicas have to hear of is written down by whatever makes it
// true, and nothing else is.
func changes(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	var last int64
	// noted returns what was written down since the last call, as kind and id.
	noted := func(t *testing.T) []string {
		t.Helper()
		rows, err := db.Changes().After(t.Context(), last, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			if r.Seq <= last {
				t.Errorf("number %d after %d", r.Seq, last)
			}
			out, last = append(out, r.Kind+" "+r.ID), r.Seq
		}
		return out
	}
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	want := func(t *testing.T, lines ...string) {
		t.Helper()
		// A change that is written in two statements is told twice.
		if diff := cmp.Diff(lines, slices.Compact(noted(t))); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	}
	t.Run("a new account, a sign-in and a refresh are no news", func(t *testing.T) {
		if _, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Sessions().Touch(t.Context(), use(s, 2, 0)); err != nil {
			t.Fatal(err)
		}
		want(t)
	})
	t.Run("a session that ends is", func(t *testing.T) {
		for range 2 {
			if _, err := db.Sessions().End(t.Context(), s.ID, "logout", start); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "session "+s.ID)
	})
	t.Run("all sessions of an account that end are", func(t *testing.T) {
		one, two := signIn(t, db, a), signIn(t, db, a)
		if _, err := db.Sessions().EndAll(t.Context(), broker.EndAll{AccountID: a.ID, Keep: two.ID, Reason: "asked", Now: start}); err != nil {
			t.Fatal(err)
		}
		want(t, "session "+one.ID)
	})
	t.Run("what a provider ends is", func(t *testing.T) {
		one := signIn(t, db, a)
		_, err := db.Sessions().EndUpstream(t.Context(), broker.UpstreamEnd{Provider: one.Provider, Subject: one.Subject, Reason: "logout", Now: start})
		if err != nil {
			t.Fatal(err)
		}
		if len(noted(t)) == 0 {
			t.Error("nothing was written down")
		}
	})
	t.Run("an account that changes is, whoever changes it", func(t *testing.T) {
		if _, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Groups = []broker.Group{{Name: "staff"}}; return nil }); err != nil {
			t.Fatal(err)
		}
		want(t, "account "+a.ID)
		a.Name = "Alice"
		if err := save(t.Context(), db, a, nil); err != nil {
			t.Fatal(err)
		}
		want(t, "account "+a.ID)
		exec(t, raw, `UPDATE accounts SET status = 'suspended' WHERE id = $1`, a.ID)
		want(t, "account "+a.ID)
		exec(t, raw, `UPDATE accounts SET status = 'active' WHERE id = $1`, a.ID)
		want(t, "account "+a.ID)
	})
	t.Run("a change that is taken back is not", func(t *testing.T) {
		tx, err := raw.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), `UPDATE accounts SET status = 'suspended'`); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		want(t)
	})
	t.Run("a session that is removed by hand is, and one that has ended is not", func(t *testing.T) {
		far := time.Now().Add(time.Hour).UnixMilli()
		one, two := signIn(t, db, a), signIn(t, db, a)
		exec(t, raw, `UPDATE sessions SET ends_at = $2 WHERE id = $1`, one.ID, far)
		exec(t, raw, `UPDATE sessions SET ends_at = 1 WHERE id = $1`, two.ID)
		exec(t, raw, `DELETE FROM sessions WHERE id = $1 OR id = $2`, one.ID, two.ID)
		want(t, "session "+one.ID)
	})
	t.Run("other keys are", func(t *testing.T) {
		err := db.Keys().ChangeKeys(t.Context(), func(k []token.StoredKey) ([]token.StoredKey, error) { return k, nil })
		if err != nil {
			t.Fatal(err)
		}
		want(t, "keys ")
	})
	t.Run("an account that is removed is", func(t *testing.T) {
		if _, err := db.Registry().Remove(t.Context(), broker.Removal{AccountID: a.ID}); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, line := range noted(t) {
			found = found || line == "account "+a.ID
		}
		if !found {
			t.Error("it was not written down")
		}
	})
	t.Run("the last number is that of the last change", func(t *testing.T) {
		if got, err := db.Changes().Last(t.Context()); err != nil || got != last {
			t.Errorf("got %d, %v, want %d", got, err, last)
		}
	})
	t.Run("old ones are removed, and numbers never come again", func(t *testing.T) {
		if err := db.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Changes().After(t.Context(), 0, 10); err != nil || len(got) > 0 {
			t.Errorf("got %v, %v, want none", got, err)
		}
		b := add(t, db, "bob")
		exec(t, raw, `UPDATE accounts SET status = 'suspended' WHERE id = $1`, b.ID)
		want(t, "account "+b.ID)
	})
}

// awaiting: who waits for changes is woken, and never kept longer than it wants.
func awaiting(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	wait := func(limit time.Duration) (woken bool) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		db.Changes().Await(ctx)
		return ctx.Err() == nil
	}
	for range 3 { // what was before, and the connection that listens
		wait(50 * time.Millisecond)
	}
	t.Run("by a change of its own process", func(t *testing.T) {
		woken := make(chan bool)
		go func() { woken <- wait(10 * time.Second) }()
		time.Sleep(50 * time.Millisecond) // it waits
		if _, err := db.Sessions().End(t.Context(), s.ID, "logout", start); err != nil {
			t.Fatal(err)
		}
		if !<-woken {
			t.Error("it was not woken")
		}
	})
	t.Run("not longer than it wants", func(t *testing.T) {
		wait(50 * time.Millisecond)
		if wait(50 * time.Millisecond) {
			t.Error("it was woken by nothing")
		}
	})
	t.Run("and the database can be closed meanwhile", func(t *testing.T) {
		other := d.Open(t, store.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		other.Changes().Await(ctx)
		other.Changes().Await(ctx)
		closed := make(chan error)
		go func() { closed <- other.Close() }()
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}
