package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// Directory is the store as administrators use it.
type Directory struct{ db *DB }

var (
	_ broker.Directory = Directory{}
	_ broker.Locks     = Directory{}
	_ broker.Links     = Directory{}
)

// Directory returns the store as administrators use it.
func (d *DB) Directory() Directory { return Directory{d} }

var (
	// An id goes before a name: nobody becomes somebody else by a user name
	// that looks like an id.
	stAccount = statement{"account", `
SELECT a.id, ` + packedAccount + ` FROM accounts a WHERE a.id = COALESCE(
	(SELECT b.id FROM accounts b WHERE b.id = $1), (SELECT n.account_id FROM names n WHERE n.name = $2))`}

	stIdentities = statement{"identities", `
SELECT i.provider, i.account_id, ` + packedIdentity + ` FROM identities i
WHERE i.account_id = $1 ORDER BY i.created_at, i.provider, i.subject`}

	stLiveSessions = statement{"live sessions", `
SELECT ` + sessionColumns + `, NULL, NULL, NULL FROM sessions
WHERE sessions.account_id = $1 AND sessions.ended_at = 0 AND sessions.ends_at > $2 AND sessions.idle_ends_at > $2
ORDER BY sessions.last_used_at DESC, sessions.id`}
)

// Account finds an account by id, user name or address.
func (v Directory) Account(ctx context.Context, ref string) (broker.Account, error) {
	return v.db.account(ctx, "find account", stAccount.with(text(ref), loginKey(ref)))
}

// Identities returns an account's identities, oldest first.
func (v Directory) Identities(ctx context.Context, id string) (out []broker.LinkedIdentity, err error) {
	err = v.db.look(ctx, "list identities", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stIdentities.with(text(id)), scanIdentity)
		return err
	})
	return out, err
}

// LiveSessions returns an account's live sessions, latest use first.
func (v Directory) LiveSessions(ctx context.Context, id string, now time.Time) ([]sessions.Session, error) {
	var used []broker.Rotated
	err := v.db.look(ctx, "list sessions", func(ctx context.Context, c conn) (err error) {
		used, err = all(ctx, c, stLiveSessions.with(text(id), ms(now)), scanRotated)
		return err
	})
	out := make([]sessions.Session, len(used))
	for i, u := range used {
		out[i] = u.Session
	}
	return out, err
}

func scanIdentity(r row) (broker.LinkedIdentity, error) {
	var provider, accountID string
	var packed sql.NullString
	if err := r.Scan(&provider, &accountID, &packed); err != nil {
		return broker.LinkedIdentity{}, err
	}
	return unpackIdentity(provider, accountID, packed)
}
