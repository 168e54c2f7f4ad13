package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signet-sso/signet/broker"
)

var (
	errKey = errors.New("a key is empty, too long or no valid text")

	stAddAccount = statement{"add account", `
INSERT INTO accounts (id, status, admin, epoch, password, doc, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`}

	stAnybody = statement{"anybody", `
SELECT 1 FROM accounts WHERE id > '' LIMIT 1`}

	stDropNames = statement{"drop names", `
DELETE FROM names WHERE account_id = $1 AND name <> $2 AND name <> $3`}

	stOwnNames = statement{"own names", `
SELECT name FROM names WHERE account_id = $1`}

	stTakeTurn = statement{"take turn", `
UPDATE counters SET value = value + 1 WHERE name = 'names_turn'`}

	stOwner = statement{"owner of name", `
SELECT account_id FROM names WHERE name = $1 AND account_id <> $2`}

	// No row when another account has the name.
	stPutName = statement{"put name", `
INSERT INTO names (name, account_id, kind) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET kind = excluded.kind WHERE names.account_id = excluded.account_id`}

	// No row when another account has the identity.
	stPutIdentity = statement{"put identity", `
INSERT INTO identities (provider, subject, account_id, login_key, doc, created_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (provider, subject) DO UPDATE SET login_key = excluded.login_key, doc = excluded.doc, seen_at = excluded.seen_at
WHERE identities.account_id = excluded.account_id`}
)

// Create adds an account with what it is entered by; see broker.Accounts. An
// id that is or was in use is ErrTaken as well.
func (v Accounts) Create(ctx context.Context, n broker.Newcomer) error {
	return v.db.transact(ctx, "create account", func(ctx context.Context, c conn) error { return create(ctx, c, n) })
}

// create adds an account within a transaction.
func create(ctx context.Context, c conn, n broker.Newcomer) error {
	a := n.Account
	if !storable(a.ID) {
		return fmt.Errorf("id: %w", errKey)
	}
	if err := checkFirst(ctx, c, n); err != nil {
		return err
	}
	doc, err := packProfile(a)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, stAddAccount.with(a.ID, string(a.Status), flag(a.Admin), a.Epoch,
		n.PasswordHash, doc, ms(a.Created), ms(a.Updated)))
	if err != nil {
		return err
	}
	if _, err := c.exec(ctx, stTakeTurn.with()); err != nil {
		return err
	}
	if err := checkHearsay(ctx, c, a); err != nil {
		return err
	}
	if err := putNames(ctx, c, a); err != nil {
		return err
	}
	if err := enterIndex(ctx, c, a); err != nil {
		return err
	}
	if n.PasswordHash != "" {
		if err := putIdentity(ctx, c, localIdentity(a)); err != nil {
			return err
		}
	}
	if n.Identity == nil {
		return nil
	}
	id := *n.Identity
	id.AccountID = a.ID
	return putIdentity(ctx, c, id)
}

// checkFirst refuses a first account where there is one: of two at once the
// second waits for the turn.
func checkFirst(ctx context.Context, c conn, n broker.Newcomer) error {
	if !n.First {
		return nil
	}
	if _, err := c.exec(ctx, stTakeTurn.with()); err != nil {
		return err
	}
	_, some, err := one(ctx, c, stAnybody.with(), scanInt)
	if err == nil && some {
		err = broker.ErrTaken
	}
	return err
}

// Save rewrites profile, groups and an identity under the account's lock; see
// broker.Accounts.
func (v Accounts) Save(ctx context.Context, r broker.Revision) (out broker.Account, err error) {
	err = v.db.transact(ctx, "save account", func(ctx context.Context, c conn) error {
		was, found, err := one(ctx, c, stLockAccount.with(text(r.AccountID)), scanAccount)
		if err != nil {
			return err
		}
		if !found || was.Epoch != r.Epoch {
			return broker.ErrStale
		}
		out = was
		r.Change(&out)
		out.ID, out.Status, out.Admin, out.Epoch, out.Created = was.ID, was.Status, was.Admin, was.Epoch, was.Created
		if err := rewrite(ctx, c, was, out); err != nil {
			return err
		}
		if err := putLetters(ctx, c, r.Letters); err != nil {
			return err
		}
		if r.Identity == nil {
			return nil
		}
		link := *r.Identity
		link.AccountID = out.ID
		return putIdentity(ctx, c, link)
	})
	if err == nil && len(r.Letters) > 0 {
		v.db.nudgeOutbox()
	}
	return out, err
}

