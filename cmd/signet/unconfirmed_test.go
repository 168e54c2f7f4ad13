package main

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

// gone are the accounts that were recorded as removed.
type gone struct {
	mu  sync.Mutex
	ids []string
}

func (g *gone) Record(_ context.Context, e broker.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.Name == broker.EventAccountGone && e.Reason == "unconfirmed" {
		g.ids = append(g.ids, e.AccountID)
	}
}

// purger is as much of a server as the job needs, over a database file.
func purger(t *testing.T, path string, record broker.Auditor) *server {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	sealer, err := token.NewSealer([]byte("Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.New(broker.Config{Sealer: sealer, Audit: record, Now: time.Now, Random: rand.Reader}, broker.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return &server{
		app:    &app{db: db, broker: b},
		config: &config.Config{Registration: config.Registration{UnconfirmedRemoval: 31 * 24 * time.Hour}},
	}
}

func TestUnconfirmedRegistrationsGoOnSchedule(t *testing.T) {
	record := &gone{}
	path := filepath.Join(t.TempDir(), "signet.db")
	replicas := []*server{purger(t, path, record), purger(t, path, record)}
	five, err := cron.ParseStandard("0 5 * * *")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	add := func(id string, created time.Time) {
		t.Helper()
		err := replicas[0].db.Accounts().Create(t.Context(), broker.Newcomer{Account: broker.Account{
			ID: id, Status: broker.Unconfirmed, Email: id + "@example.org", Epoch: 1, Created: created, Updated: created,
		}, PasswordHash: "h"})
		if err != nil {
			t.Fatal(err)
		}
	}
	run := func(now time.Time) int {
		t.Helper()
		before := len(record.ids)
		var over sync.WaitGroup
		for _, s := range replicas {
			over.Go(func() {
				if err := s.removeUnconfirmedAt(t.Context(), five, noon, now); err != nil {
					t.Error(err)
				}
			})
		}
		over.Wait()
		return len(record.ids) - before
	}
	add("old", noon.Add(-32*24*time.Hour))
	add("young", noon.Add(-29*24*time.Hour))
	for _, c := range []struct {
		what string
		now  time.Time
		want int
	}{
		{"before its time nothing happens", noon.Add(time.Hour), 0},
		{"at its time the old one goes, once for two replicas", noon.Add(17 * time.Hour), 1},
		{"the same morning nothing more", noon.Add(18 * time.Hour), 0},
		{"after days without a server the times that passed are one", noon.Add(5 * 24 * time.Hour), 1},
	} {
		if got := run(c.now); got != c.want {
			t.Errorf("%s: removed %d, want %d", c.what, got, c.want)
		}
	}
	ran, err := replicas[0].db.Members().JobRan(t.Context(), jobUnconfirmed)
	if want := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC); err != nil || !ran.Equal(want) {
		t.Errorf("it ran for %v, %v; want %v", ran, err, want)
	}
}
