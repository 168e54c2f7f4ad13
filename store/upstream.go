package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker"
)

var _ broker.Upstreams = Sessions{}

var (
	stKeepUpstream = statement{"keep upstream", `
UPDATE sessions SET upstream = $2 WHERE id = $1 AND ended_at = 0`}

	// No row when the token is known.
	stSpend = statement{"spend token", `
INSERT INTO spent_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`}

	stEndSubject = statement{"end sessions of subject", `
UPDATE sessions SET ended_at = $3, end_reason = $4, upstream = ''
WHERE provider = $1 AND subject = $2 AND ended_at = 0
RETURNING CASE WHEN ends_at > $3 AND idle_ends_at > $3 THEN 1 ELSE 0 END`}

	stEndUpstream = statement{"end sessions of upstream", `
UPDATE sessions SET ended_at = $3, end_reason = $4, upstream = ''
WHERE provider = $1 AND upstream_id = $2 AND upstream_id <> '' AND ended_at = 0 AND ($5 = '' OR subject = $5)
RETURNING CASE WHEN ends_at > $3 AND idle_ends_at > $3 THEN 1 ELSE 0 END`}

	// Those that began without the provider saying in which session.
	stEndUnnamed = statement{"end unnamed sessions of subject", `
UPDATE sessions SET ended_at = $3, end_reason = $4, upstream = ''
WHERE provider = $1 AND subject = $2 AND upstream_id = '' AND ended_at = 0
RETURNING CASE WHEN ends_at > $3 AND idle_ends_at > $3 THEN 1 ELSE 0 END`}
)

// KeepUpstream replaces what the provider gave for a session; see
// broker.Upstreams.
func (v Sessions) KeepUpstream(ctx context.Context, id string, sealed []byte) error {
	return v.db.change(ctx, "keep upstream", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stKeepUpstream.with(text(id), base64.RawStdEncoding.EncodeToString(sealed)))
		return err
	})
}

// EndUpstream ends what a provider says has ended; see broker.Upstreams.
func (v Sessions) EndUpstream(ctx context.Context, e broker.UpstreamEnd) (ended int, err error) {
	err = v.db.transact(ctx, "end upstream", func(ctx context.Context, c conn) error {
		ended = 0
		if e.Token != "" {
			n, err := c.exec(ctx, stSpend.with(text(e.Token), ms(e.Expires)))
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("token %w", broker.ErrSpent)
			}
		}
		for _, s := range endStatements(e) {
			were, err := all(ctx, c, s, scanInt)
			if err != nil {
				return err
			}
			for _, alive := range were {
				ended += int(alive)
			}
		}
		return nil
	})
	return ended, err
}

func endStatements(e broker.UpstreamEnd) []bound {
	if e.Session == "" {
		return []bound{stEndSubject.with(text(e.Provider), text(e.Subject), ms(e.Now), text(e.Reason))}
	}
	return []bound{
		stEndUpstream.with(text(e.Provider), text(e.Session), ms(e.Now), text(e.Reason), text(e.Subject)),
		stEndUnnamed.with(text(e.Provider), text(e.Subject), ms(e.Now), text(e.Reason)),
	}
}

// Documents is the store of what providers published.
type Documents struct{ db *DB }

// Documents returns the store of what providers published.
func (d *DB) Documents() Documents { return Documents{d} }

var (
	stDocument = statement{"document", `
SELECT body, fetched_at FROM documents WHERE provider = $1 AND kind = $2`}

	stKeepDocument = statement{"keep document", `
INSERT INTO documents (provider, kind, body, fetched_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, kind) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at
WHERE documents.fetched_at <= excluded.fetched_at`}
)

// document is a row of documents.
type document struct {
	body    []byte
	fetched time.Time
}

// Document returns what was kept of a provider and when that was fetched: an
// empty body for nothing.
func (v Documents) Document(ctx context.Context, provider, kind string) ([]byte, time.Time, error) {
	var d document
	err := v.db.look(ctx, "document", func(ctx context.Context, c conn) (err error) {
		d, _, err = one(ctx, c, stDocument.with(text(provider), text(kind)), func(r row) (d document, err error) {
			var fetched int64
			err = r.Scan(&d.body, &fetched)
			d.fetched = at(fetched)
			return d, err
		})
		return err
	})
	return d.body, d.fetched, err
}

// KeepDocument keeps what a provider published, unless something newer is kept
// already.
func (v Documents) KeepDocument(ctx context.Context, provider, kind string, body []byte, fetched time.Time) error {
	if !storable(provider) || !storable(kind) {
		return fmt.Errorf("keep document: %w", errKey)
	}
	return v.db.change(ctx, "keep document", func(ctx context.Context, c conn) error {
		_, err := c.exec(ctx, stKeepDocument.with(provider, kind, append([]byte{}, body...), ms(fetched)))
		return err
	})
}
