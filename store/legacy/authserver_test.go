package legacy_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/legacytest"
)

func TestAnAuthserverIsReadWithItsNumbers(t *testing.T) {
	for engine, open := range engines {
		t.Run(engine, func(t *testing.T) {
			o := open(t)
			o.Make(t, legacytest.Authserver)
			o.Insert(t, "user", "id", 1, "email", "admin@example.com", "hashed_password", "hash of admin", "is_admin", true)
			o.Insert(t, "user", "id", 7, "email", "bob@example.org", "hashed_password", "hash of bob", "refresh_token", "canary")
			got, faults, _ := o.readAll(t, legacy.Authserver, legacy.Options{})
			same(t, map[string]broker.ImportedPerson{
				"user 1": {Number: 1, Email: "admin@example.com", Confirmed: true, Admin: true, Behind: []broker.ImportFault{{
					Field: "hashed_password", Reason: "left_behind",
					Advice: "the password is the one that every auth_server is shipped with, and opens nothing here: give another one with signet user passwd admin@example.com",
				}}},
				"user 7": {Number: 7, Email: "bob@example.org", Confirmed: true, Hash: "hash of bob"},
			}, got)
			if len(faults) > 0 {
				t.Errorf("got %q", faults)
			}
		})
	}
}

func TestWhoIsNotActiveAtAnAuthserverIsSuspended(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT, is_active BOOLEAN)`)
	o.Exec(t, `INSERT INTO users VALUES (1, 'a@example.org', 'h', 1), (2, 'b@example.org', 'h', 0), (3, 'c@example.org', 'h', NULL)`)
	got, _, _ := o.readAll(t, legacy.Authserver, legacy.Options{})
	for row, want := range map[string]broker.Status{"users 1": "", "users 2": broker.Suspended, "users 3": broker.Suspended} {
		if got[row].Status != want {
			t.Errorf("%s: got %q, want %q", row, got[row].Status, want)
		}
	}
}

func TestPeopleWithoutAKeyAreNotTakenForOne(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, `CREATE TABLE directus_roles (id TEXT, name TEXT, admin_access BOOLEAN); CREATE TABLE directus_users (id TEXT, email TEXT, password TEXT, status TEXT, role TEXT)`)
	o.Exec(t, `INSERT INTO directus_users (email, status) VALUES ('a@example.org', 'active'), ('b@example.org', 'active')`)
	all, err := legacy.Directus(t.Context(), o.source, legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = all.Close() }()
	for _, want := range []string{"a@example.org", "b@example.org"} {
		if p, _, err := all.Next(t.Context()); err != nil || p.Email != want {
			t.Errorf("got %q, %v; want %s", p.Email, err, want)
		}
	}
}

func TestAnOddRowIsNamedAndTheNextIsRead(t *testing.T) {
	o := oldSQLite(t) // which keeps whatever it is given
	o.Make(t, `CREATE TABLE users (id, email, hashed_password, is_admin)`)
	o.Exec(t, `INSERT INTO users VALUES ('x', 'a@example.org', 'h', 0), (2, CAST(X'ff' AS TEXT), 'h', 0), (3, 'c@example.org', NULL, NULL), (-4, 'd', 'h', 0)`)
	o.Exec(t, `INSERT INTO users VALUES (5, $1, 'h', 0)`, strings.Repeat("é", 100_000))
	got, faults, _ := o.readAll(t, legacy.Authserver, legacy.Options{})
	if len(got) != 2 || got["users 3"].Email != "c@example.org" || got["users 3"].Hash != "" || got["users 3"].Admin {
		t.Errorf("got %+v, want 3", got)
	}
	if n := len(got["users 5"].Email); n != 2*4096 {
		t.Errorf("got %d bytes of one value, want no more than are refused", n)
	}
	want := []string{"users -4 id: it is no whole positive number", "users 2 : a value is not UTF-8: correct it there", "users x id: it is no whole positive number"}
	if fmt.Sprint(faults) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", faults, want)
	}
}

func TestK03NothingInADatabaseTellsATerminalWhatToDo(t *testing.T) {
	const escape = "\x1b[2Jevil\a\u009b2J\u202e"
	o := oldSQLite(t)
	o.Make(t, `CREATE TABLE directus_roles (id TEXT, name TEXT, admin_access BOOLEAN); CREATE TABLE directus_users (id TEXT, email TEXT, password TEXT, status TEXT, role TEXT, provider TEXT, external_identifier TEXT)`)
	o.Exec(t, `INSERT INTO directus_users (id, email, status, provider) VALUES ('1' || $1, 'a@example.org', 'active', 'p' || $1)`, escape)
	_, faults, _ := o.readAll(t, legacy.Directus, legacy.Options{})
	o.Make(t, `CREATE TABLE "t`+escape+`" (id TEXT)`)
	_, err := legacy.Authserver(t.Context(), o.source, legacy.Options{})
	if len(faults) != 1 || err == nil {
		t.Fatalf("got %q and %v", faults, err)
	}
	for _, said := range []string{faults[0], err.Error()} {
		if !strings.Contains(said, `\x1b[2Jevil`) || strings.ContainsFunc(said, func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Errorf("got %q, want what is printed, quoted", said)
		}
	}
}

func TestTheGroupsOfOnePersonAreBounded(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, legacytest.Papermerge33)
	o.user(t, "users", alice, "alice", "h")
	o.user(t, "users", bob, "bob", "h")
	o.Exec(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) INSERT INTO groups (id, name) SELECT i, 'g' || i FROM n`)
	o.Exec(t, `INSERT INTO users_groups SELECT $1, id FROM groups`, o.hex(alice))
	o.Exec(t, `INSERT INTO users_groups SELECT $1, id FROM groups WHERE id < 1001`, o.hex(bob))
	got, faults, _ := o.readAll(t, legacy.Papermerge, legacy.Options{})
	if len(faults) != 1 || !strings.HasPrefix(faults[0], o.row("users", alice)+" groups: the person is in more than 1000 groups") {
		t.Errorf("got %q", faults)
	}
	if n := len(got[o.row("users", bob)].Groups); n != 1000 {
		t.Errorf("got %d groups of the next one, want 1000", n)
	}
}
