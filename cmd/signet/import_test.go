package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/legacytest"
)

// oldDatabase is an old system's database and its address for --from.
type oldDatabase struct {
	legacytest.Old
	from string
}

var oldDatabases = map[string]func(t *testing.T) oldDatabase{
	"SQLite": func(t *testing.T) oldDatabase {
		path := filepath.Join(t.TempDir(), "old.db")
		return openOldDatabase(t, path, "sqlite", path)
	},
	"PostgreSQL": func(t *testing.T) oldDatabase {
		dsn, _ := parts.Postgres(t, parts.PostgresOptions{})
		return openOldDatabase(t, dsn, "pgx", dsn)
	},
}

func openOldDatabase(t *testing.T, from, driver, address string) oldDatabase {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return oldDatabase{legacytest.Old{DB: db, Postgres: driver == "pgx"}, from}
}

const (
	oldPapermergeHash = "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2Rl/w$.jmmUByzonYnR9JXG6XZ0FoT9ID1ZPzn5.qELTNQgIc"           // password
	oldDirectusHash   = "$argon2id$v=19$m=4096,t=3,p=1$5XInF5weSCb5IO9HLa0csg$Z9oYhIhYJTTHVrOeOH6+Wk36ezphDwKpY7FRIPfI8GU" // d1r3ctu5, as node's argon2 writes it
	oldBcryptHash     = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"                                     // U*U
	oldPerson         = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b0001"
)

// oldSystems fill a database with one person of each system, SYSTEM@example.org.
var oldSystems = map[string]struct {
	password string
	fill     func(t *testing.T, d oldDatabase)
}{
	"papermerge": {"password", func(t *testing.T, d oldDatabase) {
		d.Make(t, legacytest.Papermerge35)
		const at = "2024-03-02 01:02:03"
		d.Insert(t, "users", "id", oldPerson, "username", "ann", "email", "papermerge@example.org", "password", oldPapermergeHash,
			"is_superuser", false, "is_staff", false, "is_active", true, "created_at", at, "date_joined", at, "updated_at", at)
	}},
	"directus": {"d1r3ctu5", func(t *testing.T, d oldDatabase) {
		d.Make(t, legacytest.Directus11)
		id := strings.Replace(oldPerson, "7d7e", "0000", 1)
		d.Insert(t, "directus_users", "id", id, "email", "directus@example.org", "password", oldDirectusHash)
	}},
	"authserver": {"U*U", func(t *testing.T, d oldDatabase) {
		d.Make(t, legacytest.Authserver)
		d.Insert(t, "user", "id", 7, "email", "authserver@example.org", "hashed_password", oldBcryptHash)
	}},
}

func TestP02AfterEachImportTheOldPasswordOpensTheAccountAtOnce(t *testing.T) {
	for from, source := range oldDatabases {
		for into, target := range importDatabases {
			t.Run("from "+from+" into "+into, func(t *testing.T) {
				old, d := source(t), target(t)
				for system, s := range oldSystems {
					s.fill(t, old)
					if code, out, said := d.command(t, "", "import", system, "--from", old.from); code != 0 || !strings.Contains(out, "1  added") {
						t.Fatalf("%s: got code %d, %s%s", system, code, out, said)
					}
					d.opens(t, system+"@example.org", s.password)
				}
			})
		}
	}
}

// opens signs in with a password, which becomes argon2id of our own cost.
func (d importDatabase) opens(t *testing.T, login, password string) {
	t.Helper()
	a := d.app(t)
	in := broker.Credentials{Login: login, Password: password, Mode: sessions.ModeJSON}
	if _, err := a.broker.SignIn(t.Context(), in); err != nil {
		t.Errorf("the old password: %v", err)
	}
	c, err := a.db.Credentials().Credential(t.Context(), login)
	if err != nil || !strings.HasPrefix(c.Hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got the hash %.40s…, %v; want argon2id", c.Hash, err)
	}
}

// oldCrowd fills a Directus with n people of a role, each with a password.
func (d oldDatabase) oldCrowd(t *testing.T, n int) {
	t.Helper()
	d.Make(t, legacytest.Directus10)
	d.Insert(t, "directus_roles", "id", oldPerson, "name", "Staff")
	d.Exec(t, `
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
INSERT INTO directus_users (id, email, password, role)
SELECT CAST('1a0c3f52-7d7e-4c57-9a39-' || (100000000000 + i) AS `+map[bool]string{true: "UUID", false: "TEXT"}[d.Postgres]+`),
	'user' || i || '@example.org', $2, `+map[bool]string{true: "CAST($3 AS UUID)", false: "$3"}[d.Postgres]+` FROM n`, n-1, oldBcryptHash, oldPerson)
}

// halfDoneAddress counts accounts that lack their address, their way in, their
// password or their group.
const halfDoneAddress = `SELECT COUNT(*) FROM accounts a WHERE a.password = '' OR a.doc NOT LIKE '%Staff%'
	OR (SELECT COUNT(*) FROM names n WHERE n.account_id = a.id) <> 1
	OR (SELECT COUNT(*) FROM identities i WHERE i.account_id = a.id) <> 1`

