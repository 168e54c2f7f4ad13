package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

// Accounts is the store as sign-in uses it.
type Accounts struct{ db *DB }

var _ broker.Accounts = Accounts{}

// Accounts returns the store as sign-in uses it.
func (d *DB) Accounts() Accounts { return Accounts{d} }

var stByIdentity = statement{"by identity", `
SELECT a.id, ` + packedAccount + `, ` + packedIdentity + `
FROM identities i JOIN accounts a ON a.id = i.account_id
WHERE i.provider = $1 AND i.subject = $2`}

var stByEmail = statement{"by email", `
SELECT a.id, ` + packedAccount + `
FROM names n JOIN accounts a ON a.id = n.account_id
WHERE n.name = $1 AND n.kind = 'email'`}

// ByIdentity finds an account by one of its identities only.
func (v Accounts) ByIdentity(ctx context.Context, provider, subject string) (broker.Account, broker.LinkedIdentity, error) {
	var found bool
	var s broker.Standing
	if !storable(provider) || !storable(subject) {
		return s.Account, s.Identity, fmt.Errorf("find by identity: %w", broker.ErrNoAccount)
	}
	err := v.db.look(ctx, "find by identity", func(ctx context.Context, c conn) (err error) {
		s, found, err = one(ctx, c, stByIdentity.with(provider, subject), func(r row) (broker.Standing, error) {
			return scanStanding(r, provider)
		})
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("find by identity: %w", broker.ErrNoAccount)
	}
	return s.Account, s.Identity, err
}

// ByEmail finds an account by its normalised address, confirmed or not.
func (v Accounts) ByEmail(ctx context.Context, email string) (broker.Account, error) {
	return v.db.account(ctx, "find by address", stByEmail.with(loginKey(email)))
}

// account asks for one account; broker.ErrNoAccount without one.
func (d *DB) account(ctx context.Context, name string, b bound) (a broker.Account, err error) {
	var found bool
	err = d.look(ctx, name, func(ctx context.Context, c conn) (err error) {
		a, found, err = one(ctx, c, b, scanAccount)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", name, broker.ErrNoAccount)
	}
	return a, err
}

func scanAccount(r row) (broker.Account, error) {
	var id string
	var packed sql.NullString
	if err := r.Scan(&id, &packed); err != nil {
		return broker.Account{}, err
	}
	return unpackAccount(id, packed)
}
