package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers/local"
)

// Credentials is the store as the driver of local passwords uses it.
type Credentials struct{ db *DB }

var _ local.Store = Credentials{}

// Credentials returns the store as the driver of local passwords uses it.
func (d *DB) Credentials() Credentials { return Credentials{d} }

var (
	stCredential = statement{"credential", `
SELECT a.id, a.password, ` + packedAccount + `
FROM names n JOIN accounts a ON a.id = n.account_id
WHERE n.name = $1`}

	stRehash = statement{"rehash", `
UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2`}
)

// Credential finds the password hash of an account by user name or address.
func (v Credentials) Credential(ctx context.Context, login string) (out local.Credential, err error) {
	var found bool
	err = v.db.look(ctx, "find credential", func(ctx context.Context, c conn) (err error) {
		out, found, err = one(ctx, c, stCredential.with(loginKey(login)), scanCredential)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("find credential: %w", local.ErrNoCredential)
	}
	return out, err
}

// Rehash replaces a hash if it is still the old one.
func (v Credentials) Rehash(ctx context.Context, accountID, old, new string) error {
	return v.db.change(ctx, "rehash", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stRehash.with(accountID, old, new))
		return err
	})
}

func scanCredential(r row) (local.Credential, error) {
	var id, hash string
	var packed sql.NullString
	if err := r.Scan(&id, &hash, &packed); err != nil {
		return local.Credential{}, err
	}
	var a broker.Account
	a, err := unpackAccount(id, packed)
	return local.Credential{AccountID: id, Username: a.Username, Email: a.Email, Hash: hash}, err
}
