package store

import (
	"context"
	"slices"

	"github.com/signet-sso/signet/broker"
)

var (
	// stHeirs begins at the index of administrators: SQLite joins a CROSS JOIN in
	// the order that is written, and that every id is beyond '' makes it search.
	stHeirs = statement{"heirs", `
SELECT DISTINCT i.provider FROM accounts a CROSS JOIN identities i
WHERE i.account_id = a.id AND a.admin = 1 AND a.id > '' AND a.id <> $1 AND a.status = 'active'`}

	stTakeAdminTurn = statement{"take administrators' turn", `
UPDATE counters SET value = value + 1 WHERE name = 'administrators_turn'`}
)

// governs reports an account that may administer.
func governs(a broker.Account) bool { return a.Admin && a.Status == broker.Active }

// keepAnAdmin refuses to take the last administrator away. Whoever takes one
// waits here for others who do, and then sees what they did: two who remove
// each other leave one. It comes after the change and its other locks.
func keepAnAdmin(ctx context.Context, c conn, goneID string, heir broker.Heir) error {
	if heir == nil {
		return nil
	}
	if _, err := c.exec(ctx, stTakeAdminTurn.with()); err != nil {
		return err
	}
	realms, err := all(ctx, c, stHeirs.with(goneID), scanText)
	if err == nil && !slices.ContainsFunc(realms, heir) {
		err = broker.ErrLastAdmin
	}
	return err
}
