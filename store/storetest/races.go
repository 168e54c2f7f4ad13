package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

const rounds = 20

// replicas opens n stores on the database.
func replicas(t *testing.T, d Database, n int) []*store.DB {
	dbs := make([]*store.DB, n)
	for i := range dbs {
		dbs[i] = d.Open(t, store.Options{})
	}
	return dbs
}

func rotationRace(t *testing.T, d Database) {
	const callers = 50
	dbs := replicas(t, d, 2)
	a := add(t, dbs[0], "alice")
	t.Run("T-21 of 50 at once one moves the generation and all get the same", func(t *testing.T) {
		for round := range rounds {
			s := signIn(t, dbs[0], a)
			got := make([]result, callers)
			together(callers, func(i int) { got[i] = rotate(t, dbs[i%2], use(s, 1, 5*time.Minute)) })
			var fresh, due int
			for _, r := range got {
				if r.Err != nil || r.Generation != 2 {
					t.Fatalf("round %d: got %+v, want generation 2", round, r)
				}
				if r.Fresh {
					fresh++
				}
				if r.RecheckDue {
					due++
				}
			}
			if fresh != 1 || due != 1 {
				t.Errorf("round %d: %d fresh and %d to recheck, want 1 and 1", round, fresh, due)
			}
		}
	})
	t.Run("T-21 without a grace one gets it and the others nothing", func(t *testing.T) {
		for round := range rounds {
			s := signIn(t, dbs[0], a)
			got := make([]result, callers)
			together(callers, func(i int) {
				r := use(s, 1, time.Minute)
				r.Grace = 0
				got[i] = rotate(t, dbs[i%2], r)
			})
			var fresh int
			for _, r := range got {
				switch r {
				case result{2, true, false, nil}:
					fresh++
				case result{Err: sessions.ErrNotFound}:
				default:
					t.Errorf("round %d: got %+v", round, r)
				}
			}
			if fresh != 1 {
				t.Errorf("round %d: %d got the next generation, want 1", round, fresh)
			}
		}
	})
}

func revocationRace(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	a := add(t, dbs[0], "alice")
	t.Run("T-24 after an end nothing rotates, whatever ran beside it", func(t *testing.T) {
		for round := range 10 * rounds {
			s := signIn(t, dbs[0], a)
			together(6, func(i int) {
				if i != 0 {
					rotate(t, dbs[i%2], use(s, 1, time.Minute))
					return
				}
				if _, err := dbs[0].Sessions().End(t.Context(), s.ID, "logout", start.Add(time.Minute)); err != nil {
					t.Error(err)
				}
				if _, _, err := dbs[1].Sessions().Find(t.Context(), s.ID, start.Add(time.Minute)); !errors.Is(err, sessions.ErrNotFound) {
					t.Errorf("round %d: right after the end: got %v, want ErrNotFound", round, err)
				}
			})
			for g := range int64(3) {
				wantResult(t, "afterwards", rotate(t, dbs[1], use(s, g, time.Minute)), result{Err: sessions.ErrNotFound})
			}
		}
	})
}

// epochRace: a session that starts while the password changes is refused or
// ended, never left alive.
func epochRace(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	t.Run("S-12 no session of an older epoch outlives its change", func(t *testing.T) {
		for round := range 3 * rounds {
			a := add(t, dbs[0], label(round))
			together(12, func(i int) {
				if i != 0 {
					err := dbs[i%2].Sessions().Start(t.Context(), session(t, a), a.Epoch)
					if err != nil && !errors.Is(err, broker.ErrStale) {
						t.Errorf("start: %v", err)
					}
					return
				}
				if err := dbs[0].Directory().SetPassword(t.Context(), a.ID, "new"); err != nil {
					t.Errorf("set password: %v", err)
				}
				if _, err := dbs[0].Sessions().EndAll(t.Context(), broker.EndAll{AccountID: a.ID, Reason: "password", Now: start}); err != nil {
					t.Errorf("end all: %v", err)
				}
			})
			live, err := dbs[0].Directory().LiveSessions(t.Context(), a.ID, start)
			if err != nil || len(live) != 0 {
				t.Errorf("round %d: %d sessions are alive, %v", round, len(live), err)
			}
		}
	})
}

func onceRace(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	t.Run("S-11 of many that take a flow one gets it", func(t *testing.T) {
		for round := range rounds {
			f := sessions.Flow{Key: label(round), Provider: "corp", Expires: start.Add(time.Minute)}
			if err := dbs[0].Flows().PutFlow(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			once(t, 20, sessions.ErrNotFound, func(i int) error {
				_, err := dbs[i%2].Flows().TakeFlow(t.Context(), f.Key, start)
				return err
			})
		}
	})
	t.Run("S-11 of many that end a session one did", func(t *testing.T) {
		a := add(t, dbs[0], "alice")
		for range rounds {
			s := signIn(t, dbs[0], a)
			once(t, 20, sessions.ErrNotFound, func(i int) error {
				ended, err := dbs[i%2].Sessions().End(t.Context(), s.ID, "logout", start)
				if err == nil && !ended {
					err = sessions.ErrNotFound
				}
				return err
			})
		}
	})
	t.Run("S-11 of many that add an identity one does", func(t *testing.T) {
		for round := range rounds {
			once(t, 10, broker.ErrTaken, func(i int) error {
				a := person(label(100*round + i))
				id := broker.LinkedIdentity{Provider: "corp", Subject: label(round), Seen: start}
				return dbs[i%2].Accounts().Create(t.Context(), broker.Newcomer{Account: a, Identity: &id})
			})
		}
	})
}

// once runs f n times at once and wants one success, and loser otherwise.
func once(t *testing.T, n int, loser error, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	together(n, func(i int) { errs[i] = f(i) })
	var won int
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, loser):
			t.Errorf("got %v, want %v", err, loser)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d succeeded, want 1", won, n)
	}
}

// crossing: two accounts that want each other's names wait for one another, and
// one of them may have to start again.
func crossing(t *testing.T, d Database) {
	dbs := replicas(t, d, 2)
	people := []broker.Account{add(t, dbs[0], "alice"), add(t, dbs[0], "bob")}
	t.Run("changes that cross end with a name for one, and with no other error", func(t *testing.T) {
		for round := range rounds {
			together(8, func(i int) {
				a := people[i%2]
				a.Username, a.Email = label(i%3), label((i+round)%3)+"@example.org"
				if err := save(t.Context(), dbs[i/2%2], a, nil); err != nil && !errors.Is(err, broker.ErrTaken) {
					t.Errorf("round %d: got %v, want nil or ErrTaken", round, err)
				}
			})
			for _, p := range people {
				a, err := dbs[0].Directory().Account(t.Context(), p.ID)
				if err != nil {
					t.Fatal(err)
				}
				if found, err := dbs[1].Directory().Account(t.Context(), a.Username); err != nil || found.ID != p.ID {
					t.Errorf("round %d: the name %q leads to %q, %v, want %q", round, a.Username, found.ID, err, p.ID)
				}
			}
		}
	})
}
