package store

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Browser is the store of the browser sessions of Signet's own pages, for scs.
// It is given hashes of the cookies' values.
type Browser struct{ db *DB }

var _ scs.CtxStore = Browser{}

// Browser returns the store of browser sessions.
func (d *DB) Browser() Browser { return Browser{d} }

var (
	stFindBrowser = statement{"find browser session", `
SELECT data FROM browser_sessions WHERE token = $1 AND expires_at > $2`}

	stPutBrowser = statement{"put browser session", `
INSERT INTO browser_sessions (token, data, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`}

	stDropBrowser = statement{"drop browser session", `
DELETE FROM browser_sessions WHERE token = $1`}
)

// FindCtx returns the data of a session that has not expired.
func (v Browser) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = v.db.look(ctx, "find browser session", func(ctx context.Context, c conn) (err error) {
		data, found, err = one(ctx, c, stFindBrowser.with(text(token), ms(v.db.options.Now())), scanBytes)
		return err
	})
	return data, found, err
}

// CommitCtx adds or replaces a session.
func (v Browser) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return v.db.change(ctx, "put browser session", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stPutBrowser.with(text(token), append([]byte{}, data...), ms(expires)))
		return err
	})
}

// DeleteCtx removes a session; one that is not there is no error.
func (v Browser) DeleteCtx(ctx context.Context, token string) error {
	return v.db.change(ctx, "drop browser session", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stDropBrowser.with(text(token)))
		return err
	})
}

// Find is FindCtx without a context. scs asks for it and does not use it.
func (v Browser) Find(token string) ([]byte, bool, error) {
	return v.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context. scs asks for it and does not use it.
func (v Browser) Commit(token string, data []byte, expires time.Time) error {
	return v.CommitCtx(context.Background(), token, data, expires)
}

// Delete is DeleteCtx without a context. scs asks for it and does not use it.
func (v Browser) Delete(token string) error { return v.DeleteCtx(context.Background(), token) }

func scanBytes(r row) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}
