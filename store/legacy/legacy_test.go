package legacy_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	_ "github.com/jackc/pgx/v5/stdlib" // opened without what only reads
	_ "modernc.org/sqlite"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/legacytest"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// old is an old system's database, to fill and to read.
type old struct {
	legacytest.Old
	source legacy.Source
}

var engines = map[string]func(t *testing.T) old{"PostgreSQL": oldPostgres, "SQLite": oldSQLite}

func oldPostgres(t *testing.T) old {
	t.Helper()
	dsn := parts.SharedPostgres(t)
	foreign, err := postgres.OpenForeign(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = foreign.Close() })
	return old{legacytest.Old{DB: openRaw(t, "pgx", dsn), Postgres: true}, legacy.Source{DB: foreign, Postgres: true}}
}

func oldSQLite(t *testing.T) old {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	raw := openRaw(t, "sqlite", path)
	if err := raw.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), `PRAGMA user_version = 1`); err != nil { // makes the file
		t.Fatal(err)
	}
	foreign, err := sqlite.OpenForeign(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = foreign.Close() })
	return old{legacytest.Old{DB: raw}, legacy.Source{DB: foreign}}
}

func openRaw(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// reader is one of the package's functions.
type reader func(context.Context, legacy.Source, legacy.Options) (*legacy.People, error)

// readAll reads everybody, by what their row is called, and faults as
// "row field: advice".
func (o old) readAll(t *testing.T, read reader, with legacy.Options) (people map[string]broker.ImportedPerson, faults []string, deleted int64) {
	t.Helper()
	if with.Opens == nil {
		with.Opens = func(_ context.Context, password, hash string) bool { return hash == "hash of "+password }
	}
	all, err := read(t.Context(), o.source, with)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	}()
	people = map[string]broker.ImportedPerson{}
	for place := 1; ; place++ {
		p, fault, err := all.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return people, faults, all.Deleted
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Place != place || p.Row == "" {
			t.Errorf("got place %d and row %q, want place %d", p.Place, p.Row, place)
		}
		if fault != nil {
			faults = append(faults, p.Row+" "+fault.Field+": "+fault.Advice)
			continue
		}
		people[p.Row] = p
	}
}

// same compares people but for their place.
func same(t *testing.T, want, got map[string]broker.ImportedPerson) {
	t.Helper()
	o := cmp.Options{
		cmpopts.IgnoreFields(broker.ImportedPerson{}, "Place", "Row"), cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b string) bool { return a < b }),
		cmp.Transformer("UTC", func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }),
	}
	if diff := cmp.Diff(want, got, o); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

const (
	alice = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0001"
	bob   = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0002"
	carol = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0003"
	dave  = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0004"
	erin  = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0005"
	frank = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0006"
	g1    = "2b0c3f52-7d7e-4c57-9a39-6d0f6a4b0001"
	g2    = "2b0c3f52-7d7e-4c57-9a39-6d0f6a4b0002"
	g3    = "2b0c3f52-7d7e-4c57-9a39-6d0f6a4b0003"
)

// nobody is what an empty table gives.
func TestAnEmptyTableHasNobody(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.Make(t, legacytest.Authserver)
			if people, faults, _ := o.readAll(t, legacy.Authserver, legacy.Options{}); len(people)+len(faults) > 0 {
				t.Errorf("got %v and %v", people, faults)
			}
		})
	}
}

func TestTablesThatAreNotThereAreNamed(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.Make(t, `CREATE TABLE users (id {uuid}, username TEXT, email TEXT); CREATE TABLE elsewhere (a TEXT)`)
			for _, c := range []struct {
				read reader
				want []string
			}{
				{legacy.Papermerge, []string{"looked for users (id, username, email, password, is_superuser) or core_user (", "users (without password, is_superuser)", "elsewhere"}},
				{legacy.Directus, []string{"looked for directus_users (id, email, password, status, role); found", "elsewhere"}},
				{legacy.Authserver, []string{"looked for user (id, email, hashed_password) or users (", "users (without hashed_password)"}},
			} {
				_, err := c.read(t.Context(), o.source, legacy.Options{})
				if !errors.Is(err, legacy.ErrNotThere) {
					t.Errorf("got %v, want ErrNotThere", err)
					continue
				}
				for _, part := range c.want {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("got %v, want %q in it", err, part)
					}
				}
			}
		})
	}
}

func TestTheSchemaIsFound(t *testing.T) {
	make := func(t *testing.T, schemas ...string) old {
		o := oldPostgres(t)
		for _, s := range schemas {
			o.Exec(t, `CREATE SCHEMA IF NOT EXISTS "`+s+`"`)
			o.Exec(t, `CREATE TABLE "`+s+`"."user" (id INT, email TEXT, hashed_password TEXT)`)
			o.Exec(t, `INSERT INTO "`+s+`"."user" VALUES (1, $1, 'h')`, s+"@example.org")
		}
		return o
	}
	for _, c := range []struct {
		name    string
		schemas []string
		asked   string
		want    string // address, or part of the error
	}{
		{"the only one that has the tables", []string{`auth "x"`}, "", `auth "x"@example.org`},
		{"the one that is asked for", []string{"a", "b"}, "b", "b@example.org"},
		{"the one on the search path", []string{"a", "public"}, "", "public@example.org"},
		{"none of several is guessed", []string{"a", "b"}, "", "the tables are in several schemas: a, b; choose one with --schema"},
		{"one that is asked for and has none", []string{"a"}, "b", "looked in the schema b for user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := make(t, strings.Split(strings.ReplaceAll(strings.Join(c.schemas, "\n"), `"`, `""`), "\n")...)
			o.source.Schema = c.asked
			all, err := legacy.Authserver(t.Context(), o.source, legacy.Options{})
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			defer func() { _ = all.Close() }()
			if p, _, err := all.Next(t.Context()); err != nil || strings.ReplaceAll(p.Email, `""`, `"`) != c.want {
				t.Errorf("got %q, %v; want %s", p.Email, err, c.want)
			}
		})
	}
}

func TestOneMomentIsReadAndNothingWritten(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			if !o.Postgres {
				o.Exec(t, `PRAGMA journal_mode = WAL`) // else who reads keeps others from writing
			}
			o.Make(t, legacytest.Authserver)
			for _, address := range []string{"a@example.org", "b@example.org"} {
				o.Insert(t, "user", "email", address, "hashed_password", "h")
			}
			all, err := legacy.Authserver(t.Context(), o.source, legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			o.Exec(t, `UPDATE "user" SET email = 'late' || id`)
			o.Insert(t, "user", "email", "c@example.org", "hashed_password", "h")
			var got []string
			for {
				p, _, err := all.Next(t.Context())
				if err != nil {
					break
				}
				got = append(got, p.Email)
			}
			if diff := cmp.Diff([]string{"a@example.org", "b@example.org"}, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			if err := all.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := o.source.DB.ExecContext(t.Context(), `DELETE FROM "user"`); err == nil {
				t.Error("what is read can be written to")
			}
		})
	}
}

func TestAllQuestionsAreAskedOfOneMoment(t *testing.T) {
	o := oldPostgres(t)
	o.Exec(t, `CREATE VIEW users AS SELECT 1 AS id, '' AS hashed_password,
		current_setting('transaction_isolation') || ', read only ' || current_setting('transaction_read_only') || ', ' || current_setting('statement_timeout') AS email`)
	got, _, _ := o.readAll(t, legacy.Authserver, legacy.Options{})
	if said := got["users 1"].Email; said != "repeatable read, read only on, 0" {
		t.Errorf("got %s", said)
	}
}
