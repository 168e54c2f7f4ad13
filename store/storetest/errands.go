package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

func errands(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	for i := range 40 {
		e := broker.Errand{ID: label(i), Sealed: []byte{byte(i), 0, 255}, Created: start}
		if err := dbs[0].Members().PutErrand(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-dbs[0].Members().ErrandsPut():
	default:
		t.Error("nobody was told of errands that were put")
	}
	t.Run("of many at once each gets different ones, until the lease is over", func(t *testing.T) {
		for round := range 3 {
			var got [20][]broker.Errand
			now := start.Add(time.Duration(round) * time.Minute)
			together(20, func(i int) {
				var err error
				got[i], err = dbs[i%2].Members().ClaimErrands(t.Context(), now, time.Minute, 7)
				if err != nil {
					t.Error(err)
				}
			})
			seen := map[string]int{}
			for _, some := range got {
				for _, e := range some {
					seen[e.ID]++
					if e.Tries != round+1 || !e.Created.Equal(start) || len(e.Sealed) != 3 {
						t.Errorf("round %d: got %+v", round, e)
					}
				}
			}
			for id, n := range seen {
				if n != 1 {
					t.Fatalf("round %d: %s was claimed %d times", round, id, n)
				}
			}
			left, err := dbs[0].Members().ClaimErrands(t.Context(), now, time.Minute, 1000)
			if err != nil || len(seen)+len(left) != 40 {
				t.Fatalf("round %d: %d claimed and %d left, %v; want 40", round, len(seen), len(left), err)
			}
		}
	})
	t.Run("one that is dropped does not come again", func(t *testing.T) {
		if err := dbs[0].Members().DropErrand(t.Context(), label(0)); err != nil {
			t.Fatal(err)
		}
		all, err := dbs[1].Members().ClaimErrands(t.Context(), start.Add(time.Hour), time.Minute, 1000)
		if err != nil || len(all) != 39 {
			t.Errorf("got %d, %v, want 39", len(all), err)
		}
	})
}

func pendings(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	p := sessions.Pending{
		Key: "k", Browser: "b", AccountID: "a", Epoch: 3, Provider: "okta", Subject: "u1", AMR: []string{"pwd"},
		Mode: sessions.ModeCookie, ReturnTo: "/x", Upstream: []byte{0, 255}, UpstreamID: "sid", Expires: start.Add(10 * time.Minute),
	}
	if err := dbs[0].Members().PutPending(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	t.Run("it can be looked at until it expires", func(t *testing.T) {
		got, err := dbs[1].Members().Pending(t.Context(), "k", start.Add(10*time.Minute-time.Millisecond))
		if err != nil || got.Subject != "u1" || string(got.Upstream) != string(p.Upstream) || !got.Expires.Equal(p.Expires) {
			t.Errorf("got %+v, %v", got, err)
		}
		for _, after := range []time.Duration{10 * time.Minute, time.Hour} {
			if _, err := dbs[1].Members().Pending(t.Context(), "k", start.Add(after)); !errors.Is(err, sessions.ErrNotFound) {
				t.Errorf("after %v: got %v, want ErrNotFound", after, err)
			}
		}
	})
	t.Run("M-04 of many who take it one gets it", func(t *testing.T) {
		var good atomic.Int32
		together(20, func(i int) {
			if _, err := dbs[i%2].Members().TakePending(t.Context(), "k", start); err == nil {
				good.Add(1)
			} else if !errors.Is(err, sessions.ErrNotFound) {
				t.Error(err)
			}
		})
		if good.Load() != 1 {
			t.Errorf("taken %d times, want 1", good.Load())
		}
	})
}

func jobs(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	t.Run("a time of the schedule has one worker, however many replicas there are", func(t *testing.T) {
		for round := range 10 {
			due := start.Add(time.Duration(round) * time.Hour)
			var mine atomic.Int32
			together(20, func(i int) {
				got, err := dbs[i%2].Members().ClaimJob(t.Context(), "purge", due)
				if err != nil {
					t.Error(err)
				}
				if got {
					mine.Add(1)
				}
			})
			ran, err := dbs[1].Members().JobRan(t.Context(), "purge")
			if mine.Load() != 1 || err != nil || !ran.Equal(due) {
				t.Fatalf("round %d: %d workers, ran %v, %v", round, mine.Load(), ran, err)
			}
		}
	})
	t.Run("one that is confirmed at that moment stays", func(t *testing.T) {
		for round := range 20 {
			a := person(label(round))
			a.Status, a.Created = broker.Unconfirmed, start.Add(-99*24*time.Hour)
			d := broker.Deed{Issue: ticket(a, broker.PurposeConfirm, "c"+a.ID)}
			if err := dbs[0].Members().Enlist(t.Context(), broker.Newcomer{Account: a, PasswordHash: "h"}, d); err != nil {
				t.Fatal(err)
			}
			var confirmed error
			together(2, func(i int) {
				if i == 0 {
					_, confirmed = dbs[0].Members().Amend(t.Context(), broker.Amendment{
						Ticket: "c" + a.ID, Purpose: broker.PurposeConfirm, Now: start,
						Change: func(a *broker.Account, _ broker.Ticket) (broker.Deed, error) {
							a.Status = broker.Active
							return broker.Deed{}, nil
						},
					})
				} else if _, err := dbs[1].Members().RemoveUnconfirmed(t.Context(), start.Add(-31*24*time.Hour)); err != nil {
					t.Error(err)
				}
			})
			_, err := dbs[0].Directory().Account(t.Context(), a.ID)
			if (confirmed == nil) != (err == nil) {
				t.Fatalf("round %d: confirming said %v, the account %v", round, confirmed, err)
			}
		}
	})
	t.Run("registrations that nobody confirmed go at their age, and no others", func(t *testing.T) {
		for name, c := range map[string]struct {
			status broker.Status
			age    time.Duration
		}{
			"old": {broker.Unconfirmed, 31 * 24 * time.Hour}, "young": {broker.Unconfirmed, 31*24*time.Hour - time.Millisecond},
			"active": {broker.Active, 99 * 24 * time.Hour}, "invited": {broker.Invited, 99 * 24 * time.Hour}, "suspended": {broker.Suspended, 99 * 24 * time.Hour},
		} {
			a := person(name)
			a.Status, a.Created = c.status, start.Add(-c.age)
			if err := dbs[0].Accounts().Create(t.Context(), broker.Newcomer{Account: a, PasswordHash: "h"}); err != nil {
				t.Fatal(err)
			}
		}
		gone, err := dbs[0].Members().RemoveUnconfirmed(t.Context(), start.Add(-31*24*time.Hour))
		if err != nil || len(gone) != 1 {
			t.Errorf("removed %v, %v; want one", gone, err)
		}
		if _, err := dbs[0].Directory().Account(t.Context(), "old"); !errors.Is(err, broker.ErrNoAccount) {
			t.Errorf("old: got %v, want ErrNoAccount", err)
		}
		for _, name := range []string{"young", "active", "invited", "suspended"} {
			if _, err := dbs[0].Directory().Account(t.Context(), name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := dbs[0].Accounts().Create(t.Context(), broker.Newcomer{Account: person("old"), PasswordHash: "h"}); err != nil {
			t.Errorf("the name is free again: %v", err)
		}
	})
}
