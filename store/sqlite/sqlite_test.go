package sqlite_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database {
		return database(filepath.Join(t.TempDir(), "signet.db"))
	})
}

// database is the one in the file at path.
func database(path string) storetest.Database {
	return storetest.Database{
		Open: func(t testing.TB, o store.Options) *store.DB { return open(t, path, o) },
		Try: func(t testing.TB, o store.Options) error {
			db, err := sqlite.Open(t.Context(), path, o)
			if err != nil {
				return err
			}
			return db.Close()
		},
		Raw: func(t testing.TB) *sql.DB { return raw(t, path) },
	}
}

func open(t testing.TB, path string, o store.Options) *store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// raw opens the file as another program would.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(2000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAsIsMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "signet.db")
	t.Run("a file that is not there is not made", func(t *testing.T) {
		if _, err := sqlite.Open(t.Context(), path, store.Options{AsIs: true}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want fs.ErrNotExist", err)
		}
		if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its folder: got %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("an empty file is no database that is up to date", func(t *testing.T) {
		empty := filepath.Join(t.TempDir(), "empty.db")
		if err := os.WriteFile(empty, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), empty, store.Options{AsIs: true}); !errors.Is(err, store.ErrOlderSchema) {
			t.Errorf("got %v, want ErrOlderSchema", err)
		}
	})
}
