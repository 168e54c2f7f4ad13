package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store"
)

// amend does one amendment that changes nothing of the account itself.
func amend(t testing.TB, db *store.DB, a broker.Account, d broker.Deed) error {
	t.Helper()
	_, err := db.Members().Amend(t.Context(), broker.Amendment{
		AccountID: a.ID, Now: start, Change: func(*broker.Account, broker.Ticket) (broker.Deed, error) { return d, nil },
	})
	return err
}

// ticket is one of an account that lasts an hour.
func ticket(a broker.Account, p broker.Purpose, hash string) *broker.Ticket {
	return &broker.Ticket{Hash: hash, Purpose: p, AccountID: a.ID, Email: a.Email, Expires: start.Add(time.Hour)}
}

// redeem uses a ticket after so long, and says what came of it.
func redeem(t testing.TB, db *store.DB, p broker.Purpose, hash string, after time.Duration) error {
	t.Helper()
	_, err := db.Members().Amend(t.Context(), broker.Amendment{
		Ticket: hash, Purpose: p, Now: start.Add(after),
		Change: func(a *broker.Account, _ broker.Ticket) (broker.Deed, error) {
			a.Name += "!"
			return broker.Deed{}, nil
		},
	})
	return err
}

func tickets(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	issue := func(t *testing.T, a broker.Account, p broker.Purpose, hash string) {
		t.Helper()
		if err := amend(t, db, a, broker.Deed{Issue: ticket(a, p, hash)}); err != nil {
			t.Fatal(err)
		}
	}
	dead := func(t *testing.T, p broker.Purpose, hash string, after time.Duration) {
		t.Helper()
		if err := redeem(t, db, p, hash, after); !errors.Is(err, broker.ErrTicket) {
			t.Errorf("%s: got %v, want ErrTicket", hash, err)
		}
		if _, _, err := db.Members().Ticket(t.Context(), hash, p, start.Add(after)); !errors.Is(err, broker.ErrTicket) {
			t.Errorf("looking at %s: got %v, want ErrTicket", hash, err)
		}
	}
	t.Run("P-12 a ticket works once, and looking at it uses up nothing", func(t *testing.T) {
		a := add(t, db, "once")
		issue(t, a, broker.PurposeReset, "h1")
		for range 3 {
			got, who, err := db.Members().Ticket(t.Context(), "h1", broker.PurposeReset, start)
			if err != nil || who.ID != a.ID || got.Email != a.Email || !got.Expires.Equal(start.Add(time.Hour)) {
				t.Fatalf("got %+v of %q, %v", got, who.ID, err)
			}
		}
		if err := redeem(t, db, broker.PurposeReset, "h1", 0); err != nil {
			t.Fatal(err)
		}
		dead(t, broker.PurposeReset, "h1", 0)
		if got, err := db.Directory().Account(t.Context(), a.ID); err != nil || got.Name != a.Name+"!" {
			t.Errorf("name: got %q, %v", got.Name, err)
		}
	})
	t.Run("a ticket is good for its purpose only", func(t *testing.T) {
		issue(t, add(t, db, "purpose"), broker.PurposeConfirm, "h2")
		dead(t, broker.PurposeReset, "h2", 0)
		dead(t, broker.PurposeEmail, "h2", 0)
		if err := redeem(t, db, broker.PurposeConfirm, "h2", 0); err != nil {
			t.Error(err)
		}
	})
	t.Run("P-13 it works to the last millisecond and not at its end", func(t *testing.T) {
		a := add(t, db, "expiry")
		issue(t, a, broker.PurposeReset, "h3")
		dead(t, broker.PurposeReset, "h3", time.Hour)
		dead(t, broker.PurposeReset, "h3", time.Hour+time.Millisecond)
		if err := redeem(t, db, broker.PurposeReset, "h3", time.Hour-time.Millisecond); err != nil {
			t.Error(err)
		}
	})
	t.Run("P-14 a newer one replaces it", func(t *testing.T) {
		a := add(t, db, "newer")
		issue(t, a, broker.PurposeReset, "h4")
		issue(t, a, broker.PurposeReset, "h5")
		dead(t, broker.PurposeReset, "h4", 0)
		if err := redeem(t, db, broker.PurposeReset, "h5", 0); err != nil {
			t.Error(err)
		}
	})
	for name, change := range map[string]func(t *testing.T, a broker.Account) error{
		"P-14 another password kills it": func(t *testing.T, a broker.Account) error {
			return db.Directory().SetPassword(t.Context(), a.ID, "another")
		},
		"P-14 a password by a ticket kills it": func(t *testing.T, a broker.Account) error {
			hash := "by ticket"
			return amend(t, db, a, broker.Deed{Password: &hash})
		},
		"P-14 a deed that renews kills it": func(t *testing.T, a broker.Account) error {
			return amend(t, db, a, broker.Deed{Renew: true})
		},
		"a suspension kills it": func(t *testing.T, a broker.Account) error {
			_, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Status = broker.Suspended; return nil })
			return err
		},
		"P-14 another address kills it": func(t *testing.T, a broker.Account) error {
			_, err := edit(t.Context(), db, a.ID, func(a *broker.Account) error { a.Email = "new-" + a.Email; return nil })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := add(t, db, "killed"+uuid.NewString()[:8])
			issue(t, a, broker.PurposeReset, "k"+a.ID)
			if err := change(t, a); err != nil {
				t.Fatal(err)
			}
			dead(t, broker.PurposeReset, "k"+a.ID, 0)
		})
	}
	t.Run("a refusal by the change leaves the ticket as it was", func(t *testing.T) {
		a := add(t, db, "kept")
		issue(t, a, broker.PurposeReset, "h6")
		no := errors.New("no")
		_, err := db.Members().Amend(t.Context(), broker.Amendment{
			Ticket: "h6", Purpose: broker.PurposeReset, Now: start,
			Change: func(*broker.Account, broker.Ticket) (broker.Deed, error) { return broker.Deed{}, no },
		})
		if !errors.Is(err, no) {
			t.Errorf("got %v, want its own error", err)
		}
		if err := redeem(t, db, broker.PurposeReset, "h6", 0); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	t.Run("P-11 no value of the table is a token", func(t *testing.T) {
		issue(t, add(t, db, "dumped"), broker.PurposeReset, "stored-hash")
		dead(t, broker.PurposeReset, "dumped", 0)
	})
}

// ticketRace is P-12 on two replicas.
func ticketRace(t *testing.T, d Database) {
	dbs := []*store.DB{d.Open(t, store.Options{}), d.Open(t, store.Options{})}
	for round := range 10 {
		a := add(t, dbs[0], label(round))
		if err := amend(t, dbs[0], a, broker.Deed{Issue: ticket(a, broker.PurposeReset, "r"+a.ID)}); err != nil {
			t.Fatal(err)
		}
		var good, bad, other atomic.Int32
		together(50, func(i int) {
			switch err := redeem(t, dbs[i%2], broker.PurposeReset, "r"+a.ID, 0); {
			case err == nil:
				good.Add(1)
			case errors.Is(err, broker.ErrTicket):
				bad.Add(1)
			default:
				other.Add(1)
				t.Log(err)
			}
		})
		if good.Load() != 1 || bad.Load() != 49 {
			t.Fatalf("round %d: %d times used, %d refused, %d else; want 1, 49, 0", round, good.Load(), bad.Load(), other.Load())
		}
		if got, err := dbs[1].Directory().Account(t.Context(), a.ID); err != nil || got.Name != a.Name+"!" {
			t.Fatalf("round %d: name %q, %v", round, got.Name, err)
		}
	}
}
