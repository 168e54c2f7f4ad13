package bench

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
	"github.com/signet-sso/signet/store/storetest"
)

// listedPeople is how many accounts there are, unless BENCH_PEOPLE says
// otherwise. The aim is a first page of a million on PostgreSQL in 50 ms.
const listedPeople = 20_000

// BenchmarkList is the administrators' list of accounts: its first page, and
// searches that find many, one, and nobody.
func BenchmarkList(b *testing.B) {
	n := listedPeople
	if s, err := strconv.Atoi(os.Getenv("BENCH_PEOPLE")); err == nil {
		n = s
	}
	b.Run("sqlite", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "signet.db")
		db, err := sqlite.Open(b.Context(), path, store.Options{})
		listCrowd(b, crowd{db, err, "sqlite", path, "CAST(%s AS BLOB)"}, n)
	})
	b.Run("postgres", func(b *testing.B) {
		dsn, _ := parts.Postgres(b, parts.PostgresOptions{})
		db, err := postgres.Open(b.Context(), dsn, store.Options{})
		listCrowd(b, crowd{db, err, "pgx", dsn, "CAST(%s AS BYTEA)"}, n)
	})
}

// crowd is a database to fill: opened, and how it is opened without a store.
type crowd struct {
	db              *store.DB
	err             error
	driver, address string
	bytes           string // the engine's cast
}

func listCrowd(b *testing.B, c crowd, n int) {
	if c.err != nil {
		b.Fatal(c.err)
	}
	defer func() { _ = c.db.Close() }()
	raw, err := sql.Open(c.driver, c.address)
	if err != nil {
		b.Fatal(err)
	}
	storetest.Crowd(b, raw, n, c.bytes)
	if err := raw.Close(); err != nil {
		b.Fatal(err)
	}
	yes := true
	for _, q := range []struct {
		name  string
		query broker.Query
		want  int
	}{
		{"first page", broker.Query{}, 50},
		{"page of the suspended", broker.Query{Status: broker.Suspended}, min(50, n/1000)},
		{"page of the active", broker.Query{Status: broker.Active}, 50},
		{"administrators", broker.Query{Admin: &yes}, 3},
		{"group of all", broker.Query{Group: "everyone"}, 50},
		{"group of a tenth", broker.Query{Group: "tenth"}, 50},
		{"search that finds nobody", broker.Query{Search: "zzz"}, 0},
		{"search that finds one", broker.Query{Search: "person0000042@example.org"}, 1},
		{"search that finds all", broker.Query{Search: "example.org"}, 50},
		{"search for two words", broker.Query{Search: "family42 given42"}, min(50, n/1000)},
		{"search among a tenth", broker.Query{Search: "given", Group: "tenth"}, 50},
		{"search for nobody of many", broker.Query{Search: "given zzz"}, 0},
	} {
		q.query.Limit = 50
		b.Run(q.name, func(b *testing.B) {
			for range b.N {
				p, err := c.db.Directory().List(b.Context(), q.query)
				if err != nil || len(p.Accounts) != q.want {
					b.Fatalf("got %d people, %v, want %d", len(p.Accounts), err, q.want)
				}
			}
		})
	}
	// This one reads a row for each member.
	b.Run("groups", func(b *testing.B) {
		for range b.N {
			if all, err := c.db.Directory().Groups(b.Context()); err != nil || len(all) != 2 {
				b.Fatalf("got %d groups, %v, want 2", len(all), err)
			}
		}
	})
}
