package store

import (
	"context"

	"github.com/signet-sso/signet/broker/token"
)

// Keys is the store of signing keys.
type Keys struct{ db *DB }

var _ token.KeyStore = Keys{}

// Keys returns the store of signing keys.
func (d *DB) Keys() Keys { return Keys{d} }

var (
	stKeysVersion = statement{"keys version", `
SELECT value FROM counters WHERE name = 'keys_version'`}

	stNextKeysVersion = statement{"next keys version", `
UPDATE counters SET value = value + 1 WHERE name = 'keys_version'`}

	stKeys = statement{"keys", `
SELECT id, algorithm, state, sealed, created_at, changed_at FROM signing_keys`}

	stDropKeys = statement{"drop keys", `
DELETE FROM signing_keys`}

	stAddKey = statement{"add key", `
INSERT INTO signing_keys (id, algorithm, state, sealed, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6)`}
)

// Keys returns every signing key.
func (v Keys) Keys(ctx context.Context) (out []token.StoredKey, err error) {
	err = v.db.look(ctx, "read keys", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stKeys.with(), scanKey)
		return err
	})
	return out, err
}

// KeysVersion returns the number of changes so far.
func (v Keys) KeysVersion(ctx context.Context) (n int64, err error) {
	err = v.db.look(ctx, "read version of keys", func(ctx context.Context, c conn) (err error) {
		n, _, err = one(ctx, c, stKeysVersion.with(), scanInt)
		return err
	})
	return n, err
}

// ChangeKeys replaces the signing keys; see token.KeyStore. The row of the
// version is the lock.
func (v Keys) ChangeKeys(ctx context.Context, change func([]token.StoredKey) ([]token.StoredKey, error)) error {
	return v.db.transact(ctx, "change keys", func(ctx context.Context, c conn) error {
		if _, err := c.exec(ctx, stNextKeysVersion.with()); err != nil {
			return err
		}
		keys, err := all(ctx, c, stKeys.with(), scanKey)
		if err != nil {
			return err
		}
		if keys, err = change(keys); err != nil {
			return err
		}
		return replaceKeys(ctx, c, keys)
	})
}

func replaceKeys(ctx context.Context, c conn, keys []token.StoredKey) error {
	if _, err := c.exec(ctx, stDropKeys.with()); err != nil {
		return err
	}
	for _, k := range keys {
		sealed := k.Sealed
		if sealed == nil {
			sealed = []byte{}
		}
		_, err := c.exec(ctx, stAddKey.with(k.ID, k.Algorithm, k.State, sealed, ms(k.CreatedAt), ms(k.ChangedAt)))
		if err != nil {
			return err
		}
	}
	return nil
}

func scanKey(r row) (k token.StoredKey, err error) {
	var created, changed int64
	err = r.Scan(&k.ID, &k.Algorithm, &k.State, &k.Sealed, &created, &changed)
	k.CreatedAt, k.ChangedAt = at(created), at(changed)
	return k, err
}
