package store

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

var (
	stFactor = statement{"factor", `
SELECT seed, proposed, step FROM factors WHERE account_id = $1`}

	stPropose = statement{"propose factor", `
INSERT INTO factors (account_id, seed, proposed, step) VALUES ($1, NULL, $2, 0)
ON CONFLICT (account_id) DO UPDATE SET proposed = excluded.proposed`}

	// The step of the new seed's first code is used with it.
	stConfirmFactor = statement{"confirm factor", `
UPDATE factors SET seed = proposed, proposed = NULL, step = $2 WHERE account_id = $1 AND proposed IS NOT NULL`}

	stSpendStep = statement{"spend step", `
UPDATE factors SET step = $2 WHERE account_id = $1 AND seed IS NOT NULL AND step < $2`}

	stDropFactor = statement{"drop factor", `
DELETE FROM factors WHERE account_id = $1`}

	stAddCode = statement{"add recovery code", `
INSERT INTO recovery_codes (account_id, hash) VALUES ($1, $2)`}

	stSpendCode = statement{"spend recovery code", `
DELETE FROM recovery_codes WHERE account_id = $1 AND hash = $2`}

	stDropCodes = statement{"drop recovery codes", `
DELETE FROM recovery_codes WHERE account_id = $1`}
)

// Factor returns what is kept of an account's second factor; see
// broker.Factors.
func (v Members) Factor(ctx context.Context, accountID string) (f broker.Factor, err error) {
	err = v.db.look(ctx, "find factor", func(ctx context.Context, c conn) (err error) {
		f, _, err = one(ctx, c, stFactor.with(text(accountID)), func(r row) (f broker.Factor, err error) {
			err = r.Scan(&f.Seed, &f.Proposed, &f.Step)
			return f, err
		})
		return err
	})
	return f, err
}

// SpendStep uses up a time step; see broker.Factors.
func (v Members) SpendStep(ctx context.Context, accountID string, step int64) error {
	return v.db.change(ctx, "spend step", func(ctx context.Context, c conn) error {
		return spent(c.exec(ctx, stSpendStep.with(text(accountID), step)))
	})
}

// SpendCode uses up a recovery code; see broker.Factors.
func (v Members) SpendCode(ctx context.Context, accountID, hash string, letters []broker.Post) error {
	err := v.db.transact(ctx, "spend recovery code", func(ctx context.Context, c conn) error {
		if err := spent(c.exec(ctx, stSpendCode.with(text(accountID), text(hash)))); err != nil {
			return err
		}
		return putLetters(ctx, c, letters)
	})
	if err == nil && len(letters) > 0 {
		v.db.nudgeOutbox()
	}
	return err
}

// spent turns a change of no row into broker.ErrSpent.
func spent(changed int64, err error) error {
	if err == nil && changed == 0 {
		return broker.ErrSpent
	}
	return err
}

func changeFactor(ctx context.Context, c conn, a broker.Account, d broker.Deed) error {
	f := d.Factor
	if f.Drop {
		if _, err := c.exec(ctx, stDropFactor.with(a.ID)); err != nil {
			return err
		}
	}
	if f.Propose != nil {
		if _, err := c.exec(ctx, stPropose.with(a.ID, f.Propose)); err != nil {
			return err
		}
	}
	switch {
	case f.Confirm:
		if err := spent(c.exec(ctx, stConfirmFactor.with(a.ID, f.Step))); err != nil {
			return err
		}
	case f.Step != 0:
		if err := spent(c.exec(ctx, stSpendStep.with(a.ID, f.Step))); err != nil {
			return err
		}
	}
	return replaceCodes(ctx, c, a.ID, f)
}

func replaceCodes(ctx context.Context, c conn, accountID string, f broker.FactorChange) error {
	if !f.Drop && f.Codes == nil {
		return nil
	}
	if _, err := c.exec(ctx, stDropCodes.with(accountID)); err != nil {
		return err
	}
	for _, hash := range f.Codes {
		if !storable(hash) {
			return fmt.Errorf("recovery code: %w", errKey)
		}
		if _, err := c.exec(ctx, stAddCode.with(accountID, hash)); err != nil {
			return err
		}
	}
	return nil
}
