package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// Flows is the store of login flows.
type Flows struct{ db *DB }

var _ sessions.FlowStore = Flows{}

// Flows returns the store of login flows.
func (d *DB) Flows() Flows { return Flows{d} }

var (
	stPutFlow = statement{"put flow", `
INSERT INTO flows (key, doc, expires_at) VALUES ($1, $2, $3)`}

	stTakeFlow = statement{"take flow", `
DELETE FROM flows WHERE key = $1 AND expires_at > $2 RETURNING doc`}
)

// PutFlow stores a flow under its key.
func (v Flows) PutFlow(ctx context.Context, f sessions.Flow) error {
	if !storable(f.Key) {
		return fmt.Errorf("put flow: %w", errKey)
	}
	doc, err := pack(f)
	if err != nil {
		return fmt.Errorf("put flow: %w", err)
	}
	return v.db.change(ctx, "put flow", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stPutFlow.with(f.Key, doc, ms(f.Expires)))
		return err
	})
}

// TakeFlow returns and removes a flow in one statement.
func (v Flows) TakeFlow(ctx context.Context, key string, now time.Time) (f sessions.Flow, err error) {
	var found bool
	err = v.db.change(ctx, "take flow", func(ctx context.Context, c conn) (err error) {
		f, found, err = one(ctx, c, stTakeFlow.with(text(key), ms(now)), scanFlow)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("take flow: %w", sessions.ErrNotFound)
	}
	return f, err
}

func scanFlow(r row) (f sessions.Flow, err error) {
	var doc string
	if err := r.Scan(&doc); err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(doc), &f); err != nil {
		return sessions.Flow{}, errors.New("malformed flow")
	}
	f.Expires = f.Expires.UTC()
	return f, nil
}
