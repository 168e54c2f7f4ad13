package broker

import (
	"context"
	"errors"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// What a store answers besides failures of its own.
var (
	// ErrNoAccount: nothing is known under that id, name or identity.
	ErrNoAccount = errors.New("no such account")
	// ErrTaken: another account has that name, address or identity already.
	ErrTaken = errors.New("name, address or identity is taken")
	// ErrUnconfirmed: the person is proven, but has not confirmed the address
	// yet. Only who may tell strangers looks at it.
	ErrUnconfirmed = errors.New("account is not confirmed")
	// ErrInactive: the provider of an access token says that it is not good, or
	// not for us. Only who may tell whoever brings it looks at it.
	ErrInactive = errors.New("its provider says that the token is not active")
	// ErrStale: the account changed, or is not active, since it was read.
	ErrStale = errors.New("account changed meanwhile")
	// ErrSpent: a token that may be used once was used before.
	ErrSpent = errors.New("used before")
	// ErrLocked: too many attempts; see [LockedError].
	ErrLocked = errors.New("too many attempts")
	// ErrStoreDown: the database cannot be reached or is too slow.
	ErrStoreDown = errors.New("store is unavailable")
)

// LockedError is ErrLocked with the time it ends.
type LockedError struct{ Until time.Time }

func (e LockedError) Error() string { return ErrLocked.Error() }

// Is makes errors.Is(err, ErrLocked) true.
func (e LockedError) Is(target error) bool { return target == ErrLocked }

// Lockout says how many failed attempts an account bears.
type Lockout struct {
	Attempts int           // failures within Window before it is locked
	Window   time.Duration // failures older than this are forgotten
	Duration time.Duration // how long it is locked after the last counted failure
}

// Attempt is one try to prove a password, counted before it is tried.
type Attempt struct {
	Provider string // identity provider: see [Provider.Realm]
	Login    string // as typed
	// AccountID counts in an account's bucket whatever its names are; Login is
	// then empty.
	AccountID string
	Now       time.Time
	Lockout   Lockout
}

// Standing is what is known about a login name when an attempt begins. It only
// saves a later question: who the person is, the driver says.
type Standing struct {
	// Bucket names the counter the attempt was counted in: the account when
	// the name leads to one, else a hash of the normalised name.
	Bucket   string
	Account  Account        // zero when the name leads to no account
	Identity LinkedIdentity // zero when that account has none at the provider
}

// Accounts finds accounts at sign-in and keeps what a sign-in changes.
//
// Every method may answer ErrStoreDown. Times are kept in milliseconds.
type Accounts interface {
	// Enter counts an attempt and returns what is known of its login name, in
	// one statement. It answers a LockedError, and counts nothing, when the
	// failures of the bucket (attempts less counted sign-ins) reached
	// Lockout.Attempts. Of many callers at once at most that many get in.
	Enter(ctx context.Context, a Attempt) (Standing, error)
	// GiveBack takes back an attempt that was never judged.
	GiveBack(ctx context.Context, bucket string) error
	// ByIdentity finds an account by one of its identities only; it answers
	// ErrNoAccount otherwise.
	ByIdentity(ctx context.Context, provider, subject string) (Account, LinkedIdentity, error)
	// ByEmail finds an account by its normalised address, confirmed or not.
	ByEmail(ctx context.Context, email string) (Account, error)
	// Create adds an account with what it is entered by, in one transaction:
	// ErrTaken when the name, address or identity is in use.
	Create(ctx context.Context, n Newcomer) error
	// Save rewrites an account's profile and groups and, when r.Identity is
	// not nil, that identity (added when new), in one transaction under a
	// lock, and returns the account as it is then. It answers ErrStale when
	// the account's Epoch is not r.Epoch and ErrTaken as Create does. It
	// changes neither Status, Admin nor Epoch.
	Save(ctx context.Context, r Revision) (Account, error)
}

// Revision is what a sign-in changes about an account.
type Revision struct {
	AccountID string
	Epoch     int64 // of the account that the sign-in was decided on
	// Change is given the account as it is under the lock, which somebody else
	// may have changed since it was read. It may be called again.
	Change   func(*Account)
	Identity *LinkedIdentity
	Letters  []Post
}

// Newcomer is an account with its first way in. Both ways may be absent.
type Newcomer struct {
	Account  Account
	Identity *LinkedIdentity
	// PasswordHash, when not empty, is stored and gives the account its local
	// identity.
	PasswordHash string
	// First adds the account only where there is none yet: else ErrTaken.
	First bool
}

// Sessions keeps refresh sessions.
type Sessions interface {
	// Start adds a session if its account is active and still in epoch, in
	// one statement; else ErrStale.
	Start(ctx context.Context, s sessions.Session, epoch int64) error
	// Rotate uses a refresh token in one conditional UPDATE:
	// generation = current: next generation, Fresh;
	// generation = current−1 and rotated within Grace: nothing changes, not Fresh;
	// anything else: sessions.ErrNotFound and nothing changes.
	// A session past one of its ends is not found. The account comes with it
	// whatever its status.
	Rotate(ctx context.Context, r sessions.Rotation) (Rotated, error)
	// Touch marks use without rotating: Generation and Grace of r do not
	// count. It is never Fresh, and RecheckDue as with Rotate.
	Touch(ctx context.Context, r sessions.Rotation) (Rotated, error)
	// Find returns a live session with its Upstream and its account in one statement;
	// sessions.ErrNotFound when it ended, expired or never was.
	Find(ctx context.Context, id string, now time.Time) (sessions.Session, Account, error)
	// End ends one session; ended says whether this call did. Ending one that
	// is not alive is no error.
	End(ctx context.Context, id, reason string, now time.Time) (ended bool, err error)
	// EndAll ends every session of an account except keep ("" for none).
	EndAll(ctx context.Context, end EndAll) (ended int, err error)
}

// Upstreams keeps what providers gave for sessions, and ends sessions on their
// word.
type Upstreams interface {
	// KeepUpstream replaces what the provider gave for a live session, sealed.
	KeepUpstream(ctx context.Context, sessionID string, sealed []byte) error
	// EndUpstream ends sessions and, in the same transaction, remembers e.Token
	// until e.Expires. A token that it remembers already is ErrSpent, and
	// nothing ends.
	EndUpstream(ctx context.Context, e UpstreamEnd) (ended int, err error)
}

// UpstreamEnd says which sessions of a provider to end: those of one session
// there, and of the subject if that is given too, with those of the subject
// that began without the provider saying in which session; without a session
// all of the subject's.
type UpstreamEnd struct {
	Provider string
	Subject  string
	Session  string
	Reason   string
	Now      time.Time

	Token   string // who sent it and its id, hashed; "" for none
	Expires time.Time
}

// EndAll says which sessions to end and why.
type EndAll struct {
	AccountID string
	Keep      string        // session id to spare
	Mode      sessions.Mode // only sessions of that mode; "" for all
	Reason    string
	Now       time.Time
}

// Rotated is a session after a use of its refresh token.
type Rotated struct {
	Session sessions.Session // after the change
	Account Account
	// Identity is the one the session was made with. Zero when it was removed
	// since.
	Identity LinkedIdentity
	// Fresh says that this call moved the generation; false within the grace.
	Fresh bool
	// RecheckDue says that this call is the one to ask the provider again;
	// RecheckedAt is already set, so no other call does.
	// Session.Upstream is there only then.
	RecheckDue bool
}

// Locks tells and lifts what lockout did to an account.
type Locks interface {
	// Unlock forgets the failed attempts at an account. Without any it does
	// nothing.
	Unlock(ctx context.Context, accountID string) error
	// LockedUntil returns when too many attempts at an account are forgiven, and
	// the zero time when it is not locked. It counts nothing.
	LockedUntil(ctx context.Context, accountID string, l Lockout, now time.Time) (time.Time, error)
}
