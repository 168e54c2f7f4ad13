package store

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// Registry is the store as it takes accounts away.
type Registry struct{ db *DB }

var _ broker.Registry = Registry{}

// Registry returns the store as it takes accounts away.
func (d *DB) Registry() Registry { return Registry{d} }

var (
	stDropMerged = statement{"drop merged accounts", `
DELETE FROM accounts WHERE id IN (SELECT m.from_id FROM merges m WHERE m.into_id = $1)`}

	stDropAccount = statement{"drop account", `
DELETE FROM accounts WHERE id = $1`}
)

// Remove removes an account with all that is its own; see broker.Registry. The
// schema says what goes with it.
func (v Registry) Remove(ctx context.Context, r broker.Removal) (a broker.Account, err error) {
	err = v.db.transact(ctx, "remove account", func(ctx context.Context, c conn) error {
		var found bool
		a, found, err = one(ctx, c, stLockAccount.with(text(r.AccountID)), scanAccount)
		if err != nil {
			return err
		}
		if !found {
			return broker.ErrNoAccount
		}
		if governs(a) {
			if err := keepAnAdmin(ctx, c, a.ID, r.Heir); err != nil {
				return err
			}
		}
		for _, st := range []statement{stForgetAttempts, stDropMerged, stDropAccount} {
			if _, err := c.exec(ctx, st.with(a.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return a, err
}
