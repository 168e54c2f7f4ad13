package store

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

var (
	stPutErrand = statement{"put errand", `
INSERT INTO errands (id, sealed, created_at, due_at, tries) VALUES ($1, $2, $3, $3, 0)`}

	// Of two callers the second waits for the first one's rows and then finds
	// them not due any more.
	stClaimErrands = statement{"claim errands", `
UPDATE errands SET due_at = $2, tries = tries + 1
WHERE due_at <= $1 AND id IN (SELECT e.id FROM errands e WHERE e.due_at <= $1 ORDER BY e.due_at, e.id LIMIT $3)
RETURNING id, sealed, created_at, tries`}

	stDropErrand = statement{"drop errand", `
DELETE FROM errands WHERE id = $1`}

	// One row when this caller does the work that was due at $2.
	stClaimJob = statement{"claim job", `
INSERT INTO jobs (name, ran_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at WHERE jobs.ran_at < excluded.ran_at`}

	stJobRan = statement{"job ran", `
SELECT ran_at FROM jobs WHERE name = $1`}

	stRemoveUnconfirmed = statement{"remove unconfirmed", `
DELETE FROM accounts WHERE id IN (
	SELECT a.id FROM accounts a WHERE a.status = 'unconfirmed' AND a.created_at <= $1 ORDER BY a.created_at LIMIT $2)
AND status = 'unconfirmed'
RETURNING id`}
)

// PutErrand keeps what a stranger asked for; see broker.Errands.
func (v Members) PutErrand(ctx context.Context, e broker.Errand) error {
	err := v.db.change(ctx, "put errand", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stPutErrand.with(e.ID, e.Sealed, ms(e.Created)))
		return err
	})
	if err == nil {
		nudge(v.db.errandsPut)
	}
	return err
}

// ErrandsPut tells of errands that were put in this process.
func (v Members) ErrandsPut() <-chan struct{} { return v.db.errandsPut }

// nudge wakes whoever waits, and does not wait for them.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ClaimErrands returns errands that are due; see broker.Errands.
func (v Members) ClaimErrands(ctx context.Context, now time.Time, lease time.Duration, limit int) (out []broker.Errand, err error) {
	err = v.db.change(ctx, "claim errands", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stClaimErrands.with(ms(now), ms(now.Add(lease)), limit), scanErrand)
		return err
	})
	return out, err
}

// DropErrand strikes an errand off the list.
func (v Members) DropErrand(ctx context.Context, id string) error {
	return v.db.change(ctx, "drop errand", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stDropErrand.with(id))
		return err
	})
}

func scanErrand(r row) (e broker.Errand, err error) {
	var created int64
	err = r.Scan(&e.ID, &e.Sealed, &created, &e.Tries)
	e.Created = at(created)
	return e, err
}

// ClaimJob reports whether the caller is the one to do the work that was due
// at that time, of any number of replicas. Earlier times are done then too.
func (v Members) ClaimJob(ctx context.Context, name string, due time.Time) (mine bool, err error) {
	err = v.db.change(ctx, "claim job", func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, stClaimJob.with(name, ms(due)))
		mine = n > 0
		return err
	})
	return mine, err
}

// JobRan returns the time for which a job ran last, zero for never.
func (v Members) JobRan(ctx context.Context, name string) (ran time.Time, err error) {
	err = v.db.look(ctx, "job ran", func(ctx context.Context, c conn) error {
		n, _, err := one(ctx, c, stJobRan.with(name), scanInt)
		ran = at(n)
		return err
	})
	return ran, err
}

// RemoveUnconfirmed removes accounts that nobody has confirmed since before, in
// small batches, and returns their ids.
func (v Members) RemoveUnconfirmed(ctx context.Context, before time.Time) (gone []string, err error) {
	for {
		var some []string
		err := v.db.change(ctx, "remove unconfirmed", func(ctx context.Context, c conn) (err error) {
			some, err = all(ctx, c, stRemoveUnconfirmed.with(ms(before), pruneBatch), scanText)
			return err
		})
		gone = append(gone, some...)
		if err != nil || len(some) < pruneBatch {
			return gone, err
		}
	}
}
