package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/signet-sso/signet/broker"
)

var (
	stMoveIdentity = statement{"move identity", `
UPDATE identities SET account_id = $4 WHERE provider = $1 AND subject = $2 AND account_id = $3`}

	stPutMerge = statement{"put merge", `
INSERT INTO merges (id, into_id, from_id, doc, merged_at) VALUES ($1, $2, $3, $4, $5)`}

	stMerge = statement{"merge", `
SELECT into_id, from_id, doc FROM merges WHERE id = $1 AND merged_at >= $2`}

	stDropMerge = statement{"drop merge", `
DELETE FROM merges WHERE id = $1`}

	// Two questions, because an OR of two columns is a scan on some engines.
	stMerges = statement{"merges", `
SELECT id, into_id, from_id, merged_at FROM (
	SELECT m.id, m.into_id, m.from_id, m.merged_at FROM merges m WHERE m.into_id = $1
	UNION ALL SELECT f.id, f.into_id, f.from_id, f.merged_at FROM merges f WHERE f.from_id = $1) AS both_ways
ORDER BY merged_at DESC, id`}

	// The account that was merged goes with its merge.
	stPruneMerged = statement{"prune merged accounts", `
DELETE FROM accounts WHERE status = 'merged' AND id IN (SELECT m.from_id FROM merges m WHERE m.merged_at < $1 LIMIT $2)`}
)

// merger is what merges.doc holds.
type merger struct {
	Status     broker.Status  `json:"status"` // that the account had
	Identities []identityName `json:"identities,omitempty"`
	Groups     []broker.Group `json:"groups,omitempty"`
	Username   string         `json:"username,omitempty"`
	Email      string         `json:"email,omitempty"`
}

// identityName names an identity.
type identityName struct {
	Provider string `json:"provider"`
	Subject  string `json:"subject"`
}

// Merge makes one account a part of another one; see broker.Registry.
func (v Registry) Merge(ctx context.Context, m broker.Merging) (into broker.Account, err error) {
	defer v.db.nudgeOutbox()
	err = v.db.transact(ctx, "merge accounts", func(ctx context.Context, c conn) error {
		from, to, err := lockBoth(ctx, c, m.From, m.Into)
		if err != nil {
			return err
		}
		if from.Status == broker.Merged || to.Status == broker.Merged {
			return broker.ErrNotMergeable
		}
		into, err = absorb(ctx, c, m, from, to)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, stEndAll.with(from.ID, ms(m.Now), "merged", "", "")); err != nil || !governs(from) {
			return err
		}
		return keepAnAdmin(ctx, c, from.ID, m.Heir)
	})
	return into, err
}

// lockBoth locks two accounts, always in the same order.
func lockBoth(ctx context.Context, c conn, oneID, otherID string) (a, b broker.Account, err error) {
	if oneID == otherID {
		return a, b, broker.ErrNotMergeable
	}
	both := map[string]broker.Account{}
	for _, id := range []string{min(oneID, otherID), max(oneID, otherID)} {
		locked, found, err := one(ctx, c, stLockAccount.with(text(id)), scanAccount)
		if err == nil && !found {
			err = broker.ErrNoAccount
		}
		if err != nil {
			return a, b, err
		}
		both[id] = locked
	}
	return both[oneID], both[otherID], nil
}

