package store

import (
	"context"
	"database/sql"

	"github.com/signet-sso/signet/broker"
)

// Numbers is the store as clients use it that know people by a number.
type Numbers struct{ db *DB }

var _ broker.Numbers = Numbers{}

// Numbers returns the store as clients use it that know people by a number.
func (d *DB) Numbers() Numbers { return Numbers{d} }

var (
	// stTakeNumbers takes the lock under which numbers are given, and tells the
	// highest. What is asked after it sees what was given before.
	stTakeNumbers = statement{"take numbers", `
UPDATE counters SET value = value WHERE name = 'accounts_number' RETURNING value`}

	stRaiseNumbers = statement{"raise numbers", `
UPDATE counters SET value = $1 WHERE name = 'accounts_number' AND value < $1`}

	stNumber = statement{"number", `
SELECT COALESCE(a.number, 0) FROM accounts a WHERE a.id = $1`}

	stGiveNumber = statement{"give number", `
UPDATE accounts SET number = $2 WHERE id = $1 AND number IS NULL`}

	stNumbered = statement{"numbered", `
SELECT a.id, ` + packedAccount + `, a.number FROM accounts a
WHERE a.number > $1 AND a.status <> 'merged' ORDER BY a.number LIMIT $2`}

	// That nobody is older than 1970 makes SQLite search the index.
	stUnnumbered = statement{"unnumbered", `
SELECT 1 FROM accounts a WHERE a.number IS NULL AND a.status <> 'merged' AND a.created_at >= 0 LIMIT 1`}

	stGiveNumbers = statement{"give numbers", `
UPDATE accounts SET number = counted.number FROM (
	SELECT counted.id, $1 + ROW_NUMBER() OVER (ORDER BY counted.created_at, counted.id) AS number FROM (
		SELECT w.id, w.created_at FROM accounts w WHERE w.number IS NULL AND w.status <> 'merged' AND w.created_at >= 0
		ORDER BY w.created_at, w.id LIMIT $2) AS counted) AS counted
WHERE accounts.id = counted.id`}
)

// Number returns an account's number, which it gets if it has none; see
// broker.Numbers.
func (v Numbers) Number(ctx context.Context, accountID string) (n int64, err error) {
	ask := func(ctx context.Context, c conn) error {
		var found bool
		n, found, err = one(ctx, c, stNumber.with(text(accountID)), scanInt)
		if err == nil && !found {
			err = broker.ErrNoAccount
		}
		return err
	}
	if err := v.db.look(ctx, "number", ask); err != nil || n != 0 {
		return n, err
	}
	err = v.db.transact(ctx, "give number", func(ctx context.Context, c conn) error {
		highest, _, err := one(ctx, c, stTakeNumbers.with(), scanInt)
		if err != nil {
			return err
		}
		if err := ask(ctx, c); err != nil || n != 0 { // somebody was faster
			return err
		}
		n = highest + 1
		if _, err := c.exec(ctx, stGiveNumber.with(text(accountID), n)); err != nil {
			return err
		}
		_, err = c.exec(ctx, stRaiseNumbers.with(n))
		return err
	})
	return n, err
}

// Numbered returns accounts in the order of their numbers; see broker.Numbers.
func (v Numbers) Numbered(ctx context.Context, after int64, limit int) (out []broker.Numbered, err error) {
	limit = min(max(limit, 1), maxList)
	waiting := false
	ask := func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stNumbered.with(after, limit), scanNumbered)
		if err == nil && len(out) < limit {
			_, waiting, err = one(ctx, c, stUnnumbered.with(), scanInt)
		}
		return err
	}
	if err := v.db.look(ctx, "list by number", ask); err != nil || !waiting {
		return out, err
	}
	err = v.db.transact(ctx, "give numbers", func(ctx context.Context, c conn) error {
		highest, _, err := one(ctx, c, stTakeNumbers.with(), scanInt)
		if err != nil {
			return err
		}
		given, err := c.exec(ctx, stGiveNumbers.with(highest, limit-len(out)))
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, stRaiseNumbers.with(highest+given))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, v.db.look(ctx, "list by number", ask)
}

func scanNumbered(r row) (n broker.Numbered, err error) {
	var id string
	var packed sql.NullString
	if err = r.Scan(&id, &packed, &n.Number); err != nil {
		return n, err
	}
	n.Account, err = unpackAccount(id, packed)
	return n, err
}
