package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // opened without a store
	_ "modernc.org/sqlite"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }

// TestPlans: what is asked per person costs the same with a thousand accounts
// and with ten million, because every table is entered by an index.
func TestPlans(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "signet.db")
		raw := migrated(t, "sqlite", path, func() (*store.DB, error) { return sqlite.Open(t.Context(), path, store.Options{}) })
		for _, s := range store.Statements() {
			t.Run(s.Name+" scans no table", func(t *testing.T) {
				steps := ask(t, raw, "EXPLAIN QUERY PLAN "+s.Text, make([]any, highest(s.Text))...)
				noStep(t, steps, "SCAN ")
				noStep(t, steps, "(provider=?)") // everybody of a provider
			})
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := parts.SharedPostgres(t)
		raw := migrated(t, "pgx", dsn, func() (*store.DB, error) { return postgres.Open(t.Context(), dsn, store.Options{}) })
		// An empty table is best scanned, so that has to look very dear.
		for _, setting := range []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"} {
			ask(t, raw, "SET "+setting)
		}
		for i, s := range store.Statements() {
			t.Run(s.Name+" scans no table", func(t *testing.T) {
				ask(t, raw, fmt.Sprintf("PREPARE p%d AS %s", i, s.Text))
				arguments := strings.TrimSuffix(strings.Repeat("NULL,", highest(s.Text)), ",")
				if arguments != "" {
					arguments = "(" + arguments + ")"
				}
				noStep(t, ask(t, raw, fmt.Sprintf("EXPLAIN EXECUTE p%d%s", i, arguments)), "Seq Scan")
			})
		}
	})
}

// migrated opens a database without its store, after the store has made it.
func migrated(t *testing.T, driver, address string, open func() (*store.DB, error)) *sql.DB {
	t.Helper()
	db, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// highest is the number of a statement's values.
func highest(text string) int {
	for n := 30; n > 0; n-- {
		if strings.Contains(text, fmt.Sprintf("$%d", n)) {
			return n
		}
	}
	return 0
}

// ask returns the last column of every row.
func ask(t *testing.T, raw *sql.DB, text string, values ...any) (out []string) {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), text, values...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(string)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		out = append(out, *row[len(row)-1].(*string))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// noStep wants no step of a plan to contain bad. The one row of counters may be
// scanned, and what a question in brackets, called counted, has found, as can a
// count of that.
func noStep(t *testing.T, steps []string, bad string) {
	t.Helper()
	for _, step := range steps {
		if strings.Contains(step, bad) && !strings.Contains(step, "counters") && step != "SCAN counted" && !strings.HasPrefix(step, "SCAN (subquery-") {
			t.Errorf("got the step %q of\n%s", step, strings.Join(steps, "\n"))
		}
	}
}
