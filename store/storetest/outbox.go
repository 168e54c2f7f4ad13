package storetest

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// letters posts n letters as a change of an account does, and returns their
// ids. The second is posted a millisecond after the first, and so on.
func letters(t testing.TB, db *store.DB, n int) []string {
	t.Helper()
	a := add(t, db, "writer"+uuid.NewString()[:8])
	var d broker.Deed
	ids := make([]string, n)
	for i := range n {
		ids[i] = uuid.NewString()
		d.Letters = append(d.Letters, broker.Post{ID: ids[i], Sealed: []byte{byte(i), 0, 255}, Created: start.Add(time.Duration(i) * time.Millisecond)})
	}
	if err := amend(t, db, a, d); err != nil {
		t.Fatal(err)
	}
	return ids
}

// claim wants exactly n letters.
func claim(t testing.TB, db *store.DB, now time.Time, n int) []broker.Post {
	t.Helper()
	got, err := db.Outbox().Claim(t.Context(), now, time.Minute, 1000)
	if err != nil || len(got) != n {
		t.Fatalf("claimed %d letters, %v; want %d", len(got), err, n)
	}
	return got
}

func outbox(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	letters(t, dbs[0], 40)
	select {
	case <-dbs[0].Outbox().Posted():
	default:
		t.Error("nobody was told of letters that were posted")
	}
	t.Run("a letter of the future is not due", func(t *testing.T) { claim(t, dbs[1], start.Add(-time.Millisecond), 0) })
	t.Run("of many who claim at once each gets others, until the lease is over", func(t *testing.T) {
		for round := range 3 {
			now := start.Add(time.Second + time.Duration(round)*time.Minute)
			seen, left := claimTogether(t, dbs, now), 0
			for id, p := range seen {
				if p.times != 1 {
					t.Fatalf("round %d: %s was claimed %d times", round, id, p.times)
				}
				if p.Tries != round+1 || p.Created.Before(start) || p.Created.After(start.Add(time.Second)) || len(p.Sealed) != 3 {
					t.Errorf("round %d: got %+v", round, p.Post)
				}
			}
			some, err := dbs[0].Outbox().Claim(t.Context(), now.Add(time.Minute-time.Millisecond), time.Millisecond, 1000)
			if left = len(some); err != nil || len(seen)+left != 40 {
				t.Fatalf("round %d: %d claimed and %d left, %v; want 40", round, len(seen), left, err)
			}
		}
	})
	t.Run("the one that is due longest goes first", func(t *testing.T) {
		for i, p := range claim(t, dbs[0], start.Add(10*time.Minute), 40) {
			if err := dbs[0].Outbox().Again(t.Context(), p, start.Add(20*time.Minute+time.Duration(i*37%40)*time.Second), "later"); err != nil {
				t.Fatal(err)
			}
		}
		var due []time.Time
		for range 40 {
			list, err := dbs[0].Outbox().Letters(t.Context(), store.WaitingLetter{}, 1000)
			if err != nil {
				t.Fatal(err)
			}
			got, err := dbs[1].Outbox().Claim(t.Context(), start.Add(time.Hour), time.Minute, 1)
			if err != nil || len(got) != 1 {
				t.Fatalf("got %d, %v", len(got), err)
			}
			i := slices.IndexFunc(list, func(w store.WaitingLetter) bool { return w.ID == got[0].ID })
			due = append(due, list[i].Due)
		}
		if !slices.IsSortedFunc(due, time.Time.Compare) {
			t.Errorf("got letters due at %v", due)
		}
	})
}

type claimed struct {
	broker.Post
	times int
}

// claimTogether claims from both replicas by twenty hands.
func claimTogether(t *testing.T, dbs []*store.DB, now time.Time) map[string]*claimed {
	t.Helper()
	var got [20][]broker.Post
	together(20, func(i int) {
		var err error
		if got[i], err = dbs[i%2].Outbox().Claim(t.Context(), now, time.Minute, 7); err != nil {
			t.Error(err)
		}
	})
	seen := map[string]*claimed{}
	for _, some := range got {
		for _, p := range some {
			if seen[p.ID] == nil {
				seen[p.ID] = &claimed{Post: p}
			}
			seen[p.ID].times++
		}
	}
	return seen
}

