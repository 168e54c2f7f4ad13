package storetest

import (
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

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
