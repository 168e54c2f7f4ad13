package store

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/signet-sso/signet/broker"
)

// Members is the store of what people do about accounts of their own.
type Members struct{ db *DB }

var (
	_ broker.Amendments = Members{}
	_ broker.Factors    = Members{}
	_ broker.Errands    = Members{}
	_ broker.Pendings   = Members{}
)

// Members returns the store of what people do about accounts of their own.
func (d *DB) Members() Members { return Members{d} }

var stStorePassword = statement{"store password", `
UPDATE accounts SET password = $2 WHERE id = $1`}

// Amend does all of an amendment, or nothing; see broker.Amendments.
func (v Members) Amend(ctx context.Context, am broker.Amendment) (out broker.Account, err error) {
	posted := false
	err = v.db.transact(ctx, "amend account", func(ctx context.Context, c conn) error {
		a, t, err := target(ctx, c, am)
		if err != nil {
			return err
		}
		before := a
		d, err := am.Change(&a, t)
		if err != nil {
			return err
		}
		if err := spendQuota(ctx, c, d, am.Now); err != nil {
			return err
		}
		a.ID, a.Epoch, a.Created = before.ID, before.Epoch, before.Created
		if a.Status != before.Status || d.Password != nil || d.Renew {
			a.Epoch++
		}
		if !reflect.DeepEqual(a, before) {
			if err := rewrite(ctx, c, before, a); err != nil {
				return err
			}
		}
		out, posted = a, len(d.Letters) > 0
		if err := perform(ctx, c, a, d, am.Now); err != nil || !governs(before) || governs(a) {
			return err
		}
		return keepAnAdmin(ctx, c, a.ID, am.Heir)
	})
	if err == nil && posted {
		v.db.nudgeOutbox()
	}
	return out, err
}

// Enlist adds an account with what goes with it; see broker.Amendments.
func (v Members) Enlist(ctx context.Context, n broker.Newcomer, d broker.Deed) error {
	now := n.Account.Created
	err := v.db.transact(ctx, "enlist account", func(ctx context.Context, c conn) error {
		if err := spendQuota(ctx, c, d, now); err != nil {
			return err
		}
		if err := create(ctx, c, n); err != nil {
			return err
		}
		return perform(ctx, c, n.Account, d, now)
	})
	if err == nil && len(d.Letters) > 0 {
		v.db.nudgeOutbox()
	}
	return err
}

// target locks the account of an amendment and uses up its ticket. The account
// is locked first: whoever issues a ticket does so too.
func target(ctx context.Context, c conn, am broker.Amendment) (a broker.Account, t broker.Ticket, err error) {
	id := am.AccountID
	if am.Ticket != "" {
		var found bool
		t, found, err = one(ctx, c, stTicket.with(text(am.Ticket), string(am.Purpose), ms(am.Now)), scanTicket)
		if err == nil && !found {
			err = broker.ErrTicket
		}
		if err != nil {
			return a, t, err
		}
		id = t.AccountID
	}
	a, found, err := one(ctx, c, stLockAccount.with(text(id)), scanAccount)
	if err == nil && !found {
		err = broker.ErrNoAccount
	}
	if err != nil || am.Ticket == "" {
		return a, t, err
	}
	used, err := c.exec(ctx, stUseTicket.with(t.Hash, string(t.Purpose)))
	if err == nil && (used == 0 || !good(t, a)) {
		err = broker.ErrTicket
	}
	return a, t, err
}

// perform does what a deed says besides the account's own row.
func perform(ctx context.Context, c conn, a broker.Account, d broker.Deed, now time.Time) error {
	for _, step := range []func(context.Context, conn, broker.Account, broker.Deed) error{
		storePassword, issueTicket, changeFactor,
	} {
		if err := step(ctx, c, a, d); err != nil {
			return err
		}
	}
	if err := putLetters(ctx, c, d.Letters); err != nil {
		return fmt.Errorf("post letters: %w", err)
	}
	if d.EndSessions {
		if _, err := c.exec(ctx, stEndAll.with(a.ID, ms(now), text(d.Reason), text(d.Keep), "")); err != nil {
			return err
		}
	}
	if d.Errand == "" {
		return nil
	}
	_, err := c.exec(ctx, stDropErrand.with(d.Errand))
	return err
}

func storePassword(ctx context.Context, c conn, a broker.Account, d broker.Deed) error {
	if d.Password == nil {
		return nil
	}
	if _, err := c.exec(ctx, stStorePassword.with(a.ID, *d.Password)); err != nil {
		return err
	}
	if _, err := c.exec(ctx, stForgetAttempts.with(a.ID)); err != nil {
		return err
	}
	return putIdentity(ctx, c, localIdentity(a))
}
