package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

var tables = []string{
	"accounts", "names", "identities", "attempts", "sessions", "flows", "browser_sessions", "signing_keys", "counters",
	"tickets", "outbox", "errands", "quotas", "factors", "recovery_codes", "pendings", "jobs",
	"search_terms", "account_groups", "merges",
}

// snapshot is all that is stored, for before and after.
func snapshot(t testing.TB, raw *sql.DB) string {
	t.Helper()
	var out strings.Builder
	for _, table := range tables {
		rows, err := raw.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new([]byte)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s", table)
			for i, v := range values {
				fmt.Fprintf(&out, " %s=%q", columns[i], *v.(*[]byte))
			}
			out.WriteString("\n")
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// breaker makes the k-th statement fail, counted from 1. Commits count too.
type breaker struct{ left int }

var errBroken = errors.New("broken on purpose")

func (b *breaker) fail(context.Context, string) error {
	b.left--
	if b.left == 0 {
		return errBroken
	}
	return nil
}

// flow is a change to sweep.
type flow struct {
	name string
	run  func(context.Context) error
}

// flowsOf are the changes that are made of an account and its session.
func flowsOf(t testing.TB, db *store.DB, a broker.Account, s sessions.Session) []flow {
	newcomer := broker.Newcomer{
		Account: person("bob"), PasswordHash: "h",
		Identity: &broker.LinkedIdentity{Provider: "corp", Subject: "s1", Seen: start},
	}
	changed := a
	changed.Username, changed.Name = "alicia", "Alicia"
	return []flow{

		{"enter", func(ctx context.Context) error {
			_, err := db.Accounts().Enter(ctx, try("local", "alice", 0))
			return err
		}},
		{"give back", func(ctx context.Context) error { return db.Accounts().GiveBack(ctx, a.ID) }},
		{"sign up", func(ctx context.Context) error { return db.Accounts().Create(ctx, newcomer) }},
		{"link", func(ctx context.Context) error {
			return save(ctx, db, changed, &broker.LinkedIdentity{Provider: "corp", Subject: "s2", Login: "x", Seen: start})
		}},
		{"start", func(ctx context.Context) error { return db.Sessions().Start(ctx, session(t, a), a.Epoch) }},
		{"refresh", func(ctx context.Context) error {
			_, err := db.Sessions().Rotate(ctx, use(s, 1, time.Minute))
			return err
		}},
		{"touch", func(ctx context.Context) error {
			_, err := db.Sessions().Touch(ctx, use(s, 1, 2*time.Minute))
			return err
		}},
		{"logout", func(ctx context.Context) error {
			_, err := db.Sessions().End(ctx, s.ID, "logout", start.Add(2*time.Minute))
			return err
		}},
		{"change", func(ctx context.Context) error {
			_, err := edit(ctx, db, a.ID, func(a *broker.Account) error { a.Username, a.Status = "al", broker.Invited; return nil })
			return err
		}},
		{"password", func(ctx context.Context) error { return db.Directory().SetPassword(ctx, a.ID, "new") }},
		{"no password", func(ctx context.Context) error { return db.Directory().SetPassword(ctx, a.ID, "") }},
		{"merge", func(ctx context.Context) error {
			_, err := db.Registry().Merge(ctx, union(newcomer.Account, a))
			return err
		}},
		{"undo a merge", func(ctx context.Context) error {
			_, _, err := db.Registry().Unmerge(ctx, division(newcomer.Account))
			return err
		}},
		{"remove", func(ctx context.Context) error {
			_, err := db.Registry().Remove(ctx, broker.Removal{AccountID: newcomer.Account.ID})
			return err
		}},
		{"keys", func(ctx context.Context) error {
			return db.Keys().ChangeKeys(ctx, func([]token.StoredKey) ([]token.StoredKey, error) {
				return []token.StoredKey{{ID: "k1"}, {ID: "k2"}}, nil
			})
		}},
	}
}

// failures is S-03: whichever statement of a change fails, the change is there
// wholly or not at all, the caller hears of it, and a retry works.
func failures(t *testing.T, d Database) {
	b := &breaker{}
	db := d.Open(t, store.Options{Fail: b.fail})
	raw := d.Raw(t)
	a := add(t, db, "alice")
	s := signIn(t, db, a)
	for _, flow := range flowsOf(t, db, a, s) {
		t.Run("S-03 "+flow.name+" is all or nothing", func(t *testing.T) {
			before := snapshot(t, raw)
			for k := 1; ; k++ {
				b.left = k
				err := flow.run(t.Context())
				failed := b.left <= 0
				b.left = 0
				if !failed {
					if err != nil {
						t.Fatalf("the retry after %d failures: %v", k-1, err)
					}
					break
				}
				if !errors.Is(err, errBroken) {
					t.Errorf("statement %d failed: got %v, want that error", k, err)
				}
				if after := snapshot(t, raw); after != before {
					t.Fatalf("statement %d failed and left\n%swhere there was\n%s", k, after, before)
				}
			}
			if snapshot(t, raw) == before {
				t.Error("it changed nothing when it worked")
			}
		})
	}
}
