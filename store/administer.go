package store

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

var (
	// stLockAccount takes the row's lock on PostgreSQL; SQLite has one writer.
	// It returns the row itself: a subquery would show it as it was before the
	// wait for the lock.
	stLockAccount = statement{"lock account", `
UPDATE accounts SET updated_at = updated_at WHERE id = $1
RETURNING id, ` + returnedAccount}

	stRewriteAccount = statement{"rewrite account", `
UPDATE accounts SET status = $2, admin = $3, epoch = $4, doc = $5, updated_at = $6 WHERE id = $1`}

	stSetPassword = statement{"set password", `
UPDATE accounts SET password = $2, epoch = epoch + 1 WHERE id = $1
RETURNING id, ` + returnedAccount}

	stDropPassword = statement{"drop password", `
UPDATE accounts SET password = '' WHERE id = $1`}

	stForgetAttempts = statement{"forget attempts", `
DELETE FROM attempts WHERE bucket = $1`}

	stDropIdentity = statement{"drop identity", `
DELETE FROM identities WHERE provider = $1 AND subject = $2 AND account_id = $3`}
)

// Unlink removes one of an account's identities; see broker.Links.
func (v Directory) Unlink(ctx context.Context, accountID string, choose func([]broker.LinkedIdentity) (broker.LinkedIdentity, []broker.Post, error)) error {
	defer v.db.nudgeOutbox()
	return v.db.transact(ctx, "unlink", func(ctx context.Context, c conn) error {
		_, found, err := one(ctx, c, stLockAccount.with(text(accountID)), scanAccount)
		if err != nil {
			return err
		}
		if !found {
			return broker.ErrNoAccount
		}
		have, err := all(ctx, c, stIdentities.with(text(accountID)), scanIdentity)
		if err != nil {
			return err
		}
		gone, letters, err := choose(have)
		if err != nil {
			return err
		}
		if err := putLetters(ctx, c, letters); err != nil {
			return err
		}
		if gone.Provider == broker.LocalRealm {
			if _, err := c.exec(ctx, stDropPassword.with(text(accountID))); err != nil {
				return err
			}
		}
		_, err = c.exec(ctx, stDropIdentity.with(gone.Provider, gone.Subject, text(accountID)))
		return err
	})
}

// rewrite makes an account, which is locked, the one that it is after a change.
func rewrite(ctx context.Context, c conn, before, a broker.Account) error {
	doc, err := packProfile(a)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, stRewriteAccount.with(a.ID, string(a.Status), flag(a.Admin), a.Epoch, doc, ms(a.Updated)))
	if err != nil {
		return err
	}
	if err := renameTo(ctx, c, a); err != nil {
		return err
	}
	return moveIndex(ctx, c, before, a)
}

// Unlock forgets the failed attempts at an account; see broker.Locks.
func (v Directory) Unlock(ctx context.Context, id string) error {
	return v.db.change(ctx, "unlock", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stForgetAttempts.with(text(id)))
		return err
	})
}

// SetPassword stores a password hash, "" for none; see broker.Directory.
func (v Directory) SetPassword(ctx context.Context, id, hash string) error {
	return v.db.transact(ctx, "set password", func(ctx context.Context, c conn) error {
		a, found, err := one(ctx, c, stSetPassword.with(text(id), hash), scanAccount)
		if err != nil {
			return err
		}
		if !found {
			return broker.ErrNoAccount
		}
		if _, err := c.exec(ctx, stForgetAttempts.with(a.ID)); err != nil {
			return err
		}
		if hash == "" {
			_, err := c.exec(ctx, stDropIdentity.with(broker.LocalRealm, a.ID, a.ID))
			return err
		}
		if err := putIdentity(ctx, c, localIdentity(a)); err != nil {
			return fmt.Errorf("local identity: %w", err)
		}
		return nil
	})
}
