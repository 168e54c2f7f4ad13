package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

// bucketOf is the counter that a login name is counted in: the account that has
// it at the provider, the account that has it here, else one of the name alone.
const bucketOf = `COALESCE(
	(SELECT i.account_id FROM identities i
		WHERE i.provider = $1 AND i.login_key = $2
		ORDER BY i.seen_at DESC, i.subject LIMIT 1),
	(SELECT n.account_id FROM names n WHERE n.name = $2),
	CAST($3 AS TEXT))`

// overOf says that a ban or a quiet time is over. A last attempt that lies more
// than a day ahead was made under a clock that was wrong: it must not lock
// anybody for as long as that clock was ahead. Jumps of hours end nothing early.
const overOf = `(attempts.last_at + $6 <= $4 OR attempts.last_at > $4 + 86400000)`

// stEnter counts an attempt before anybody judges it. The row is locked while
// its counter is compared and raised, so that of any number at once no more get
// in than the limit says.
//
// Failures are the tries less those sign-ins that used one; sign-ins are
// counted where they are, in sessions. A sign-in that is not visible yet counts
// as a failure, which errs on the safe side. A refused attempt changes nothing:
// it neither extends the ban nor ends it. The counter starts again after
// Duration without an attempt that got in, which is also when a ban ends, and,
// while there is no ban, when its window is over.
//
// $4 now, $5 window, $6 duration, $7 limit.
var stEnter = statement{"enter", `
INSERT INTO attempts (bucket, started_at, tries, last_at)
VALUES (` + bucketOf + `, $4, 1, $4)
ON CONFLICT (bucket) DO UPDATE SET
	started_at = CASE WHEN ` + overOf + ` OR attempts.started_at + $5 <= $4
		THEN $4 ELSE attempts.started_at END,
	tries = CASE WHEN ` + overOf + ` OR attempts.started_at + $5 <= $4
		THEN 1 ELSE attempts.tries + 1 END,
	last_at = $4
WHERE ` + overOf + ` OR attempts.tries - (
	SELECT COUNT(*) FROM sessions s
		WHERE s.account_id = attempts.bucket AND s.created_at >= attempts.started_at AND s.counted = 1
	) < $7
RETURNING bucket,
	(SELECT ` + packedAccount + ` FROM accounts a WHERE a.id = attempts.bucket),
	(SELECT ` + packedIdentity + ` FROM identities i
		WHERE i.account_id = attempts.bucket AND i.provider = $1
		ORDER BY CASE WHEN i.login_key = $2 THEN 0 ELSE 1 END, i.seen_at DESC, i.subject LIMIT 1)`}

var stLockedSince = statement{"locked since", `
SELECT last_at FROM attempts WHERE bucket = ` + bucketOf}

var stGiveBack = statement{"give back", `
UPDATE attempts SET tries = tries - 1 WHERE bucket = $1 AND tries > 0`}

// Enter counts an attempt; see broker.Accounts. Lockout.Attempts must be at
// least 1.
func (v Accounts) Enter(ctx context.Context, a broker.Attempt) (broker.Standing, error) {
	key := loginKey(a.Login)
	name := []any{a.Provider, key, strangerBucket(key)}
	if a.AccountID != "" {
		name = []any{a.Provider, "", a.AccountID} // no name is empty
	}
	values := append(name, ms(a.Now), a.Lockout.Window.Milliseconds(), a.Lockout.Duration.Milliseconds(), a.Lockout.Attempts)
	var s broker.Standing
	var in bool
	err := v.db.change(ctx, "enter", func(ctx context.Context, c conn) (err error) {
		s, in, err = one(ctx, c, stEnter.with(values...), func(r row) (broker.Standing, error) {
			return scanStanding(r, a.Provider)
		})
		return err
	})
	if err != nil || in {
		return s, err
	}
	return s, v.locked(ctx, a, name)
}

// locked finds out until when, after an attempt was refused.
func (v Accounts) locked(ctx context.Context, a broker.Attempt, name []any) error {
	var last int64
	err := v.db.look(ctx, "enter", func(ctx context.Context, c conn) (err error) {
		last, _, err = one(ctx, c, stLockedSince.with(name...), scanInt)
		return err
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("enter: %w", broker.LockedError{Until: at(last).Add(a.Lockout.Duration)})
}

// GiveBack takes back an attempt that was never judged.
func (v Accounts) GiveBack(ctx context.Context, bucket string) error {
	return v.db.change(ctx, "give back", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stGiveBack.with(bucket))
		return err
	})
}

func scanStanding(r row, provider string) (s broker.Standing, err error) {
	var account, identity sql.NullString
	if err = r.Scan(&s.Bucket, &account, &identity); err != nil {
		return s, err
	}
	if s.Account, err = unpackAccount(s.Bucket, account); err != nil {
		return s, err
	}
	s.Identity, err = unpackIdentity(provider, s.Bucket, identity)
	return s, err
}
