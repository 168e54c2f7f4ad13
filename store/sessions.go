package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// Sessions is the store of refresh sessions.
type Sessions struct{ db *DB }

var _ broker.Sessions = Sessions{}

// Sessions returns the store of refresh sessions.
func (d *DB) Sessions() Sessions { return Sessions{d} }

// What a use of a session did: sessions.outcome. RETURNING shows a row after
// the change only, and the time alone does not tell two calls of the same
// millisecond apart.
const (
	outcomeRepeated = 0 // within the grace, or no use yet
	outcomeFresh    = 1
	outcomeRecheck  = 2 // fresh, and the provider is to be asked again
)

const sessionColumns = `sessions.id, sessions.account_id, sessions.provider, sessions.subject,
	sessions.generation, sessions.mode, sessions.amr, sessions.counted,
	sessions.auth_time, sessions.last_used_at, sessions.rotated_at, sessions.rechecked_at,
	sessions.idle_ends_at, sessions.ends_at, sessions.address, sessions.user_agent,
	sessions.upstream_id, sessions.outcome`

const sessionAccount = `(SELECT ` + packedAccount + ` FROM accounts a WHERE a.id = sessions.account_id)`

const sessionIdentity = `(SELECT ` + packedIdentity + ` FROM identities i
	WHERE i.provider = sessions.provider AND i.subject = sessions.subject AND i.account_id = sessions.account_id)`

// $1 id, $2 now.
const alive = `sessions.id = $1 AND sessions.ended_at = 0 AND sessions.ends_at > $2 AND sessions.idle_ends_at > $2`

var (
	stStart = statement{"start session", `
INSERT INTO sessions (id, account_id, epoch, provider, subject, generation, outcome, mode, amr, counted,
	created_at, auth_time, last_used_at, rotated_at, rechecked_at, idle_ends_at, ends_at, ended_at, end_reason,
	address, user_agent, upstream, upstream_id)
SELECT CAST($1 AS TEXT), a.id, a.epoch, CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT), 0,
	CAST($7 AS TEXT), CAST($8 AS TEXT), CAST($9 AS BIGINT),
	CAST($10 AS BIGINT), CAST($11 AS BIGINT), CAST($10 AS BIGINT), CAST($12 AS BIGINT), CAST($13 AS BIGINT),
	CAST($14 AS BIGINT), CAST($15 AS BIGINT), 0, '', CAST($16 AS TEXT), CAST($17 AS TEXT),
	CAST($18 AS TEXT), CAST($19 AS TEXT)
FROM accounts a WHERE a.id = $2 AND a.epoch = $3 AND a.status = 'active'`}

	stFind = statement{"find session", `
SELECT ` + sessionColumns + `, sessions.upstream, ` + sessionAccount + `, NULL FROM sessions WHERE ` + alive}

	stEnd = statement{"end session", `
UPDATE sessions SET ended_at = $2, end_reason = $3, upstream = ''
WHERE id = $1 AND ended_at = 0
RETURNING CASE WHEN ends_at > $2 AND idle_ends_at > $2 THEN 1 ELSE 0 END`}

	stEndAll = statement{"end sessions", `
UPDATE sessions SET ended_at = $2, end_reason = $3, upstream = ''
WHERE account_id = $1 AND id <> $4 AND ended_at = 0 AND (CAST($5 AS TEXT) = '' OR mode = $5)
RETURNING CASE WHEN ends_at > $2 AND idle_ends_at > $2 THEN 1 ELSE 0 END`}
)

