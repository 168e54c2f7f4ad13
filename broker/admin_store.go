package broker

import (
	"context"
	"errors"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// What a store answers to administrators.
var (
	// ErrLastAdmin: nobody would be left who can administer.
	ErrLastAdmin = errors.New("the last active administrator who can sign in")
	// ErrNoMerge: there is no such merge, or it can no longer be undone.
	ErrNoMerge = errors.New("no such merge")
	// ErrNotMergeable: the two accounts cannot become one; see [Merging].
	ErrNotMergeable = errors.New("accounts cannot be merged")
)

// Directory is where accounts are looked up. Every method may answer
// ErrStoreDown.
type Directory interface {
	// Account finds one by id, username or address.
	Account(ctx context.Context, ref string) (Account, error)
	// List returns a page of accounts. Those that were merged into others are
	// left out unless they are asked for. ErrPlace for a q.After that no page
	// ended with.
	List(ctx context.Context, q Query) (Page, error)
	// Groups returns every group that somebody is in, by name. It reads a row
	// for each of them: it is no question for a sign-in.
	Groups(ctx context.Context) ([]GroupCount, error)
	// SetPassword stores a password hash ("" removes it), raises Epoch,
	// forgets failed attempts and sees to it that the account has (or has not) its local identity.
	SetPassword(ctx context.Context, id, hash string) error
	// Identities returns an account's identities, oldest first.
	Identities(ctx context.Context, id string) ([]LinkedIdentity, error)
	// LiveSessions returns an account's live sessions, latest use first.
	LiveSessions(ctx context.Context, id string, now time.Time) ([]sessions.Session, error)
}

// ErrPlace: a list cannot go on from there.
var ErrPlace = errors.New("no place in this list")

// Query narrows a list of accounts. The newest come first; with a search, unless
// it is among administrators, they are in the order of what matched.
type Query struct {
	// Search is one to four words, in any case: an account matches when each is
	// the beginning of a word of its names or addresses, or of all from a word on.
	// "" is for all.
	Search string
	Status Status // "" for all but Merged
	Admin  *bool  // nil for both
	Group  string // its exact name; "" for any
	After  string // the Next of the page before; "" for the first
	Limit  int    // at most 1,000
}

// Page is a part of a list of accounts.
type Page struct {
	Accounts []Account
	// Next is where the following page begins: a word of letters, digits, "-" and
	// "_" that says nothing about what was asked; "" after the last page.
	Next string
}

// GroupCount is a group with how many accounts are in it.
type GroupCount struct {
	Name    string
	Members int
	// Sources says who put how many of them there: provider names, and "" for
	// administrators.
	Sources map[string]int
}

// Registry is what takes accounts away.
type Registry interface {
	// Remove removes an account with all that is its own, and with the accounts
	// that were merged into it, and returns it as it was. ErrNoAccount,
	// ErrLastAdmin.
	Remove(ctx context.Context, r Removal) (Account, error)
	// Merge makes one account a part of another one, in one transaction under
	// both locks. ErrNoAccount, ErrLastAdmin, ErrNotMergeable, or what Check
	// answers.
	Merge(ctx context.Context, m Merging) (into Account, err error)
	// Unmerge undoes a merge that is not older than u.Since: what moved goes back,
	// except what somebody took away since, and both accounts' sessions end.
	// ErrNoMerge; ErrNotMergeable while the other account is itself merged;
	// ErrTaken when a name is somebody else's by now.
	Unmerge(ctx context.Context, u Unmerging) (back, into Account, err error)
	// Merges returns the merges that an account is a part of, latest first.
	Merges(ctx context.Context, accountID string) ([]MergeRecord, error)
}

// Heir says whether an administrator with an identity at a provider could go on
// when another one is gone. With a nil Heir nobody asks.
type Heir func(realm string) bool

// Removal is the end of an account.
type Removal struct {
	AccountID string
	Heir      Heir
}

// Merging makes the account From a part of the account Into. Its identities
// but the local one become those of Into.
type Merging struct {
	ID         string // of the merge
	From, Into string
	Now        time.Time
	Heir       Heir
	// Plan is given both accounts as they are under their locks, changes what else
	// is to change about them, and says what Into got by it. Whatever it says, From
	// becomes Merged. It may be called again.
	Plan func(from, into *Account) (Moved, []Post, error)
}

// Moved is what an account got by a merge, besides identities.
type Moved struct {
	Groups   []Group
	Username string
	Email    string
}

// Unmerging undoes a merge.
type Unmerging struct {
	ID    string
	Now   time.Time
	Since time.Time // older merges stay
	// Plan is Merging's the other way round. What it is not told of, the store
	// does: identities, and the status that the account had.
	Plan func(back, into *Account, m Moved)
}

// MergeRecord is a merge that can be undone.
type MergeRecord struct {
	ID         string
	From, Into string // account ids
	At         time.Time
}
