package storetest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

func migrations(t *testing.T, d Database) {
	t.Run("S-15 replicas that start at once all work, and one migrated", func(t *testing.T) {
		dbs := make([]*store.DB, 4)
		together(len(dbs), func(i int) { dbs[i] = d.Open(t, store.Options{}) })
		add(t, dbs[0], "alice")
		for i, db := range dbs {
			if got, err := db.Directory().Account(t.Context(), "alice"); err != nil {
				t.Errorf("replica %d: got %q, %v", i, got.ID, err)
			}
		}
		raw := d.Raw(t)
		if n := count(t, raw, `SELECT COUNT(*) FROM goose_db_version WHERE version_id = 1`); n != 1 {
			t.Errorf("migration 1 ran %d times, want 1", n)
		}
	})
	t.Run("S-15 no migration can be recorded twice", func(t *testing.T) {
		_, err := d.Raw(t).ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) SELECT version_id, is_applied FROM goose_db_version`)
		if err == nil {
			t.Error("got no error")
		}
	})
	t.Run("S-15 a first start that was cut off before its migration is taken up again", func(t *testing.T) {
		raw := d.Raw(t)
		for _, table := range []string{
			"sessions", "identities", "names", "attempts", "flows", "browser_sessions", "signing_keys", "counters", "documents", "spent_tokens",
			"audit", "tickets", "outbox", "errands", "quotas", "factors", "recovery_codes", "pendings", "jobs", "search_terms", "account_groups", "merges", "accounts", "changes",
		} {
			exec(t, raw, `DROP TABLE `+table)
		}
		exec(t, raw, `DROP INDEX goose_db_version_once`)
		exec(t, raw, `DELETE FROM goose_db_version WHERE version_id > 0`)
		add(t, d.Open(t, store.Options{}), "alice")
	})
	t.Run("S-15 a schema that is newer than the program is refused", func(t *testing.T) {
		raw := d.Raw(t)
		exec(t, raw, `INSERT INTO goose_db_version (version_id, is_applied) SELECT 9999, is_applied FROM goose_db_version WHERE version_id = 1`)
		if err := d.Try(t, store.Options{}); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("got %v, want ErrNewerSchema", err)
		}
		exec(t, raw, `DELETE FROM goose_db_version WHERE version_id = 9999`)
		if err := d.Try(t, store.Options{}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	t.Run("asked for as it is, a schema that is older is refused and stays as it is", func(t *testing.T) {
		raw := d.Raw(t)
		exec(t, raw, `UPDATE goose_db_version SET version_id = -version_id WHERE version_id > 1`)
		if err := d.Try(t, store.Options{AsIs: true}); !errors.Is(err, store.ErrOlderSchema) {
			t.Errorf("got %v, want ErrOlderSchema", err)
		}
		var version int64
		if err := raw.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil || version != 1 {
			t.Errorf("version: got %d, %v, want 1 as before", version, err)
		}
		exec(t, raw, `UPDATE goose_db_version SET version_id = -version_id WHERE version_id < 0`)
		if err := d.Try(t, store.Options{AsIs: true}); err != nil {
			t.Errorf("up to date: %v", err)
		}
	})
	t.Run("asked for as it is, a schema that is newer is refused", func(t *testing.T) {
		raw := d.Raw(t)
		exec(t, raw, `INSERT INTO goose_db_version (version_id, is_applied) SELECT 9999, is_applied FROM goose_db_version WHERE version_id = 1`)
		if err := d.Try(t, store.Options{AsIs: true}); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("got %v, want ErrNewerSchema", err)
		}
		exec(t, raw, `DELETE FROM goose_db_version WHERE version_id = 9999`)
	})
}

// hostile is S-20: rows that no store wrote give errors or nothing.
func hostile(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	for name, doc := range map[string]string{
		"no JSON":       "{",
		"another type":  `{"groups": "x"}`,
		"an array":      "[]",
		"an empty text": "",
		"null":          "null",
		"huge":          `{"name":"` + strings.Repeat("x", 5<<20) + `"}`,
		"deep":          strings.Repeat("[", 100_000),
	} {
		t.Run("S-20 "+name, func(t *testing.T) {
			a := add(t, db, "u"+strings.ReplaceAll(name, " ", ""))
			s := signIn(t, db, a)
			exec(t, raw, `UPDATE accounts SET doc = $2 WHERE id = $1`, a.ID, doc)
			exec(t, raw, `UPDATE identities SET doc = $2 WHERE account_id = $1`, a.ID, doc)
			exec(t, raw, `UPDATE sessions SET amr = $2 WHERE account_id = $1`, a.ID, doc)
			got, id, err := db.Accounts().ByIdentity(t.Context(), "local", a.ID)
			if err == nil && (got.ID != a.ID || id.Subject != "") {
				t.Errorf("by identity: got account %q with subject %q", got.ID, id.Subject)
			}
			used, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0))
			if err == nil && used.Account.ID != a.ID {
				t.Errorf("rotate: got account %q, want %q", used.Account.ID, a.ID)
			}
			if len(fmt.Sprint(err)) > 500 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if st, err := db.Accounts().Enter(t.Context(), try("local", a.Username, 0)); err == nil && st.Account.ID != a.ID {
				t.Errorf("enter: got account %q, want %q", st.Account.ID, a.ID)
			}
		})
	}
}

// orphans is S-20: what would match two people, or nobody, cannot be stored.
func orphans(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	raw := d.Raw(t)
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	for name, text := range map[string]string{
		"an identity of nobody":                `INSERT INTO identities (provider, subject, account_id, doc, created_at, seen_at) VALUES ('corp', 's', 'nobody', '{}', 0, 0)`,
		"an identity twice":                    `INSERT INTO identities (provider, subject, account_id, doc, created_at, seen_at) SELECT provider, subject, account_id, doc, 0, 0 FROM identities`,
		"a name twice":                         `INSERT INTO names (name, account_id, kind) SELECT name, account_id, kind FROM names`,
		"a name of nobody":                     `INSERT INTO names (name, account_id, kind) VALUES ('x', 'nobody', 'email')`,
		"a session of nobody":                  `UPDATE sessions SET account_id = 'nobody'`,
		"a session of an epoch that never was": `UPDATE sessions SET epoch = 9`,
		"an account without status":            `UPDATE accounts SET status = NULL`,
		"an account without profile":           `UPDATE accounts SET doc = NULL`,
		"a session without end":                `UPDATE sessions SET ends_at = NULL`,
	} {
		t.Run("S-20 there is never "+name, func(t *testing.T) {
			if _, err := raw.ExecContext(t.Context(), text); err == nil {
				t.Error("got no error")
			}
		})
	}
	t.Run("S-20 a session id that is no text is not found", func(t *testing.T) {
		for _, id := range []string{"", "\xff", s.ID + "\x00", strings.Repeat("x", 1<<20)} {
			if _, _, err := db.Sessions().Find(t.Context(), id, start); !errors.Is(err, sessions.ErrNotFound) {
				t.Errorf("find %.20q: got %v, want ErrNotFound", id, err)
			}
			if _, err := db.Sessions().Rotate(t.Context(), sessions.Rotation{ID: id, Generation: 1, Now: start}); !errors.Is(err, sessions.ErrNotFound) {
				t.Errorf("rotate %.20q: got %v, want ErrNotFound", id, err)
			}
		}
	})
}

// dump is T-32 and T-34: nothing that is stored opens a door.
func dump(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	codec, err := sessions.NewRefreshTokens(make([]byte, sha256.Size))
	if err != nil {
		t.Fatal(err)
	}
	s := signIn(t, db, a)
	refresh, err := codec.Make(s.ID, s.Generation)
	if err != nil {
		t.Fatal(err)
	}
	typed := "a password in the wrong field"
	fail(t, db, try("local", typed, 0), 1)
	flow := sessions.NewFlows(db.Flows(), func() time.Time { return start }, rand.Reader)
	f, state, err := flow.Start(sessions.Flow{Provider: "corp"}, "browser secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := flow.Keep(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	all := snapshot(t, d.Raw(t))
	for name, secret := range map[string]string{
		"T-32 a refresh token": refresh, "T-32 the state of a flow": state,
		"T-32 the browser's secret": "browser secret", "T-34 what was typed as a name": typed,
	} {
		t.Run(name+" is not in a dump", func(t *testing.T) {
			if strings.Contains(all, secret) {
				t.Errorf("found %q", secret)
			}
		})
	}
	if !strings.Contains(all, s.ID) || !strings.Contains(all, "hash of alice") {
		t.Error("the dump does not show what is stored")
	}
	t.Run("T-32 what is stored of a session is no refresh token", func(t *testing.T) {
		stored, err := json.Marshal([]any{s.ID, s.Generation})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := codec.Parse(string(stored)); !errors.Is(err, sessions.ErrToken) {
			t.Errorf("got %v, want ErrToken", err)
		}
	})
}

func reborn(t *testing.T, d Database) {
	db := d.Open(t, store.Options{})
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	t.Run("T-40 an id that is in use cannot be made again", func(t *testing.T) {
		b := person("bob")
		b.ID = a.ID
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: b}); !errors.Is(err, broker.ErrTaken) {
			t.Errorf("got %v, want ErrTaken", err)
		}
	})
	t.Run("T-40 a removed account made again, even with its id, gets nothing of the old", func(t *testing.T) {
		exec(t, d.Raw(t), `DELETE FROM accounts WHERE id = $1`, a.ID)
		b := person("alice")
		b.ID = a.ID
		if err := db.Accounts().Create(t.Context(), broker.Newcomer{Account: b}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Sessions().Rotate(t.Context(), use(s, 1, 0)); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("its session: got %v, want ErrNotFound", err)
		}
		if ids, err := db.Directory().Identities(t.Context(), a.ID); err != nil || len(ids) != 0 {
			t.Errorf("its identities: got %d, %v, want none", len(ids), err)
		}
	})
}
