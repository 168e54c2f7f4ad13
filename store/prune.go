package store

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

const (
	// keepEnded is how long sessions that are over stay, for questions
	// afterwards and because lockout counts sign-ins in them, and how long
	// counters of attempts stay. It bounds the window and the duration of
	// lockout.
	keepEnded = 7 * 24 * time.Hour
	// keepLetters is how long a letter that was given up stays, for the operator
	// to see it and to retry it.
	keepLetters = 30 * 24 * time.Hour
	// pruneBatch and pruneBatches bound one statement and one call.
	pruneBatch   = 500
	pruneBatches = 100
)

// A session that ended by lack of use goes when its absolute end has passed:
// an index on the idle end would make every refresh dearer.
var prunings = []struct {
	statement
	keep time.Duration
}{
	{prune("sessions", "id", "ends_at < $1"), keepEnded},
	{prune("sessions", "id", "ended_at > 0 AND ended_at < $1"), keepEnded},
	{prune("attempts", "bucket", "last_at < $1"), keepEnded},
	{prune("flows", "key", "expires_at < $1"), 0},
	{prune("browser_sessions", "token", "expires_at < $1"), 0},
	{prune("spent_tokens", "id", "expires_at < $1"), 0},
	{prune("tickets", "hash", "expires_at < $1"), 0},
	{prune("pendings", "key", "expires_at < $1"), 0},
	{prune("quotas", "bucket", "started_at < $1"), 24 * time.Hour},
	{prune("outbox", "id", "created_at < $1 AND given_up > 0"), keepLetters},
	{prune("changes", "seq", "made_at < $1"), keepChanges},
	{stPruneMerged, broker.MergeUndo},
}

// prune is the statement that removes a batch of a table's rows.
func prune(table, key, when string) statement {
	return statement{"prune " + table, `
DELETE FROM ` + table + ` WHERE ` + key + ` IN (SELECT ` + key + ` FROM ` + table + ` WHERE ` + when + ` LIMIT $2)`}
}

// Prune removes what is over: login flows and browser sessions that expired,
// and, after a week, sessions that ended and counters of attempts. It works in
// small batches, so that nobody waits for it long, and leaves what is left
// after many of them to the next call.
func (d *DB) Prune(ctx context.Context, now time.Time) error {
	for _, p := range prunings {
		for range pruneBatches {
			n, err := d.pruneBatch(ctx, p.with(ms(now.Add(-p.keep)), pruneBatch))
			if err != nil {
				return err
			}
			if n < pruneBatch {
				break
			}
		}
	}
	return nil
}

func (d *DB) pruneBatch(ctx context.Context, b bound) (n int64, err error) {
	err = d.change(ctx, b.name, func(ctx context.Context, c conn) (err error) {
		n, err = c.exec(ctx, b)
		return err
	})
	return n, err
}
