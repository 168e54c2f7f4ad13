package postgres_test

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of raw

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database { return database(parts.SharedPostgres(t)) })
}

// database is the one at an address.
func database(dsn string) storetest.Database {
	return storetest.Database{
		Open: func(t testing.TB, o store.Options) *store.DB { return open(t, dsn, o) },
		Try: func(t testing.TB, o store.Options) error {
			db, err := postgres.Open(t.Context(), dsn, o)
			if err != nil {
				return err
			}
			return db.Close()
		},
		Raw: func(t testing.TB) *sql.DB { return raw(t, dsn) },
	}
}

func open(t testing.TB, dsn string, o store.Options) *store.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), dsn, o)
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

// raw opens a database as another program would.
func raw(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
