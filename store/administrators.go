package store

import "context"

// stOtherAdmin reads the index of administrators only; that every id is beyond
// ” makes SQLite search it instead of scanning.
var stOtherAdmin = statement{"other administrator", `
SELECT 1 FROM accounts a
WHERE a.admin = 1 AND a.id > '' AND a.id <> $1 AND a.status = 'active'
	AND EXISTS (SELECT 1 FROM identities i WHERE i.account_id = a.id)
LIMIT 1`}

// OtherAdmin reports whether an active administrator who has a way to sign in
// would be left without the account.
func (v Directory) OtherAdmin(ctx context.Context, accountID string) (other bool, err error) {
	err = v.db.look(ctx, "other administrator", func(ctx context.Context, c conn) (err error) {
		_, other, err = one(ctx, c, stOtherAdmin.with(text(accountID)), scanInt)
		return err
	})
	return other, err
}
