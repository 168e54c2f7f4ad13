package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"time"
)

// Purpose is what a ticket is good for, and nothing else.
type Purpose string

// The purposes.
const (
	PurposeConfirm Purpose = "confirm" // confirms the address of a registration
	PurposeReset   Purpose = "reset"   // sets a new password
	PurposeEmail   Purpose = "email"   // puts a new address in the place of the old one
	PurposeInvite  Purpose = "invite"  // sets the first password of an invited account
)

// What a store answers about tickets and letters.
var (
	// ErrTicket: there is no such ticket, it was used, is too old, was replaced
	// by a newer one, or the account changed since. Which of them is not told.
	ErrTicket = errors.New("no such ticket")
	// ErrQuota: a recipient has got as many letters as strangers may cause.
	ErrQuota = errors.New("too many letters")
)

// Ticket is a one-time token as it is kept: hashed, and bound to a purpose, an
// account as it is now, and an address.
type Ticket struct {
	Hash      string
	Purpose   Purpose
	AccountID string
	// Epoch is the account's when the ticket was made; in another one it is
	// worthless. So the account still has the status that it was made for.
	Epoch int64
	// Email is the address that the ticket was sent to. With PurposeEmail it is
	// the new one; with the others it is worthless once the account has another.
	Email   string
	Expires time.Time
}

// newTicket makes a one-time token of 256 random bits and its hash.
func newTicket(random io.Reader) (secret, hash string, err error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", "", err
	}
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, ticketHash(secret), nil
}

// ticketHash is what is kept of a one-time token. It takes the same time
// whatever the token looks like.
func ticketHash(secret string) string {
	h := sha256.Sum256([]byte("signet ticket\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// Quota is how many letters strangers may cause to one recipient.
type Quota struct {
	Letters int           // per Window; 0 is no limit
	Window  time.Duration // from the first one
}

// Amendments changes accounts together with what belongs to the change.
type Amendments interface {
	// Amend does all of one amendment in one transaction under the account's
	// lock, or nothing. It answers ErrNoAccount, ErrTicket, ErrQuota, ErrTaken,
	// ErrLastAdmin, ErrSpent for a factor's step or code that was used, and whatever Change
	// answers.
	Amend(ctx context.Context, am Amendment) (Account, error)
	// Enlist adds an account as Accounts.Create does, with its ticket, its
	// letters and the end of its errand in one transaction.
	Enlist(ctx context.Context, n Newcomer, d Deed) error
	// Ticket returns a live ticket with its account, and uses up nothing.
	// ErrTicket otherwise.
	Ticket(ctx context.Context, hash string, p Purpose, now time.Time) (Ticket, Account, error)
}

// Amendment is one change of one account.
type Amendment struct {
	// AccountID names the account; with Ticket it is "", and the account is the
	// ticket's.
	AccountID string
	// Ticket, when not "", is the hash of a ticket of this purpose, used up by
	// the amendment.
	Ticket  string
	Purpose Purpose
	Now     time.Time
	// Change is given the account as it is under the lock, with the ticket that
	// was used, changes it and says what else is to be done. It may be called
	// again.
	Change func(a *Account, t Ticket) (Deed, error)
	// Heir, when not nil, keeps the last administrator: ErrLastAdmin when the
	// change would leave none who is active and has a way to sign in.
	Heir Heir
}

// Deed is what happens beside the change of an account's profile and status.
type Deed struct {
	// Password, when not nil, is the hash to store; it raises the account's
	// epoch, forgets failed attempts and gives the account its local identity.
	Password *string
	// Issue is a ticket to keep; one of the same purpose is replaced. Its
	// account and epoch are those that the amendment leaves.
	Issue *Ticket
	// Renew raises the account's epoch: tickets that are out are worthless.
	Renew bool
	// Letters are posted.
	Letters []Post
	// Recipient and Quota limit how often this can be caused: counted per
	// Recipient, which is hashed, before anything else is done.
	Recipient string
	Quota     Quota
	// EndSessions ends every session but Keep.
	EndSessions bool
	Keep        string
	Reason      string
	// Factor changes the account's second factor.
	Factor FactorChange
	// Errand is one to strike off the list.
	Errand string
}

// FactorChange is what a deed does to an account's second factor.
type FactorChange struct {
	Drop    bool     // the factor and its recovery codes go
	Propose []byte   // a sealed seed that waits for its first code
	Confirm bool     // the proposed seed counts from now on
	Step    int64    // the time step of the code that was shown, when not 0; ErrSpent unless it is later than the last one
	Codes   []string // hashes of new recovery codes, instead of the old ones
}
