package store

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

// WaitingLetter is what an operator may see of a letter: never its content or
// its recipient.
type WaitingLetter struct {
	ID      string
	Created time.Time
	Due     time.Time // when it is tried next
	Tries   int
	GivenUp time.Time // zero while it is tried
	Reason  string    // why it is still here; "" when nobody has tried yet
}

// Letters returns letters that wait or were given up, the oldest first, after
// one of them: the zero value begins at the beginning.
func (v Outbox) Letters(ctx context.Context, after WaitingLetter, limit int) (out []WaitingLetter, err error) {
	err = v.db.look(ctx, "letters", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stLetters.with(ms(after.Created), text(after.ID), limit), scanWaiting)
		return err
	})
	return out, err
}

func scanWaiting(r row) (w WaitingLetter, err error) {
	var created, due, givenUp int64
	err = r.Scan(&w.ID, &created, &due, &w.Tries, &givenUp, &w.Reason)
	w.Created, w.Due, w.GivenUp = at(created), at(due), at(givenUp)
	return w, err
}

// Retry makes a letter due now, one that was given up too. It answers
// broker.ErrStale when there is none of that id, or when somebody sends it at
// this moment.
func (v Outbox) Retry(ctx context.Context, id string, now time.Time) error {
	err := v.db.change(ctx, "retry letter", func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, stRetryLetter.with(text(id), ms(now), beingSent))
		if err == nil && n == 0 {
			err = broker.ErrStale
		}
		return err
	})
	if err == nil {
		v.db.nudgeOutbox()
	}
	return err
}