func TestAnImportOfAnOldSystemThatIsKilledIsMadeCompleteByTheNext(t *testing.T) {
	const people = 6000
	for from, source := range oldDatabases {
		into := map[string]string{"SQLite": "PostgreSQL", "PostgreSQL": "SQLite"}[from]
		t.Run("from "+from+" into "+into, func(t *testing.T) {
			old, d := source(t), importDatabases[into](t)
			old.oldCrowd(t, people)
			d.killedAt(t, 1, "import", "directus", "--from", old.from)
			there := d.count(t, `SELECT COUNT(*) FROM accounts`)
			if bad := d.count(t, halfDoneAddress); bad > 0 || there == 0 || there >= people {
				t.Fatalf("got %d accounts, %d of them half done; want some and none", there, bad)
			}
			d.completes(t, people, "import", "directus", "--from", old.from)
			if n, bad := d.count(t, `SELECT COUNT(*) FROM accounts`), d.count(t, halfDoneAddress); n != people || bad != 0 {
				t.Errorf("got %d accounts, %d of them half done; want %d and none", n, bad, people)
			}
		})
	}
}

// completes runs a command until it says that everybody is in, as it asks for
// itself where the machine is too busy for a batch.
func (d importDatabase) completes(t *testing.T, people int, args ...string) {
	t.Helper()
	for range 10 {
		there := d.count(t, `SELECT COUNT(*) FROM accounts`)
		code, out, said := d.command(t, "", args...)
		if strings.Contains(out+said, "run it again to go on") {
			continue
		}
		if code != 0 || !strings.Contains(out, fmt.Sprintf("%d  added", people-there)) || !strings.Contains(out, fmt.Sprintf("%d  already there, unchanged", there)) {
			t.Errorf("got code %d, %s%s, want 0 and %d already there", code, out, said, there)
		}
		return
	}
	t.Error("it never came to the end")
}

// breaks reads people and then fails, as a connection that breaks.
type breaks struct {
	peopleReader
	left int
}

func (b *breaks) next() (broker.ImportedPerson, *broker.ImportFault, error) {
	if b.left == 0 {
		return broker.ImportedPerson{}, nil, errors.New("the connection broke")
	}
	b.left--
	return b.peopleReader.next()
}

func TestWhatWasReadBeforeADatabaseBreaksOffIsIn(t *testing.T) {
	old, d := oldDatabases["SQLite"](t), importDatabases["SQLite"](t)
	old.oldCrowd(t, 400)
	var out, said bytes.Buffer
	p := program{out: &out, err: &said, environ: d.environ, env: func(string) (string, bool) { return "", false }}
	read := fromDatabase(legacy.Directus)
	err := p.importOld(t.Context(), "directus", oldFlags{from: old.from}, func(ctx context.Context, p *program, f oldFlags, o legacy.Options) (oldPeople, error) {
		people, err := read(ctx, p, f, o)
		people.peopleReader = &breaks{people.peopleReader, 250}
		return people, err
	})
	if err == nil || !strings.Contains(err.Error(), "directus: the connection broke") || !strings.Contains(out.String(), "250  added") {
		t.Errorf("got %v and\n%s%s", err, out.String(), said.String())
	}
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); n != 250 {
		t.Errorf("got %d accounts, want the 250 that were read", n)
	}
	d.completes(t, 400, "import", "directus", "--from", old.from)
}

func TestADryRunOfAnOldSystemReportsWhatTheImportReports(t *testing.T) {
	old, d := oldDatabases["PostgreSQL"](t), importDatabases["SQLite"](t)
	old.oldCrowd(t, 300)
	old.Exec(t, `UPDATE directus_users SET email = 'USER0@example.org' WHERE email = 'user199@example.org'`)
	old.Exec(t, `UPDATE directus_users SET provider = 'github' WHERE email = 'user7@example.org'`)
	code, dryOut, drySaid := d.command(t, "", "import", "directus", "--from", old.from, "--dry-run")
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); code != 1 || n != 0 {
		t.Errorf("dry: got code %d and %d accounts, want 1 and none", code, n)
	}
	code, out, said := d.command(t, "", "import", "directus", "--from", old.from)
	said, audit, _ := strings.Cut(said, "audit: ")
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); code != 1 || n != 298 || audit != "account.create import (3 times)\n" {
		t.Errorf("wet: got code %d, %d accounts and the record %q; want 1, 298 and one event a batch", code, n, audit)
	}
	if said != drySaid || strings.Replace(dryOut, "would be added", "added", 1) != out {
		t.Errorf("dry:\n%s%s\nwet:\n%s%s", drySaid, dryOut, said, out)
	}
	want := "directus_users 1a0c3f52-7d7e-4c57-9a39-100000000199: email: directus_users 1a0c3f52-7d7e-4c57-9a39-100000000000 has it already: leave one of the two out\n"
	if !strings.Contains(said, want) || strings.Count(said, "\n") != 2 {
		t.Errorf("got\n%s, want in it\n%s", said, want)
	}
}

func TestTheReportOfAnOldSystemHasEveryLineAndTheScreenTheFirst(t *testing.T) {
	old, d := oldDatabases["SQLite"](t), importDatabases["SQLite"](t)
	old.oldCrowd(t, 50)
	old.Exec(t, `UPDATE directus_users SET status = 'invited'`)
	report := filepath.Join(t.TempDir(), "lines")
	code, out, said := d.command(t, "", "import", "directus", "--from", old.from, "--report", report)
	all, err := os.ReadFile(report)
	if err != nil || strings.Count(string(all), "\n") != 50 {
		t.Errorf("got %d lines, %v; want 50", strings.Count(string(all), "\n"), err)
	}
	said, _, _ = strings.Cut(said, "audit: ")
	if code != 0 || strings.Count(said, "\n") != shownLines+1 || !strings.Contains(out, "50  of them without something that they had") {
		t.Errorf("everybody is in: got code %d and\n%s%s", code, out, said)
	}
}
