package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
)

func attempt(login string) broker.Attempt {
	return broker.Attempt{
		Provider: "local", Login: login, Now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Lockout: broker.Lockout{Attempts: 100_000, Window: time.Hour, Duration: time.Hour},
	}
}

// enter runs n attempts of a name at once and returns their errors.
func enter(ctx context.Context, db *store.DB, n int, login string) []error {
	errs := make([]error, n)
	var over sync.WaitGroup
	for i := range n {
		over.Go(func() { _, errs[i] = db.Accounts().Enter(ctx, attempt(login)) })
	}
	over.Wait()
	return errs
}

// working wants calls to work within a bounded number of tries: connections
// that died are found out one by one.
func working(t *testing.T, db *store.DB) {
	t.Helper()
	var err error
	for range 50 {
		if err = db.Ping(t.Context()); err == nil {
			return
		}
		if !errors.Is(err, broker.ErrStoreDown) {
			t.Fatalf("got %v, want ErrStoreDown", err)
		}
	}
	t.Errorf("still: %v", err)
}

func TestS01TheServerIsGone(t *testing.T) {
	dsn, server := parts.Postgres(t, parts.PostgresOptions{Durable: true})
	db := open(t, dsn, store.Options{})
	for _, err := range enter(t.Context(), db, 20, "alice") { // opens connections that will die
		if err != nil {
			t.Fatal(err)
		}
	}
	server.Kill(t)
	t.Run("S-01 every call says that the store is down", func(t *testing.T) {
		for _, err := range enter(t.Context(), db, 50, "alice") {
			if !errors.Is(err, broker.ErrStoreDown) {
				t.Errorf("enter: got %v, want ErrStoreDown", err)
			}
		}
		if err := db.Ping(t.Context()); !errors.Is(err, broker.ErrStoreDown) {
			t.Errorf("ping: got %v, want ErrStoreDown", err)
		}
		if _, _, err := db.Accounts().ByIdentity(t.Context(), "corp", "x"); !errors.Is(err, broker.ErrStoreDown) {
			t.Errorf("find: got %v, want ErrStoreDown", err)
		}
	})
	t.Run("K-01 an error does not tell the password", func(t *testing.T) {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		_, opening := postgres.Open(t.Context(), dsn, store.Options{})
		for _, err := range []error{db.Ping(t.Context()), opening} {
			if err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("got %v", err)
			}
		}
	})
	server.Start(t)
	t.Run("S-01 it works again without a restart, and nothing acknowledged is lost", func(t *testing.T) {
		working(t, db)
		var tries int
		if err := raw(t, dsn).QueryRowContext(t.Context(), `SELECT tries FROM attempts`).Scan(&tries); err != nil || tries != 20 {
			t.Errorf("got %d tries, %v, want 20", tries, err)
		}
	})
}

func TestS10ConnectionsAreCutUnderLoad(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	db, admin := open(t, dsn, store.Options{}), raw(t, dsn)
	const rounds, callers = 20, 40
	var acknowledged, failed atomic.Int64
	for range rounds {
		var over sync.WaitGroup
		over.Go(func() {
			_, err := admin.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			if err != nil {
				t.Error(err)
			}
		})
		over.Go(func() {
			for _, err := range enter(t.Context(), db, callers, "alice") {
				switch {
				case err == nil:
					acknowledged.Add(1)
				case errors.Is(err, broker.ErrStoreDown):
					failed.Add(1)
				default:
					t.Errorf("got %v, want nil or ErrStoreDown", err)
				}
			}
		})
		over.Wait()
	}
	working(t, db)
	var tries int64
	if err := admin.QueryRowContext(t.Context(), `SELECT tries FROM attempts`).Scan(&tries); err != nil {
		t.Fatal(err)
	}
	// One that failed may have been committed before its answer was lost.
	if got := acknowledged.Load(); tries < got || tries > got+failed.Load() {
		t.Errorf("%d tries are stored, want %d acknowledged and at most %d more", tries, got, failed.Load())
	}
}

func TestS08ADatabaseThatStallsIsNotWaitedFor(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	between := stall(t, dsn)
	db := open(t, between.dsn+"&pool_max_conns=4", store.Options{})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	between.stalled.Store(true)
	t.Run("S-08 every call of many ends by itself and says so", func(t *testing.T) {
		for _, err := range enter(t.Context(), db, 200, "alice") {
			if !errors.Is(err, broker.ErrStoreDown) {
				t.Errorf("got %v, want ErrStoreDown", err)
			}
		}
	})
	t.Run("S-08 nobody waits any more afterwards", func(t *testing.T) {
		if s := db.Stats(); s.Callers != 0 {
			t.Errorf("%d callers wait", s.Callers)
		}
		if now := runtime.NumGoroutine(); now > before+50 {
			t.Errorf("%d goroutines, %d before", now, before)
		}
	})
	t.Run("S-08 it works again when the database does", func(t *testing.T) {
		between.cut()
		working(t, db)
	})
	t.Run("S-08 a caller beyond the queue is refused at once", func(t *testing.T) {
		between.stalled.Store(true)
		defer between.cut()
		var over, refused atomic.Int64
		var all sync.WaitGroup
		for range 1200 {
			all.Go(func() {
				err := db.Ping(t.Context())
				over.Add(1)
				if err != nil && strings.Contains(err.Error(), "too many callers") {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if refused.Load() < 200 {
			t.Errorf("%d of %d were refused at once, want at least 200", refused.Load(), over.Load())
		}
	})
}

func TestConflictsAreTriedAgain(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	for code, passes := range map[string]bool{"40001": true, "40P01": true, "22000": false} {
		t.Run(code, func(t *testing.T) {
			left := 3
			conflict := &pgconn.PgError{Code: code}
			db := open(t, dsn, store.Options{Fail: func(context.Context, string) error {
				if left--; left < 0 {
					return nil
				}
				return conflict
			}})
			_, err := db.Accounts().Enter(t.Context(), attempt(code))
			if passes && err != nil {
				t.Errorf("a conflict that passes: got %v, want nil", err)
			}
			if !passes && (!errors.Is(err, conflict) || errors.Is(err, broker.ErrStoreDown)) {
				t.Errorf("a defect: got %v, want it at once", err)
			}
			left = 1000
			if _, err := db.Accounts().Enter(t.Context(), attempt(code)); passes && !errors.Is(err, broker.ErrStoreDown) {
				t.Errorf("a conflict that stays: got %v, want ErrStoreDown", err)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	for name, dsn := range map[string]string{
		"the simple protocol, which pastes values": "postgres://u:hidden@127.0.0.1:1/d?default_query_exec_mode=simple_protocol",
		"a malformed address":                      "postgres://u:hidden@127.0.0.1:port/d",
		"a server that is not there":               "postgres://u:hidden@127.0.0.1:1/d?sslmode=disable",
	} {
		t.Run(name+" is refused without telling the password", func(t *testing.T) {
			db, err := postgres.Open(t.Context(), dsn, store.Options{})
			if err == nil {
				t.Fatal(errors.Join(errors.New("it opened"), db.Close()))
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("got %v", err)
			}
		})
	}
}
