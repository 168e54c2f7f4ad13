package store

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

// stLockedUntil finds an attempt counter that stEnter would refuse, by the same
// rule. $2 now, $3 duration, $4 limit.
var stLockedUntil = statement{"locked until", `
SELECT attempts.last_at FROM attempts
WHERE attempts.bucket = $1 AND attempts.last_at + $3 > $2 AND attempts.last_at - 86400000 <= $2
	AND attempts.tries - (
		SELECT COUNT(*) FROM sessions s
			WHERE s.account_id = attempts.bucket AND s.created_at >= attempts.started_at AND s.counted = 1
		) >= $4`}

// LockedUntil returns when too many attempts at an account are forgiven, and
// the zero time when it is not locked. It counts nothing.
func (v Directory) LockedUntil(ctx context.Context, accountID string, l broker.Lockout, now time.Time) (until time.Time, err error) {
	err = v.db.look(ctx, "locked until", func(ctx context.Context, c conn) error {
		last, found, err := one(ctx, c, stLockedUntil.with(text(accountID), ms(now), l.Duration.Milliseconds(), l.Attempts), scanInt)
		if found {
			until = at(last).Add(l.Duration)
		}
		return err
	})
	return until, err
}
