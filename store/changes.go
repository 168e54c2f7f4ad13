package store

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
)

// Changes is the store as those follow it who have to hear of what others
// change.
type Changes struct{ db *DB }

var _ broker.Changes = Changes{}

// Changes returns what replicas have to hear of.
func (d *DB) Changes() Changes { return Changes{d} }

// keepChanges is how long a change is told. Who has not listened for so long
// begins anew.
const keepChanges = 10 * time.Minute

var (
	stLastChange = statement{"last change", `
SELECT COALESCE(MAX(seq), 0) FROM changes`}

	stChangesAfter = statement{"changes after", `
SELECT seq, kind, id FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2`}
)

// Last returns the number of the latest change, 0 for none.
func (v Changes) Last(ctx context.Context) (n int64, err error) {
	err = v.db.look(ctx, "read last change", func(ctx context.Context, c conn) (err error) {
		n, _, err = one(ctx, c, stLastChange.with(), scanInt)
		return err
	})
	return n, err
}

// After returns the changes behind a number, in order, at most so many.
func (v Changes) After(ctx context.Context, seq int64, limit int) (out []broker.Noted, err error) {
	err = v.db.look(ctx, "read changes", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stChangesAfter.with(seq, limit), scanNoted)
		return err
	})
	return out, err
}

// Await returns when something may have changed, and at the latest when ctx
// ends. It serves one caller at a time.
func (v Changes) Await(ctx context.Context) {
	if v.db.engine.Listen != nil {
		v.db.engine.Listen(ctx)
		return
	}
	select {
	case <-v.db.wrote:
	case <-ctx.Done():
	}
}

func scanNoted(r row) (n broker.Noted, err error) {
	err = r.Scan(&n.Seq, &n.Kind, &n.ID)
	return n, err
}

// nudge wakes who follows the changes of this process, where the engine does
// not.
func (d *DB) nudge() {
	select {
	case d.wrote <- struct{}{}:
	default: // it is awake already
	}
}