func settling(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	ids := letters(t, db, 3)
	now := start.Add(time.Second)
	first := claim(t, db, now, 3)
	t.Run("who lost the lease changes nothing", func(t *testing.T) {
		second := claim(t, db, now.Add(time.Minute), 3)
		before := snapshot(t, raw)
		for _, p := range first {
			for name, err := range map[string]error{
				"sent":    db.Outbox().Sent(t.Context(), p),
				"again":   db.Outbox().Again(t.Context(), p, now, "x"),
				"give up": db.Outbox().GiveUp(t.Context(), p, now, "x"),
			} {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if after := snapshot(t, raw); after != before {
			t.Errorf("got\n%swhere there was\n%s", after, before)
		}
		first = second
	})
	t.Run("what is settled is settled", func(t *testing.T) {
		byID := map[string]broker.Post{}
		for _, p := range first {
			byID[p.ID] = p
		}
		due := now.Add(10 * time.Minute)
		for name, err := range map[string]error{
			"sent":    db.Outbox().Sent(t.Context(), byID[ids[0]]),
			"again":   db.Outbox().Again(t.Context(), byID[ids[1]], due, "connection refused"),
			"give up": db.Outbox().GiveUp(t.Context(), byID[ids[2]], due, "recipient\x00 refused"),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		claim(t, db, due.Add(-time.Millisecond), 0)
		waiting, oldest, err := db.Outbox().Backlog(t.Context())
		if err != nil || waiting != 1 || !oldest.Equal(byID[ids[1]].Created) {
			t.Errorf("backlog: got %d since %v, %v", waiting, oldest, err)
		}
		list := oneByOne(t, db)
		if len(list) != 2 || list[0].ID != ids[1] || list[0].Reason != "connection refused" || !list[0].Due.Equal(due) || !list[0].GivenUp.IsZero() ||
			list[1].ID != ids[2] || list[1].Reason != "recipient\uFFFD refused" || !list[1].GivenUp.Equal(due) || list[1].Tries != 2 {
			t.Errorf("got %+v", list)
		}
		if got := claim(t, db, due, 1); got[0].ID != ids[1] || got[0].Tries != 3 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an operator cannot retry what is being sent", func(t *testing.T) {
		if err := db.Outbox().Retry(t.Context(), ids[1], now); !errors.Is(err, broker.ErrStale) {
			t.Errorf("got %v, want ErrStale", err)
		}
	})
	t.Run("an operator can retry what was given up", func(t *testing.T) {
		if err := db.Outbox().Retry(t.Context(), ids[2], now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, db, now.Add(time.Second), 1); got[0].ID != ids[2] {
			t.Errorf("got %+v", got)
		}
		if err := db.Outbox().Retry(t.Context(), uuid.NewString(), now); !errors.Is(err, broker.ErrStale) {
			t.Errorf("an unknown one: got %v, want ErrStale", err)
		}
	})
}

// hidden is that letters that were given up are in nobody's way.
func hidden(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	letters(t, db, 5)
	now := start.Add(time.Second)
	var last broker.Post
	for i, p := range claim(t, db, now, 5) {
		if last = p; i == 4 {
			break
		}
		if err := db.Outbox().GiveUp(t.Context(), p, now, "recipient refused"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Outbox().Again(t.Context(), last, now.Add(time.Hour), "later"); err != nil {
		t.Fatal(err)
	}
	got, err := db.Outbox().Claim(t.Context(), now.Add(time.Hour), time.Minute, 1)
	if err != nil || len(got) != 1 || got[0].ID != last.ID {
		t.Errorf("got %+v, %v, want the one that waits", got, err)
	}
}

// oneByOne reads the list one by one.
func oneByOne(t *testing.T, db *store.DB) (all []store.WaitingLetter) {
	t.Helper()
	var last store.WaitingLetter
	for range 10 {
		some, err := db.Outbox().Letters(t.Context(), last, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		last = some[0]
		all = append(all, last)
	}
	t.Fatal("the list has no end")
	return nil
}

// outboxRace has workers of two replicas settle letters while their leases run
// out: every letter is sent, and none twice by somebody who held it.
func outboxRace(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	for round := range 5 {
		letters(t, dbs[0], 50)
		var sent atomic.Int32
		together(16, func(i int) {
			for k := range 20 {
				var got []broker.Post
				err := insist(func() (err error) {
					got, err = dbs[i%2].Outbox().Claim(t.Context(), start.Add(time.Second), time.Hour, 1+k%5)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				for _, p := range got {
					if err := insist(func() error { return dbs[i%2].Outbox().Sent(t.Context(), p) }); err != nil {
						t.Error(err)
					}
					sent.Add(1)
				}
			}
		})
		left := count(t, d.Raw(t), `SELECT COUNT(*) FROM outbox`)
		if int(sent.Load())+left != 50 {
			t.Fatalf("round %d: %d sent and %d left, want 50", round, sent.Load(), left)
		}
		for _, p := range claim(t, dbs[0], start.Add(time.Second), left) {
			if err := dbs[0].Outbox().Sent(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func oldLetters(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	letters(t, db, 2)
	got := claim(t, db, start.Add(time.Second), 2)
	if err := db.Outbox().GiveUp(t.Context(), got[0], start.Add(time.Second), "recipient refused"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{29 * 24 * time.Hour, 2}, {31 * 24 * time.Hour, 1}} {
		if err := db.Prune(t.Context(), start.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, raw, `SELECT COUNT(*) FROM outbox`); n != step.want {
			t.Errorf("after %v: %d letters, want %d", step.after, n, step.want)
		}
	}
}