// renameTo makes an account's names those that it has now.
func renameTo(ctx context.Context, c conn, a broker.Account) error {
	if err := checkHearsay(ctx, c, a); err != nil {
		return err
	}
	have, err := all(ctx, c, stOwnNames.with(a.ID), scanText)
	if err != nil {
		return err
	}
	slices.Sort(have)
	if slices.Equal(have, wantedNames(a)) {
		return nil
	}
	if _, err := c.exec(ctx, stTakeTurn.with()); err != nil {
		return err
	}
	if _, err := c.exec(ctx, stDropNames.with(a.ID, loginKey(a.Username), loginKey(ownAddress(a)))); err != nil {
		return err
	}
	return putNames(ctx, c, a)
}

// ownAddress is the address that nobody else can have.
func ownAddress(a broker.Account) string {
	if a.EmailHearsay {
		return ""
	}
	return a.Email
}

// checkHearsay refuses an address that nobody vouches for when it is somebody
// else's.
func checkHearsay(ctx context.Context, c conn, a broker.Account) error {
	if !a.EmailHearsay {
		return nil
	}
	_, owned, err := one(ctx, c, stOwner.with(loginKey(a.Email), a.ID), scanText)
	if err == nil && owned {
		err = broker.ErrTaken
	}
	return err
}

// wantedNames are the keys that an account should have, in their order.
func wantedNames(a broker.Account) []string {
	names := slices.DeleteFunc([]string{loginKey(a.Username), loginKey(ownAddress(a))}, func(n string) bool { return n == "" })
	slices.Sort(names)
	return slices.Compact(names)
}

// putNames gives an account its user name and address. The caller has taken the
// turn: changes of names happen one after the other, since two that cross would
// each hold what the other waits for. They are rare.
func putNames(ctx context.Context, c conn, a broker.Account) error {
	for _, n := range [][2]string{{loginKey(a.Username), "username"}, {loginKey(ownAddress(a)), "email"}} {
		if n[0] == "" {
			continue
		}
		if !storable(n[0]) {
			return fmt.Errorf("name: %w", errKey)
		}
		changed, err := c.exec(ctx, stPutName.with(n[0], a.ID, n[1]))
		if err != nil {
			return err
		}
		if changed == 0 {
			return broker.ErrTaken
		}
	}
	return nil
}

func putIdentity(ctx context.Context, c conn, id broker.LinkedIdentity) error {
	if !storable(id.Provider) || !storable(id.Subject) {
		return fmt.Errorf("identity: %w", errKey)
	}
	doc, err := pack(link{Subject: id.Subject, Login: id.Login})
	if err != nil {
		return err
	}
	n, err := c.exec(ctx, stPutIdentity.with(id.Provider, id.Subject, id.AccountID, identityKey(id), doc, ms(id.Seen)))
	if err != nil {
		return err
	}
	if n == 0 {
		return broker.ErrTaken
	}
	return nil
}

// identityKey is what an identity's login name is compared by, nil for none. A
// local one has none: local accounts are found by names, and an old user name
// that somebody else has now must not lead here.
func identityKey(id broker.LinkedIdentity) any {
	key := loginKey(id.Login)
	if id.Provider == broker.LocalRealm || !storable(key) {
		return nil
	}
	return key
}

// localIdentity is the identity of an account that has a password.
func localIdentity(a broker.Account) broker.LinkedIdentity {
	id := broker.LinkedIdentity{
		Provider: broker.LocalRealm, Subject: a.ID, AccountID: a.ID, Login: a.Username, Seen: a.Updated,
	}
	if id.Login == "" {
		id.Login = a.Email
	}
	return id
}
