package bench

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
)

const (
	// importedPeople is how many an import brings, unless BENCH_PEOPLE
	// says otherwise.
	importedPeople = 20_000
	importedAtOnce = 100
	rowsAtOnce     = 50
)

// importTarget is a fresh and empty database: how the program is told of it,
// and how it is opened without a store.
type importTarget struct{ database, driver, address string }

var importTargets = map[string]func(b *testing.B) importTarget{
	"sqlite": func(b *testing.B) importTarget {
		path := filepath.Join(b.TempDir(), "signet.db")
		db, err := sqlite.Open(b.Context(), path, store.Options{})
		opened(b, db, err)
		return importTarget{"sqlite:" + path, "sqlite", "file:" + path + "?_txlock=immediate&_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"}
	},
	"postgres": func(b *testing.B) importTarget {
		dsn, _ := parts.Postgres(b, parts.PostgresOptions{Durable: true})
		db, err := postgres.Open(b.Context(), dsn, store.Options{})
		opened(b, db, err)
		return importTarget{dsn, "pgx", dsn}
	},
}

// BenchmarkImport is signet user import of a whole file, by the real program.
// The floor writes the same rows, many with each statement and as many people
// with each commit, and looks at nothing.
func BenchmarkImport(b *testing.B) {
	file, binary := peopleFile(b), build(b, parts.Root(b), "./cmd/signet")
	for engine, target := range importTargets {
		var written []importedRows
		b.Run(engine+"/signet", func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				t := target(b)
				b.StartTimer()
				importAll(b, binary, t, "user", "import", file)
				b.StopTimer()
				written = rowsOf(b, t)
				b.StartTimer()
			}
			perPerson(b)
		})
		b.Run(engine+"/floor", func(b *testing.B) { writeAll(b, target, written) })
	}
}

// writeAll is the floor: the rows of everybody, and nothing looked at.
func writeAll(b *testing.B, target func(*testing.B) importTarget, written []importedRows) {
	b.Helper()
	if len(written) != howMany() {
		b.Fatalf("there are the rows of %d people, want %d", len(written), howMany())
	}
	for range b.N {
		b.StopTimer()
		db := target(b).open(b)
		b.StartTimer()
		for people := range slices.Chunk(written, importedAtOnce) {
			insertAll(b, db, people)
		}
	}
	perPerson(b)
}

func howMany() int {
	if n, err := strconv.Atoi(os.Getenv("BENCH_PEOPLE")); err == nil {
		return n
	}
	return importedPeople
}

// perPerson makes one person the operation.
func perPerson(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*howMany()), "ns/op")
}

// peopleFile is a CSV file of people as a large installation has them.
func peopleFile(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "username,email,hash,groups,confirmed,name,given_name,family_name,created")
	for i := range howMany() {
		fmt.Fprintf(w, "user%d,user%d@example.org,$2b$12$CCCCCCCCCCCCCCCCCCCCC.ug0A3dTXhy5U.dFjx/qguZ8I4CB77BC,Family;Staff,t,Given%d Family%d,Given%d,Family%d,2020-01-02 03:04:05\n",
			i, i, i, i%5000, i, i%5000)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func importAll(b *testing.B, binary string, t importTarget, args ...string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary, args...)
	cmd.Dir = b.TempDir()
	cmd.Env = append(os.Environ(), "SIGNET_DATABASE="+t.database, "SIGNET_SECRET="+masterKey)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("%d  added", howMany())) {
		b.Fatalf("%v: %s", err, out)
	}
}

func (t importTarget) open(b *testing.B) *sql.DB {
	b.Helper()
	db, err := sql.Open(t.driver, t.address)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// importedTables are what an import writes, and which column is the account.
var importedTables = []struct {
	name    string
	account int
}{{"accounts", 0}, {"names", 1}, {"identities", 2}, {"search_terms", 1}, {"account_groups", 0}}

// importedRows are one person's rows, by table.
type importedRows [][][]any

// rowsOf are the rows of everybody, in the order of their ids.
func rowsOf(b *testing.B, t importTarget) []importedRows {
	b.Helper()
	db := t.open(b)
	people := map[string]importedRows{}
	var ids []string
	for i, table := range importedTables {
		for _, row := range allRows(b, db, table.name) {
			id := fmt.Sprint(row[table.account])
			if people[id] == nil {
				people[id] = make(importedRows, len(importedTables))
				ids = append(ids, id)
			}
			people[id][i] = append(people[id][i], row)
		}
	}
	slices.Sort(ids)
	out := make([]importedRows, len(ids))
	for i, id := range ids {
		out[i] = people[id]
	}
	return out
}

func allRows(b *testing.B, db *sql.DB, table string) (out [][]any) {
	b.Helper()
	rows, err := db.QueryContext(b.Context(), "SELECT * FROM "+table)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return out
}

// insertAll writes people in one transaction.
func insertAll(b *testing.B, db *sql.DB, people []importedRows) {
	b.Helper()
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for i, table := range importedTables {
		var rows [][]any
		for _, p := range people {
			rows = append(rows, p[i]...)
		}
		for some := range slices.Chunk(rows, rowsAtOnce) {
			var values []any
			places := make([]string, len(some))
			for k, row := range some {
				marks := make([]string, len(row))
				for c := range row {
					values = append(values, row[c])
					marks[c] = "$" + strconv.Itoa(len(values))
				}
				places[k] = "(" + strings.Join(marks, ",") + ")"
			}
			if _, err := tx.ExecContext(b.Context(), "INSERT INTO "+table.name+" VALUES "+strings.Join(places, ","), values...); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
