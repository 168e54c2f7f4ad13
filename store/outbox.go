package store

import (
	"context"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker"
)

// beingSent is the reason of a letter that somebody sends now. Who crashes
// leaves it, until the lease is over.
const beingSent = "being sent"

var (
	stPutLetter = statement{"put letter", `
INSERT INTO outbox (id, sealed, created_at, due_at, tries, given_up, reason) VALUES ($1, $2, $3, $3, 0, 0, '')`}

	// Of two callers the second waits for the first one's rows and then finds
	// them not due any more.
	stClaimLetters = statement{"claim letters", `
UPDATE outbox SET due_at = $2, tries = tries + 1, reason = $4
WHERE given_up = 0 AND due_at <= $1 AND id IN (
	SELECT o.id FROM outbox o WHERE o.given_up = 0 AND o.due_at <= $1 ORDER BY o.due_at, o.id LIMIT $3)
RETURNING id, sealed, created_at, tries`}

	// The number of tries is the fence: whoever claims a letter raises it.
	stDropLetter = statement{"drop letter", `
DELETE FROM outbox WHERE id = $1 AND tries = $2`}

	stPutOffLetter = statement{"put off letter", `
UPDATE outbox SET due_at = $3, reason = $4 WHERE id = $1 AND tries = $2 AND given_up = 0`}

	stGiveUpLetter = statement{"give up letter", `
UPDATE outbox SET given_up = $3, reason = $4 WHERE id = $1 AND tries = $2 AND given_up = 0`}

	stRetryLetter = statement{"retry letter", `
UPDATE outbox SET due_at = $2, given_up = 0 WHERE id = $1 AND reason <> $3`}

	stLetters = statement{"letters", `
SELECT id, created_at, due_at, tries, given_up, reason FROM outbox
WHERE created_at >= $1 AND (created_at > $1 OR id > $2) ORDER BY created_at, id LIMIT $3`}

	stBacklog = statement{"backlog", `
SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM outbox WHERE given_up = 0`}
)

// Outbox is the store of letters that wait to be sent.
type Outbox struct{ db *DB }

// Outbox returns the store of letters that wait to be sent.
func (d *DB) Outbox() Outbox { return Outbox{d} }

// putLetters posts letters within the transaction of their cause.
func putLetters(ctx context.Context, c conn, posts []broker.Post) error {
	for _, p := range posts {
		if !storable(p.ID) {
			return fmt.Errorf("letter: %w", errKey)
		}
		if _, err := c.exec(ctx, stPutLetter.with(p.ID, p.Sealed, ms(p.Created))); err != nil {
			return err
		}
	}
	return nil
}

// nudgeOutbox wakes the postman of this process, after the commit.
func (d *DB) nudgeOutbox() { nudge(d.outboxPosted) }

// Posted tells of letters that were posted in this process.
func (v Outbox) Posted() <-chan struct{} { return v.db.outboxPosted }

// Claim returns at most limit letters that are due, the oldest due first in any
// order, and hides each from everybody else until its lease is over. Of many
// callers at once, on any number of replicas, one gets a letter.
func (v Outbox) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) (out []broker.Post, err error) {
	err = v.db.change(ctx, "claim letters", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stClaimLetters.with(ms(now), ms(now.Add(lease)), limit, beingSent), scanPost)
		return err
	})
	return out, err
}

func scanPost(r row) (p broker.Post, err error) {
	var created int64
	err = r.Scan(&p.ID, &p.Sealed, &created, &p.Tries)
	p.Created = at(created)
	return p, err
}

// Sent removes a letter, unless somebody else has claimed it since p was.
func (v Outbox) Sent(ctx context.Context, p broker.Post) error {
	return v.settle(ctx, stDropLetter.with(p.ID, p.Tries))
}

// Again makes a letter due later, unless somebody else has claimed it since.
// The reason is shown to the operator.
func (v Outbox) Again(ctx context.Context, p broker.Post, due time.Time, reason string) error {
	return v.settle(ctx, stPutOffLetter.with(p.ID, p.Tries, ms(due), text(reason)))
}

// GiveUp keeps a letter that nobody will try again by itself, unless somebody
// else has claimed it since.
func (v Outbox) GiveUp(ctx context.Context, p broker.Post, now time.Time, reason string) error {
	return v.settle(ctx, stGiveUpLetter.with(p.ID, p.Tries, ms(now), text(reason)))
}

func (v Outbox) settle(ctx context.Context, b bound) error {
	return v.db.change(ctx, b.name, func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, b)
		return err
	})
}

// Backlog returns how many letters wait and since when the oldest does; the
// zero time for none. Those that were given up do not count.
func (v Outbox) Backlog(ctx context.Context) (waiting int, oldest time.Time, err error) {
	err = v.db.look(ctx, "backlog", func(ctx context.Context, c conn) error {
		_, _, err := one(ctx, c, stBacklog.with(), func(r row) (struct{}, error) {
			var since int64
			err := r.Scan(&waiting, &since)
			oldest = at(since)
			return struct{}{}, err
		})
		return err
	})
	return waiting, oldest, err
}
