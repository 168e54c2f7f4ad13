package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker"
)

var (
	stTicket = statement{"ticket", `
SELECT hash, purpose, account_id, epoch, email, expires_at FROM tickets
WHERE hash = $1 AND purpose = $2 AND expires_at > $3`}

	stTicketAccount = statement{"ticket with account", `
SELECT t.hash, t.purpose, t.account_id, t.epoch, t.email, t.expires_at, ` + packedAccount + `
FROM tickets t JOIN accounts a ON a.id = t.account_id
WHERE t.hash = $1 AND t.purpose = $2 AND t.expires_at > $3`}

	stUseTicket = statement{"use ticket", `
DELETE FROM tickets WHERE hash = $1 AND purpose = $2`}

	stIssueTicket = statement{"issue ticket", `
INSERT INTO tickets (account_id, purpose, hash, epoch, email, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id, purpose) DO UPDATE SET
	hash = excluded.hash, epoch = excluded.epoch, email = excluded.email, expires_at = excluded.expires_at`}

	// No row when the quota is used up. The window begins with its first letter.
	// $2 now, $3 window, $4 limit.
	stSpendQuota = statement{"spend quota", `
INSERT INTO quotas (bucket, started_at, used) VALUES ($1, $2, 1)
ON CONFLICT (bucket) DO UPDATE SET
	started_at = CASE WHEN quotas.started_at + $3 <= $2 THEN $2 ELSE quotas.started_at END,
	used = CASE WHEN quotas.started_at + $3 <= $2 THEN 1 ELSE quotas.used + 1 END
WHERE quotas.started_at + $3 <= $2 OR quotas.used < $4
RETURNING used`}
)

// Ticket returns a live ticket with its account; see broker.Amendments.
func (v Members) Ticket(ctx context.Context, hash string, p broker.Purpose, now time.Time) (t broker.Ticket, a broker.Account, err error) {
	var found bool
	err = v.db.look(ctx, "find ticket", func(ctx context.Context, c conn) (err error) {
		_, found, err = one(ctx, c, stTicketAccount.with(text(hash), string(p), ms(now)), func(r row) (bool, error) {
			t, a, err = scanTicketAccount(r)
			return true, err
		})
		return err
	})
	if err == nil && (!found || !good(t, a)) {
		err = fmt.Errorf("find ticket: %w", broker.ErrTicket)
	}
	return t, a, err
}

// good reports that a ticket is of the account as it is now.
func good(t broker.Ticket, a broker.Account) bool {
	return t.Epoch == a.Epoch && (t.Purpose == broker.PurposeEmail || t.Email == a.Email)
}

func issueTicket(ctx context.Context, c conn, a broker.Account, d broker.Deed) error {
	t := d.Issue
	if t == nil {
		return nil
	}
	if !storable(t.Hash) {
		return fmt.Errorf("ticket: %w", errKey)
	}
	_, err := c.exec(ctx, stIssueTicket.with(a.ID, string(t.Purpose), t.Hash, a.Epoch, text(t.Email), ms(t.Expires)))
	return err
}

// spendQuota counts a letter that a stranger causes; broker.ErrQuota when there
// were enough.
func spendQuota(ctx context.Context, c conn, d broker.Deed, now time.Time) error {
	if d.Recipient == "" || d.Quota.Letters <= 0 {
		return nil
	}
	_, in, err := one(ctx, c, stSpendQuota.with(recipientBucket(d.Recipient), ms(now), d.Quota.Window.Milliseconds(), d.Quota.Letters), scanInt)
	if err == nil && !in {
		err = broker.ErrQuota
	}
	return err
}

// recipientBucket names a recipient's counter whatever the spelling.
func recipientBucket(address string) string {
	h := sha256.Sum256([]byte("recipient\x00" + loginKey(address)))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func scanTicket(r row) (t broker.Ticket, err error) {
	var expires int64
	err = r.Scan(&t.Hash, &t.Purpose, &t.AccountID, &t.Epoch, &t.Email, &expires)
	t.Expires = at(expires)
	return t, err
}

func scanTicketAccount(r row) (t broker.Ticket, a broker.Account, err error) {
	var expires int64
	var packed sql.NullString
	if err = r.Scan(&t.Hash, &t.Purpose, &t.AccountID, &t.Epoch, &t.Email, &expires, &packed); err != nil {
		return t, a, err
	}
	t.Expires = at(expires)
	a, err = unpackAccount(t.AccountID, packed)
	return t, a, err
}
