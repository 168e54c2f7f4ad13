package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
)

var stRecord = statement{"record", `
INSERT INTO audit (id, at, name, outcome, reason, actor, account_id, session_id, provider, login, address, user_agent, request_id, changes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`}

const (
	entryColumns = `
SELECT id, at, name, outcome, reason, actor, account_id, session_id, provider, login, address, user_agent, request_id, changes
FROM audit WHERE `
	// $1 and $2 are the end of the page before, $3 since, $4 to $8 the filters,
	// '' for none, $9 the limit.
	entryFilters = `(at, id) < ($1, $2) AND at >= $3
	AND ($4 = '' OR account_id = $4) AND ($5 = '' OR actor = $5) AND ($6 = '' OR name = $6)
	AND ($7 = '' OR address = $7) AND ($8 = '' OR outcome = $8)
ORDER BY at DESC, id DESC LIMIT $9`
)

// A page is read from the index of the one filter that leaves least.
var (
	stEntries          = statement{"entries", entryColumns + entryFilters}
	stEntriesOfAccount = statement{"entries of account", entryColumns + `account_id = $4 AND account_id <> '' AND ` + entryFilters}
	stEntriesOfActor   = statement{"entries of actor", entryColumns + `actor = $5 AND actor <> '' AND ` + entryFilters}
	stEntriesOfName    = statement{"entries of name", entryColumns + `name = $6 AND ` + entryFilters}
	stEntriesOfAddress = statement{"entries of address", entryColumns + `address = $7 AND ` + entryFilters}
)

// Trail is the store of the audit record.
type Trail struct{ db *DB }

var _ broker.Trail = Trail{}

// Trail returns the store of the audit record.
func (d *DB) Trail() Trail { return Trail{d} }

// Add writes entries in one transaction, in their order.
func (v Trail) Add(ctx context.Context, entries []broker.Entry) error {
	return v.db.transact(ctx, "record", func(ctx context.Context, c conn) error {
		for _, e := range entries {
			changes, err := pack(e.Changes)
			if err != nil {
				return err
			}
			_, err = c.exec(ctx, stRecord.with(e.ID, ms(e.At), text(e.Name), string(e.Outcome), text(e.Reason), text(e.Actor),
				text(e.AccountID), text(e.SessionID), text(e.Provider), text(e.Login),
				text(e.Client.Address), text(e.Client.UserAgent), text(e.Client.RequestID), text(changes)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Entries returns a page of the record; see broker.Trail.
func (v Trail) Entries(ctx context.Context, q broker.TrailQuery) (page []broker.Entry, next string, err error) {
	if q.Limit < 1 || q.Limit > maxList {
		q.Limit = maxList
	}
	at, id := int64(math.MaxInt64), ""
	if !q.Until.IsZero() {
		at = ms(q.Until)
	}
	if q.Cursor != "" {
		if at, id, err = readCursor(q.Cursor); err != nil {
			return nil, "", err
		}
	}
	b := entriesBy(q).with(at, id, ms(q.Since), text(q.Account), text(q.Actor), text(q.Name), text(q.Address), string(q.Outcome), q.Limit+1)
	err = v.db.look(ctx, "entries", func(ctx context.Context, c conn) (err error) {
		page, err = all(ctx, c, b, scanEntry)
		return err
	})
	if len(page) > q.Limit {
		page = page[:q.Limit]
		last := page[q.Limit-1]
		next = writeCursor(ms(last.At), last.ID)
	}
	return page, next, err
}

func entriesBy(q broker.TrailQuery) statement {
	switch {
	case q.Account != "":
		return stEntriesOfAccount
	case q.Actor != "":
		return stEntriesOfActor
	case q.Address != "":
		return stEntriesOfAddress
	case q.Name != "":
		return stEntriesOfName
	}
	return stEntries
}

// A cursor holds nothing but where a page ended.
func writeCursor(at int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + " " + id))
}

func readCursor(s string) (at int64, id string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	number, id, found := strings.Cut(string(raw), " ")
	if err == nil && found {
		if at, err = strconv.ParseInt(number, 10, 64); err == nil {
			_, err = uuid.Parse(id)
		}
	}
	if err != nil || !found {
		return 0, "", broker.Fail(broker.CodePayload, `"cursor" is not one that an answer gave`)
	}
	return at, id, nil
}

func scanEntry(r row) (e broker.Entry, err error) {
	var when int64
	var changes string
	err = r.Scan(&e.ID, &when, &e.Name, &e.Outcome, &e.Reason, &e.Actor, &e.AccountID, &e.SessionID, &e.Provider, &e.Login,
		&e.Client.Address, &e.Client.UserAgent, &e.Client.RequestID, &changes)
	if err != nil {
		return e, err
	}
	e.At = at(when)
	if err := json.Unmarshal([]byte(changes), &e.Changes); err != nil {
		return e, fmt.Errorf("entry %s: malformed changes", e.ID)
	}
	return e, nil
}

// Forget removes entries that are older than before, in small batches.
func (v Trail) Forget(ctx context.Context, before time.Time) error {
	for range pruneBatches {
		n, err := v.db.pruneBatch(ctx, prune("audit", "id", "at < $1").with(ms(before), pruneBatch))
		if err != nil || n < pruneBatch {
			return err
		}
	}
	return nil
}
