package sqlite_test

import (
	"database/sql"
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
		Try: func(t testing.TB) error {
			db, err := sqlite.Open(t.Context(), path, store.Options{})
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