// Start adds a session; see broker.Sessions.
func (v Sessions) Start(ctx context.Context, s sessions.Session, epoch int64) error {
	if !storable(s.ID) || !storable(s.Provider) || !storable(s.Subject) {
		return fmt.Errorf("start session: %w", errKey)
	}
	amr, err := pack(s.AMR)
	if err != nil {
		return fmt.Errorf("start session: %w", err)
	}
	b := stStart.with(s.ID, s.AccountID, epoch, s.Provider, s.Subject, s.Generation, string(s.Mode), amr, flag(s.Counted),
		ms(s.LastUsed), ms(s.AuthTime), ms(s.RotatedAt), ms(s.RecheckedAt), ms(s.IdleEnds), ms(s.Ends),
		text(s.Address), text(s.UserAgent), base64.RawStdEncoding.EncodeToString(s.Upstream), text(s.UpstreamID))
	return v.db.change(ctx, "start session", func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, b)
		if err == nil && n == 0 {
			err = broker.ErrStale
		}
		return err
	})
}

// Find returns a live session and its account.
func (v Sessions) Find(ctx context.Context, id string, now time.Time) (sessions.Session, broker.Account, error) {
	var r broker.Rotated
	var found bool
	err := v.db.look(ctx, "find session", func(ctx context.Context, c conn) (err error) {
		r, found, err = one(ctx, c, stFind.with(text(id), ms(now)), scanRotated)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("find session: %w", sessions.ErrNotFound)
	}
	return r.Session, r.Account, err
}

// End ends one session. One that is past its ends is marked too, and not
// reported.
func (v Sessions) End(ctx context.Context, id, reason string, now time.Time) (bool, error) {
	n, err := v.db.end(ctx, "end session", stEnd.with(text(id), ms(now), text(reason)))
	return n > 0, err
}

// EndAll ends every session of an account but one, and returns how many were
// alive.
func (v Sessions) EndAll(ctx context.Context, e broker.EndAll) (int, error) {
	return v.db.end(ctx, "end sessions", stEndAll.with(text(e.AccountID), ms(e.Now), text(e.Reason), text(e.Keep), string(e.Mode)))
}

func (d *DB) end(ctx context.Context, name string, b bound) (ended int, err error) {
	err = d.change(ctx, name, func(ctx context.Context, c conn) error {
		were, err := all(ctx, c, b, scanInt)
		ended = 0
		for _, alive := range were {
			ended += int(alive)
		}
		return err
	})
	return ended, err
}

// scanSession reads sessionColumns, upstream and what follows them.
func scanSession(r row, more ...any) (s sessions.Session, outcome int64, err error) {
	var amr string
	var upstream sql.NullString
	var counted, authTime, lastUsed, rotated, rechecked, idleEnds, ends int64
	err = r.Scan(append([]any{&s.ID, &s.AccountID, &s.Provider, &s.Subject, &s.Generation, &s.Mode, &amr, &counted,
		&authTime, &lastUsed, &rotated, &rechecked, &idleEnds, &ends, &s.Address, &s.UserAgent, &s.UpstreamID, &outcome, &upstream}, more...)...)
	if err != nil {
		return s, 0, err
	}
	s.Counted = counted == 1
	s.AuthTime, s.LastUsed, s.RotatedAt, s.RecheckedAt = at(authTime), at(lastUsed), at(rotated), at(rechecked)
	s.IdleEnds, s.Ends = at(idleEnds), at(ends)
	if err := json.Unmarshal([]byte(amr), &s.AMR); err != nil {
		return s, 0, fmt.Errorf("session of %s: malformed methods", s.AccountID)
	}
	if upstream.String != "" {
		if s.Upstream, err = base64.RawStdEncoding.DecodeString(upstream.String); err != nil {
			return s, 0, fmt.Errorf("session of %s: malformed upstream", s.AccountID)
		}
	}
	return s, outcome, nil
}

func scanRotated(r row) (out broker.Rotated, err error) {
	var account, identity sql.NullString
	var outcome int64
	out.Session, outcome, err = scanSession(r, &account, &identity)
	if err != nil {
		return out, err
	}
	if out.Account, err = unpackAccount(out.Session.AccountID, account); err != nil {
		return out, err
	}
	out.Identity, err = unpackIdentity(out.Session.Provider, out.Session.AccountID, identity)
	out.Fresh, out.RecheckDue = outcome != outcomeRepeated, outcome == outcomeRecheck
	return out, err
}