// absorb moves what moves and keeps a record of it.
func absorb(ctx context.Context, c conn, m broker.Merging, from, to broker.Account) (broker.Account, error) {
	gone, into := from, to
	moved, letters, err := m.Plan(&gone, &into)
	if err != nil {
		return into, err
	}
	gone.Status, gone.Epoch, into.Epoch = broker.Merged, from.Epoch+1, to.Epoch
	ids, err := all(ctx, c, stIdentities.with(from.ID), scanIdentity)
	if err != nil {
		return into, err
	}
	record := merger{Status: from.Status, Groups: moved.Groups, Username: moved.Username, Email: moved.Email}
	for _, id := range ids {
		if id.Provider == broker.LocalRealm {
			continue // a password opens the account that it is of
		}
		if _, err := c.exec(ctx, stMoveIdentity.with(id.Provider, id.Subject, from.ID, to.ID)); err != nil {
			return into, err
		}
		record.Identities = append(record.Identities, identityName{id.Provider, id.Subject})
	}
	doc, err := pack(record)
	if err != nil {
		return into, err
	}
	for _, step := range []func() error{
		func() error { return rewrite(ctx, c, from, gone) }, // it may give up a name
		func() error { return rewrite(ctx, c, to, into) },
		func() error { return putLetters(ctx, c, letters) },
	} {
		if err := step(); err != nil {
			return into, err
		}
	}
	_, err = c.exec(ctx, stPutMerge.with(m.ID, to.ID, from.ID, doc, ms(m.Now)))
	return into, err
}

// Unmerge undoes a merge; see broker.Registry.
func (v Registry) Unmerge(ctx context.Context, u broker.Unmerging) (back, into broker.Account, err error) {
	err = v.db.transact(ctx, "undo merge", func(ctx context.Context, c conn) error {
		m, found, err := one(ctx, c, stMerge.with(text(u.ID), ms(u.Since)), scanMerger)
		if err == nil && !found {
			err = broker.ErrNoMerge
		}
		if err != nil {
			return err
		}
		from, to, err := lockBoth(ctx, c, m.from, m.into)
		if err != nil {
			return err
		}
		undone, err := c.exec(ctx, stDropMerge.with(text(u.ID)))
		switch {
		case err != nil:
			return err
		case undone == 0: // somebody was faster
			return broker.ErrNoMerge
		case to.Status == broker.Merged:
			return broker.ErrNotMergeable
		}
		back, into, err = part(ctx, c, u, parting{m.merger, from, to})
		return err
	})
	return back, into, err
}

// parting is two accounts that were one.
type parting struct {
	merger
	from, to broker.Account
}

func part(ctx context.Context, c conn, u broker.Unmerging, p parting) (back, into broker.Account, err error) {
	back, into = p.from, p.to
	u.Plan(&back, &into, broker.Moved{Groups: p.Groups, Username: p.Username, Email: p.Email})
	back.Status, back.Epoch, into.Epoch = p.Status, p.from.Epoch+1, p.to.Epoch
	for _, id := range p.Identities {
		if _, err := c.exec(ctx, stMoveIdentity.with(id.Provider, id.Subject, p.to.ID, p.from.ID)); err != nil {
			return back, into, err
		}
	}
	if err := rewrite(ctx, c, p.to, into); err != nil { // it gives up what it got
		return back, into, err
	}
	if err := rewrite(ctx, c, p.from, back); err != nil {
		return back, into, err
	}
	_, err = c.exec(ctx, stEndAll.with(into.ID, ms(u.Now), "unmerged", "", ""))
	return back, into, err
}

// Merges returns the merges that an account is a part of; see broker.Registry.
func (v Registry) Merges(ctx context.Context, accountID string) (out []broker.MergeRecord, err error) {
	err = v.db.look(ctx, "list merges", func(ctx context.Context, c conn) (err error) {
		out, err = all(ctx, c, stMerges.with(text(accountID)), scanMergeRecord)
		return err
	})
	return out, err
}

// foundMerge is a merge as it is kept.
type foundMerge struct {
	merger
	into, from string
}

func scanMerger(r row) (m foundMerge, err error) {
	var doc string
	if err = r.Scan(&m.into, &m.from, &doc); err != nil {
		return m, err
	}
	if json.Unmarshal([]byte(doc), &m.merger) != nil {
		return m, fmt.Errorf("merge of %s: malformed row", m.from)
	}
	return m, nil
}

func scanMergeRecord(r row) (m broker.MergeRecord, err error) {
	var merged int64
	err = r.Scan(&m.ID, &m.Into, &m.From, &merged)
	m.At = at(merged)
	return m, err
}
