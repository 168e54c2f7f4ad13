package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // opened without a store

	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

// TestPlans: what is asked per person costs the same with a thousand accounts
// and with ten million, because every table is entered by an index.
func TestPlans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signet.db")
	db, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	for _, s := range store.Statements() {
		t.Run(s.Name+" scans no table", func(t *testing.T) {
			for _, step := range plan(t, raw, s.Text) {
				if strings.HasPrefix(step, "SCAN ") && step != "SCAN counters" {
					t.Errorf("got the step %q", step)
				}
			}
		})
	}
}

func plan(t *testing.T, raw *sql.DB, text string) (steps []string) {
	t.Helper()
	values := make([]any, strings.Count(text, "$"))
	rows, err := raw.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, values...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
