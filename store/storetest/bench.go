package storetest

import (
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

// Bench measures a rotation beside its floor: one bare conditional UPDATE of a
// table of its own through the given connections, with 1 and 16 callers.
func Bench(b *testing.B, d Database, floor *sql.DB) {
	db := d.Open(b, store.Options{})
	a := add(b, db, "alice")
	if _, err := floor.ExecContext(b.Context(), `CREATE TABLE floor (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	bare, err := floor.PrepareContext(b.Context(), `UPDATE floor SET n = n + 1 WHERE id = $1 AND n = $2 RETURNING n`)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = bare.Close() })
	var rows atomic.Int64
	for _, callers := range []int{1, 16, 32} {
		b.Run(fmt.Sprintf("floor/%d", callers), func(b *testing.B) {
			share(b, callers, func(b *testing.B) func() error {
				id, n := rows.Add(1), int64(0)
				if _, err := floor.ExecContext(b.Context(), `INSERT INTO floor (id, n) VALUES ($1, 0)`, id); err != nil {
					b.Fatal(err)
				}
				return func() error { return bare.QueryRowContext(b.Context(), id, n).Scan(&n) }
			})
		})
		b.Run(fmt.Sprintf("rotate/%d", callers), func(b *testing.B) {
			share(b, callers, func(b *testing.B) func() error {
				s := signIn(b, db, a)
				r := sessions.Rotation{ID: s.ID, Now: start, Grace: time.Second, IdleEnds: s.IdleEnds, Recheck: time.Hour}
				return func() error {
					r.Generation++
					_, err := db.Sessions().Rotate(b.Context(), r)
					return err
				}
			})
		})
	}
}

// share divides b.N among callers, each with a function of its own.
func share(b *testing.B, callers int, each func(b *testing.B) func() error) {
	calls := make([]func() error, callers)
	for i := range calls {
		calls[i] = each(b)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	together(callers, func(i int) {
		for left.Add(-1) >= 0 {
			if err := calls[i](); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchSize measures an attempt and a use of a session, with 16 callers, beside n other
// accounts that have a name, an identity and a session each.
func BenchSize(b *testing.B, d Database, n int) {
	db, raw := d.Open(b, store.Options{}), d.Raw(b)
	numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ` + fmt.Sprint(n) + `) `
	for _, text := range []string{
		`INSERT INTO accounts (id, status, admin, epoch, password, doc, created_at, updated_at) ` + numbers +
			`SELECT 'a' || i, 'active', 0, 1, '', '{}', i, i FROM n`,
		`INSERT INTO names (name, account_id, kind) ` + numbers + `SELECT 'n' || i, 'a' || i, 'username' FROM n`,
		`INSERT INTO identities (provider, subject, account_id, login_key, doc, created_at, seen_at) ` + numbers +
			`SELECT 'local', 'a' || i, 'a' || i, 'n' || i, '{}', i, i FROM n`,
		`INSERT INTO sessions (id, account_id, epoch, provider, subject, generation, outcome, mode, amr, counted,
			created_at, auth_time, last_used_at, rotated_at, rechecked_at, idle_ends_at, ends_at, ended_at, end_reason,
			address, user_agent) ` + numbers +
			`SELECT 's' || i, 'a' || i, 1, 'local', 'a' || i, 1, 0, 'json', '[]', 0, i, i, i, i, i, ` +
			fmt.Sprint(start.AddDate(1, 0, 0).UnixMilli()) + `, ` + fmt.Sprint(start.AddDate(1, 0, 0).UnixMilli()) +
			`, 0, '', '', '' FROM n`,
	} {
		exec(b, raw, text)
	}
	var next atomic.Int64
	b.Run("enter", func(b *testing.B) {
		share(b, 16, func(b *testing.B) func() error {
			return func() error {
				_, err := db.Accounts().Enter(b.Context(), broker.Attempt{
					Provider: "local", Login: fmt.Sprintf("n%d", next.Add(7919)%int64(n)+1), Now: start, Lockout: lockout(1_000_000),
				})
				return err
			}
		})
	})
	b.Run("touch", func(b *testing.B) {
		share(b, 16, func(b *testing.B) func() error {
			return func() error {
				id := fmt.Sprintf("s%d", next.Add(7919)%int64(n)+1)
				_, err := db.Sessions().Touch(b.Context(), sessions.Rotation{ID: id, Now: start, IdleEnds: start.AddDate(1, 0, 0)})
				return err
			}
		})
	})
}
