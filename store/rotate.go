package store

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// upstreamIfDue spares most uses of a session what only a recheck needs.
const upstreamIfDue = `CASE WHEN sessions.outcome = 2 THEN sessions.upstream END`

var (
	// stRotate compares the generation and changes it in one statement: of any
	// number of callers with one token, on any number of replicas, one moves the
	// generation. The others wait for the row, find the next generation and get
	// the same answer within the grace. A clock that went back by more than the
	// grace does not open it again.
	//
	// $3 generation, $4 grace, $5 idle end, $6 recheck interval.
	stRotate = statement{"rotate", `
UPDATE sessions SET
	generation = CASE WHEN generation = $3 THEN generation + 1 ELSE generation END,
	outcome = CASE WHEN generation <> $3 THEN 0 WHEN rechecked_at + $6 <= $2 THEN 2 ELSE 1 END,
	rechecked_at = CASE WHEN generation = $3 AND rechecked_at + $6 <= $2 THEN $2 ELSE rechecked_at END,
	last_used_at = CASE WHEN generation = $3 THEN $2 ELSE last_used_at END,
	rotated_at = CASE WHEN generation = $3 THEN $2 ELSE rotated_at END,
	idle_ends_at = CASE WHEN generation = $3 THEN $5 ELSE idle_ends_at END
WHERE ` + alive + ` AND (sessions.generation = $3
	OR $3 > 0 AND sessions.generation = $3 + 1 AND sessions.rotated_at + $4 > $2 AND sessions.rotated_at - $4 <= $2)
RETURNING ` + sessionColumns + `, ` + upstreamIfDue + `, ` + sessionAccount + `, ` + sessionIdentity}

	// $3 idle end, $4 recheck interval.
	stTouch = statement{"touch", `
UPDATE sessions SET
	outcome = CASE WHEN rechecked_at + $4 <= $2 THEN 2 ELSE 1 END,
	rechecked_at = CASE WHEN rechecked_at + $4 <= $2 THEN $2 ELSE rechecked_at END,
	last_used_at = $2,
	idle_ends_at = $3
WHERE ` + alive + `
RETURNING ` + sessionColumns + `, ` + upstreamIfDue + `, ` + sessionAccount + `, ` + sessionIdentity}
)

// Rotate uses a refresh token; see broker.Sessions.
func (v Sessions) Rotate(ctx context.Context, r sessions.Rotation) (broker.Rotated, error) {
	return v.use(ctx, "rotate session", stRotate.with(text(r.ID), ms(r.Now), r.Generation,
		r.Grace.Milliseconds(), ms(r.IdleEnds), r.Recheck.Milliseconds()))
}

// Touch marks use without rotating. The interval of recheck counts as it does
// for Rotate: a session that is never rotated must still be asked about.
func (v Sessions) Touch(ctx context.Context, r sessions.Rotation) (broker.Rotated, error) {
	out, err := v.use(ctx, "touch session", stTouch.with(text(r.ID), ms(r.Now), ms(r.IdleEnds), r.Recheck.Milliseconds()))
	out.Fresh = false
	return out, err
}

func (v Sessions) use(ctx context.Context, name string, b bound) (out broker.Rotated, err error) {
	var found bool
	err = v.db.change(ctx, name, func(ctx context.Context, c conn) (err error) {
		out, found, err = one(ctx, c, b, scanRotated)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", name, sessions.ErrNotFound)
	}
	return out, err
}
