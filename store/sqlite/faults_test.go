package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func attempt(login string) broker.Attempt {
	return broker.Attempt{
		Provider: "local", Login: login, Now: noon,
		Lockout: broker.Lockout{Attempts: 1000, Window: time.Hour, Duration: time.Hour},
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

func TestS07AnotherProgramHoldsTheFile(t *testing.T) {
	const callers = 100
	path := filepath.Join(t.TempDir(), "signet.db")
	db := open(t, path, store.Options{})
	other, err := raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	statement := func(text string) {
		t.Helper()
		if _, err := other.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	statement("BEGIN IMMEDIATE")
	t.Run("S-07 every change waits for a bounded time and then says that the store is down", func(t *testing.T) {
		for _, err := range enter(t.Context(), db, callers, "alice") {
			if !errors.Is(err, broker.ErrStoreDown) {
				t.Errorf("got %v, want ErrStoreDown", err)
			}
		}
	})
	t.Run("S-07 so does a transaction, and a ping", func(t *testing.T) {
		a := broker.Account{ID: uuid.NewString(), Status: broker.Active, Epoch: 1}
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: a}); !errors.Is(err, broker.ErrStoreDown) {
			t.Errorf("create: got %v, want ErrStoreDown", err)
		}
		if err := db.Ping(t.Context()); !errors.Is(err, broker.ErrStoreDown) {
			t.Errorf("ping: got %v, want ErrStoreDown", err)
		}
	})
	t.Run("reading goes on", func(t *testing.T) {
		if _, err := db.Keys().KeysVersion(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("S-07 afterwards everything works and what was refused was not done", func(t *testing.T) {
		statement("ROLLBACK")
		for _, err := range enter(t.Context(), db, callers, "alice") {
			if err != nil {
				t.Error(err)
			}
		}
		var tries int
		if err := other.QueryRowContext(t.Context(), `SELECT tries FROM attempts`).Scan(&tries); err != nil || tries != callers {
			t.Errorf("got %d tries, %v, want %d", tries, err, callers)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
	})
}

func TestACallerThatGoesAway(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "signet.db"), store.Options{})
	gone, leave := context.WithCancel(t.Context())
	leave()
	t.Run("changes nothing and is told why", func(t *testing.T) {
		_, err := db.Accounts().Enter(gone, attempt("alice"))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	t.Run("takes nobody's change with it", func(t *testing.T) {
		for range 20 { // who is first in the queue differs
			leaveAmidst(t)
		}
	})
}

func leaveAmidst(t *testing.T) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	db := open(t, filepath.Join(t.TempDir(), "signet.db"), store.Options{
		Observe: func(_ context.Context, statement string) {
			if statement == "enter" {
				leave() // in the middle of the first change
			}
		},
	})
	errs := make([]error, 3)
	var over sync.WaitGroup
	held(t, db, func() {
		for i, ctx := range []context.Context{ctx, t.Context(), t.Context()} {
			over.Go(func() { _, errs[i] = db.Accounts().Enter(ctx, attempt("alice")) })
			for db.Stats().Callers != i+2 {
				runtime.Gosched() // until it waits behind the one before
			}
		}
	})
	over.Wait()
	for _, err := range errs[1:] {
		if err != nil {
			t.Errorf("somebody else: %v", err)
		}
	}
}

// held runs f while a transaction of db keeps all changes waiting.
func held(t *testing.T, db *store.DB, f func()) {
	t.Helper()
	err := db.Keys().ChangeKeys(t.Context(), func(keys []token.StoredKey) ([]token.StoredKey, error) {
		f()
		return keys, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestX15APanicInAChangeLeavesNoLock(t *testing.T) {
	angry := false
	db := open(t, filepath.Join(t.TempDir(), "signet.db"), store.Options{Observe: func(context.Context, string) {
		if angry {
			panic("on purpose")
		}
	}})
	angry = true
	if _, err := db.Accounts().Enter(t.Context(), attempt("alice")); err == nil {
		t.Error("got no error")
	}
	angry = false
	for _, err := range enter(t.Context(), db, 10, "alice") {
		if err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

func TestOneFailureInASharedTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signet.db")
	broken := errors.New("broken on purpose")
	db := open(t, path, store.Options{Fail: func(_ context.Context, statement string) error {
		if statement == "give back" {
			return broken
		}
		return nil
	}})
	const callers = 40
	good, bad := make([]error, callers), make([]error, callers)
	var over sync.WaitGroup
	for i := range callers {
		over.Go(func() { _, good[i] = db.Accounts().Enter(t.Context(), attempt("alice")) })
		over.Go(func() { bad[i] = db.Accounts().GiveBack(t.Context(), "x") })
	}
	over.Wait()
	for i := range callers {
		if good[i] != nil || !errors.Is(bad[i], broken) {
			t.Errorf("got %v and %v, want nil and the failure", good[i], bad[i])
		}
	}
	var tries int
	if err := raw(t, path).QueryRowContext(t.Context(), `SELECT tries FROM attempts`).Scan(&tries); err != nil || tries != callers {
		t.Errorf("got %d tries, %v, want %d", tries, err, callers)
	}
}

func TestFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data % ü?")
	path := filepath.Join(folder, "signet #1.db")
	db := open(t, path, store.Options{})
	if _, err := db.Accounts().Enter(t.Context(), attempt("alice")); err != nil {
		t.Fatal(err)
	}
	t.Run("K-07 only their owner reads folder, file, log and index", func(t *testing.T) {
		for name, want := range map[string]os.FileMode{folder: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s: got %o, want %o", filepath.Base(name), got, want)
			}
		}
	})
	t.Run("a folder where the file should be is an error", func(t *testing.T) {
		if _, err := sqlite.Open(t.Context(), folder, store.Options{}); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("a file that is no database is an error", func(t *testing.T) {
		text := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(text, make([]byte, 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(text, []byte("this is not a database, whatever its name says"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), text, store.Options{}); err == nil {
			t.Error("got no error")
		}
	})
}
