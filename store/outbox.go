package store

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

var stPutLetter = statement{"put letter", `
INSERT INTO outbox (id, sealed, created_at, due_at, tries, given_up, reason) VALUES ($1, $2, $3, $3, 0, 0, '')`}

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
