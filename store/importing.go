package store

import (
	"context"
	"slices"

	"github.com/signet-sso/signet/broker"
)

// Imports is the store as an import of many people uses it.
type Imports struct{ db *DB }

var _ broker.Imports = Imports{}

// Imports returns the store as an import of many people uses it.
func (d *DB) Imports() Imports { return Imports{d} }

// Import adds everybody of a batch who is new; see broker.Imports. It takes the
// turn of names first: from then on nobody else's name can come between what is
// looked up and what is written.
func (v Imports) Import(ctx context.Context, batch []broker.Enlistment, dry bool) (out []broker.Verdict, err error) {
	run, posted := v.db.transact, false
	if dry {
		run = v.db.look
	}
	err = run(ctx, "import accounts", func(ctx context.Context, c conn) error {
		if !dry {
			if err := takeTurns(ctx, c, batch); err != nil {
				return err
			}
		}
		r, err := readRegister(ctx, c, batch)
		if err != nil {
			return err
		}
		var fresh bulk
		out = make([]broker.Verdict, len(batch))
		for i, e := range batch {
			if out[i] = r.judge(e); out[i].Fate != broker.FateAdded || dry {
				continue
			}
			if err := fresh.put(e); err != nil {
				return err
			}
		}
		posted = len(fresh.letters) > 0
		return fresh.write(ctx, c)
	})
	if err == nil && posted {
		v.db.nudgeOutbox()
	}
	return out, err
}

// takeTurns takes the turn of numbers, if the batch brings any, and that of
// names. The order matters: who gives a number has to wait for an account that
// may wait for the turn of names.
func takeTurns(ctx context.Context, c conn, batch []broker.Enlistment) error {
	if slices.ContainsFunc(batch, func(e broker.Enlistment) bool { return e.Number != 0 }) {
		if _, _, err := one(ctx, c, stTakeNumbers.with(), scanInt); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, stTakeTurn.with())
	return err
}
