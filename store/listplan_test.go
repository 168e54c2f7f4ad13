package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/store/storetest"
)

// crowd is enough people that a planner with a choice takes an index.
const crowd = 20_000

// many are lists of many people, which nobody may sort for a page. What few are
// in, a planner may sort.
var many = map[[3]string]bool{
	{"", "", ""}: true, {"", "active", ""}: true, {"", "", "everyone"}: true, {"", "active", "everyone"}: true,
	{"example.org", "", ""}: true, {"example.org", "active", ""}: true, {"given7", "", ""}: true,
}

// engine is how one explains its plans.
type engine struct {
	explain, scan, sorting string
	keepsOrder             func(store.List) bool
}

// TestListPlans: a page of accounts is read from an index, in its order, so that
// the first page of a million costs what that of a thousand does.
func TestListPlans(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "signet.db")
		raw := migrated(t, "sqlite", path, func() (*store.DB, error) { return sqlite.Open(t.Context(), path, store.Options{}) })
		storetest.Crowd(t, raw, crowd, "CAST(%s AS BLOB)")
		listPlans(t, raw, engine{"EXPLAIN QUERY PLAN ", "SCAN ", "TEMP B-TREE", func(l store.List) bool {
			return !strings.Contains(l.Text, "a.admin = 1") // SQLite has no choice but with administrators, who are few
		}})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := parts.SharedPostgres(t)
		raw := migrated(t, "pgx", dsn, func() (*store.DB, error) { return postgres.Open(t.Context(), dsn, store.Options{}) })
		storetest.Crowd(t, raw, crowd, "CAST(%s AS BYTEA)")
		listPlans(t, raw, engine{"EXPLAIN ", "Seq Scan", "Sort", func(l store.List) bool {
			q := l.Query
			return many[[3]string{q.Search, string(q.Status), q.Group}] && (q.Admin == nil || !*q.Admin)
		}})
	})
}

func listPlans(t *testing.T, raw *sql.DB, e engine) {
	for _, l := range store.Lists(crowd) {
		q := l.Query
		name := fmt.Sprintf("search %q, status %q, group %q", q.Search, q.Status, q.Group)
		if q.Admin != nil {
			name += fmt.Sprintf(", admin %t", *q.Admin)
		}
		t.Run(name, func(t *testing.T) {
			steps := ask(t, raw, e.explain+l.Text, l.Values...)
			noStep(t, steps, e.scan)
			noStep(t, steps, " EXISTS ") // SQLite would be free to begin with it
			if e.keepsOrder(l) {
				noStep(t, steps, e.sorting)
			}
		})
	}
}
