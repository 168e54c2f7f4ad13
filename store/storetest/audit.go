package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// entries reads the record to its end, in pages of a size, and returns the
// reasons.
func entries(t testing.TB, db *store.DB, q broker.TrailQuery, size int) (reasons []string) {
	t.Helper()
	for q.Limit = size; ; {
		page, next, err := db.Trail().Entries(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			reasons = append(reasons, e.Reason)
		}
		if next == "" {
			return reasons
		}
		q.Cursor = next
	}
}

func trail(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	now := start
	r := store.NewDirectRecorder(db, func() time.Time { now = now.Add(time.Second); return now }, func(err error) { t.Error(err) })
	whole := broker.Event{
		Name: broker.EventAccountChange, Reason: "email", Actor: "admin-1", AccountID: "alice", SessionID: "s", Provider: "local", Login: "x\r\ny\x00",
		Client: broker.Client{Address: "192.0.2.7", UserAgent: "curl/8", RequestID: "r"}, Changes: []broker.Change{{Field: "email", Before: "a@example.org", After: "b@example.org"}},
		Err: errors.New("internal detail"),
	}
	r.Record(t.Context(), whole)
	for i := range 5 {
		r.Record(t.Context(), broker.Event{Name: broker.EventLoginFailure, Reason: fmt.Sprint("wrong", i), AccountID: []string{"alice", "bob"}[i%2], Client: broker.Client{Address: fmt.Sprint("192.0.2.", i)}})
	}
	r.Record(t.Context(), broker.Event{Name: broker.EventRefresh, Reason: "rotated"})
	t.Run("A-11 an entry says who did what to whom, before and after, and nothing internal", func(t *testing.T) {
		page, _, err := db.Trail().Entries(t.Context(), broker.TrailQuery{Actor: "admin-1"})
		if err != nil || len(page) != 1 {
			t.Fatalf("got %d, %v, want one", len(page), err)
		}
		want := whole
		want.Err, want.Login = nil, "x\r\ny\uFFFD"
		if diff := cmp.Diff(want, page[0].Event); diff != "" || page[0].Outcome != broker.Succeeded || !page[0].At.Equal(start.Add(time.Second)) {
			t.Errorf("%v %v: want -, got +:\n%s", page[0].Outcome, page[0].At, diff)
		}
	})
	t.Run("it is read newest first, in pages, by every filter, and a refresh is not in it", func(t *testing.T) {
		for name, c := range map[string]struct {
			q    broker.TrailQuery
			want []string
		}{
			"all":     {broker.TrailQuery{}, []string{"wrong4", "wrong3", "wrong2", "wrong1", "wrong0", "email"}},
			"account": {broker.TrailQuery{Account: "alice"}, []string{"wrong4", "wrong2", "wrong0", "email"}},
			"name":    {broker.TrailQuery{Account: "alice", Name: broker.EventAccountChange}, []string{"email"}},
			"event":   {broker.TrailQuery{Name: broker.EventLoginFailure}, []string{"wrong4", "wrong3", "wrong2", "wrong1", "wrong0"}},
			"outcome": {broker.TrailQuery{Outcome: broker.Succeeded}, []string{"email"}},
			"address": {broker.TrailQuery{Address: "192.0.2.3"}, []string{"wrong3"}},
			"time":    {broker.TrailQuery{Since: start.Add(3 * time.Second), Until: start.Add(5 * time.Second)}, []string{"wrong2", "wrong1"}},
			"nobody":  {broker.TrailQuery{Account: "' OR 1=1 --"}, nil},
		} {
			for _, size := range []int{1, 2, 100} {
				if diff := cmp.Diff(c.want, entries(t, db, c.q, size)); diff != "" {
					t.Errorf("%s, pages of %d: want -, got +:\n%s", name, size, diff)
				}
			}
		}
	})
	t.Run("A-06 a forged cursor is refused", func(t *testing.T) {
		for _, cursor := range []string{"x", "MSB4", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5IDEy", "' OR 1=1 --"} {
			if _, _, err := db.Trail().Entries(t.Context(), broker.TrailQuery{Cursor: cursor}); broker.CodeOf(err) != broker.CodePayload {
				t.Errorf("%q: got %v", cursor, err)
			}
		}
	})
	t.Run("what is older than its time goes, and nothing else", func(t *testing.T) {
		if err := db.Trail().Forget(t.Context(), start.Add(4*time.Second)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"wrong4", "wrong3", "wrong2"}, entries(t, db, broker.TrailQuery{}, 10)); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

// recorder is the record that is written beside the requests.
func recorder(t *testing.T, d Database) {
	var mu sync.Mutex
	down, told := false, 0
	db := d.Open(t, store.Options{Fail: func(_ context.Context, statement string) error {
		mu.Lock()
		defer mu.Unlock()
		if down && statement == "record" {
			return errBroken
		}
		return nil
	}})
	r := store.NewRecorder(db, func() time.Time { return start }, func(error) { mu.Lock(); told++; mu.Unlock() })
	login := func(i int) broker.Event {
		return broker.Event{Name: broker.EventLogin, Reason: fmt.Sprintf("%03d", i), AccountID: "alice"}
	}
	t.Run("what an administrator does is written before they are answered", func(t *testing.T) {
		r.Record(t.Context(), broker.Event{Name: broker.EventAccountChange, Reason: "acted", Actor: "admin"})
		if got := entries(t, db, broker.TrailQuery{}, 10); len(got) != 1 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the rest is written by the end, in its order, also after an outage", func(t *testing.T) {
		mu.Lock()
		down = true
		mu.Unlock()
		for i := range 300 {
			r.Record(t.Context(), login(i))
		}
		ctx, stop := context.WithCancel(t.Context())
		var over sync.WaitGroup
		over.Go(func() { r.Run(ctx) })
		for {
			mu.Lock()
			seen := told
			mu.Unlock()
			if seen > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		mu.Lock()
		down = false
		mu.Unlock()
		for r.Waiting() > 0 {
			time.Sleep(time.Millisecond)
		}
		r.Record(t.Context(), login(300))
		stop()
		over.Wait()
		got := entries(t, db, broker.TrailQuery{Account: "alice"}, 1000)
		if len(got) != 301 || got[0] != "300" || got[300] != "000" {
			t.Errorf("got %d entries, want 301 from 300 to 000", len(got))
		}
		if told != 1 || r.Lost() != 0 {
			t.Errorf("told %d times of one outage, %d lost", told, r.Lost())
		}
	})
}
