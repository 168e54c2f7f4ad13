package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/sessions"
)

var (
	stPutPending = statement{"put pending", `
INSERT INTO pendings (key, doc, expires_at) VALUES ($1, $2, $3)`}

	stPending = statement{"pending", `
SELECT doc FROM pendings WHERE key = $1 AND expires_at > $2`}

	stTakePending = statement{"take pending", `
DELETE FROM pendings WHERE key = $1 AND expires_at > $2 RETURNING doc`}
)

// PutPending stores a sign-in that waits for its second factor.
func (v Members) PutPending(ctx context.Context, p sessions.Pending) error {
	if !storable(p.Key) {
		return fmt.Errorf("put pending: %w", errKey)
	}
	doc, err := pack(p)
	if err != nil {
		return fmt.Errorf("put pending: %w", err)
	}
	return v.db.change(ctx, "put pending", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stPutPending.with(p.Key, doc, ms(p.Expires)))
		return err
	})
}

// Pending returns one that has not expired; see broker.Pendings.
func (v Members) Pending(ctx context.Context, key string, now time.Time) (sessions.Pending, error) {
	return v.pending(ctx, v.db.look, stPending.with(text(key), ms(now)))
}

// TakePending returns and removes one in one statement.
func (v Members) TakePending(ctx context.Context, key string, now time.Time) (sessions.Pending, error) {
	return v.pending(ctx, v.db.change, stTakePending.with(text(key), ms(now)))
}

func (v Members) pending(
	ctx context.Context, run func(context.Context, string, func(context.Context, conn) error) error, b bound,
) (p sessions.Pending, err error) {
	var found bool
	err = run(ctx, b.name, func(ctx context.Context, c conn) (err error) {
		p, found, err = one(ctx, c, b, scanPending)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", b.name, sessions.ErrNotFound)
	}
	return p, err
}

func scanPending(r row) (p sessions.Pending, err error) {
	var doc string
	if err := r.Scan(&doc); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return sessions.Pending{}, errors.New("malformed pending sign-in")
	}
	p.Expires = p.Expires.UTC()
	return p, nil
}
