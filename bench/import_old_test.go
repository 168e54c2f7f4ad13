package bench

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store/legacytest"
)

// oldSources fill a database of an old system with as many people as are
// measured, and return its address. The engine is the one that they usually
// have.
var oldSources = map[string]struct {
	into string
	fill func(b *testing.B) (from string)
}{
	"papermerge": {"postgres", func(b *testing.B) string {
		dsn, _ := parts.Postgres(b, parts.PostgresOptions{Durable: true})
		fillOld(b, "pgx", dsn, legacytest.Papermerge35, fmt.Sprintf(`
INSERT INTO groups (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Family'), ('00000000-0000-4000-8000-000000000002', 'Staff');
INSERT INTO users (id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, created_at, date_joined, updated_at)
	SELECT gen_random_uuid(), 'user' || i, 'user' || i || '@example.org', '%s', 'Given' || i, 'Family' || i %% 5000, false, false, true, now(), now(), now()
	FROM generate_series(1, %d) AS s (i);
INSERT INTO users_groups (user_id, group_id) SELECT u.id, g.id FROM users u, groups g`, passlibHash, howMany()))
		return dsn
	}},
	"directus": {"sqlite", func(b *testing.B) string {
		path := filepath.Join(b.TempDir(), "directus.db")
		fillOld(b, "sqlite", path, legacytest.Directus11, fmt.Sprintf(`
INSERT INTO directus_roles (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Staff');
INSERT INTO directus_roles (id, name, parent) VALUES ('00000000-0000-4000-8000-000000000002', 'Family', '00000000-0000-4000-8000-000000000001');
WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %d)
	INSERT INTO directus_users (id, email, password, first_name, last_name, role)
	SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
		'user' || i || '@example.org', '%s', 'Given' || i, 'Family' || i %% 5000, '00000000-0000-4000-8000-000000000002' FROM s`, howMany(), nodeHash))
		return path
	}},
}

const (
	passlibHash = "$pbkdf2-sha256$29000$MDEyMzQ1Njc4OWFiY2Rl/w$.jmmUByzonYnR9JXG6XZ0FoT9ID1ZPzn5.qELTNQgIc"
	nodeHash    = "$argon2id$v=19$m=65536,t=3,p=4$5XInF5weSCb5IO9HLa0csg$Z9oYhIhYJTTHVrOeOH6+Wk36ezphDwKpY7FRIPfI8GU"
)

func fillOld(b *testing.B, driver, address, tables, people string) {
	b.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	old := legacytest.Old{DB: db, Postgres: driver == "pgx"}
	old.Make(b, tables)
	for statement := range strings.SplitSeq(people, ";\n") {
		old.Exec(b, statement)
	}
}

// BenchmarkImportOld is signet import out of the database of an old system, by
// the real program. The floor is that of BenchmarkImport: the same rows are
// written, and nothing is read.
func BenchmarkImportOld(b *testing.B) {
	binary := build(b, parts.Root(b), "./cmd/signet")
	for system, source := range oldSources {
		target := importTargets[source.into]
		var written []importedRows
		b.Run(system+"/signet", func(b *testing.B) {
			from := source.fill(b)
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				t := target(b)
				b.StartTimer()
				importAll(b, binary, t, "import", system, "--from", from)
				b.StopTimer()
				written = rowsOf(b, t)
				b.StartTimer()
			}
			perPerson(b)
		})
		b.Run(system+"/floor", func(b *testing.B) { writeAll(b, target, written) })
	}
}
