// Package sessions holds what outlives a request: refresh sessions, login
// flows and the browser session of Signet's own pages. It knows their rules
// and their secrets; where the rows live is the business of the store.
package sessions

import (
	"errors"
	"time"
)

// Mode says how a login's tokens travel.
type Mode string

// The modes. With ModeJSON the refresh token is in the body, with ModeCookie in
// an HttpOnly cookie, and with ModeSession there is only an HttpOnly cookie that
// holds the access token.
const (
	ModeJSON    Mode = "json"
	ModeCookie  Mode = "cookie"
	ModeSession Mode = "session"
)

// The modes of other systems' clients. Nobody can ask for them by name. With
// ModeAccess there is only an access token, and the session ends with it; with
// ModeStatic the refresh token stays as it is until the person's next sign-in of
// that mode.
const (
	ModeAccess Mode = "access"
	ModeStatic Mode = "static"
)

// Valid reports whether m is one of the three modes that a client may ask for.
func (m Mode) Valid() bool { return m == ModeJSON || m == ModeCookie || m == ModeSession }

// ErrNotFound is the answer for a session or flow that does not exist, has
// ended, has expired or was taken already. Which of them is not told.
var ErrNotFound = errors.New("no such session or flow")

// Session is one refresh session: one row, from sign-in to its end.
//
// Nothing in it opens a door: a refresh token also needs the MAC that
// [RefreshTokens] puts on it.
type Session struct {
	ID        string // 128 random bits, base64url
	AccountID string
	// Provider and Subject are the identity the person signed in with.
	Provider string
	Subject  string

	// Generation counts rotations, from 1. A refresh token carries the
	// generation it was made for.
	Generation int64
	Mode       Mode
	AMR        []string // authentication methods (RFC 8176)
	// Counted says that this sign-in used one of the attempts that lockout
	// counts, so that the store can tell failures from successes.
	Counted bool

	// Upstream is what the provider gave for this sign-in, sealed, and UpstreamID
	// the provider's own id of it. Upstream is not there after every question;
	// see the store's methods.
	Upstream   []byte
	UpstreamID string

	AuthTime    time.Time // when the person proved who they are
	LastUsed    time.Time // sign-in or last refresh; the idle limit counts from here
	RotatedAt   time.Time // last change of Generation; the reuse grace counts from here
	RecheckedAt time.Time // last time the provider was asked again
	IdleEnds    time.Time // end unless used before
	Ends        time.Time // absolute end, whatever the use

	Address   string // peer address at sign-in, for the person's own list
	UserAgent string // at most 256 bytes, for the person's own list
}

// Rotation is one use of a refresh token.
type Rotation struct {
	ID         string
	Generation int64 // of the token that was presented

	Now      time.Time
	Grace    time.Duration // how long the previous generation still gets the same successor
	IdleEnds time.Time     // the idle limit after this use
	Recheck  time.Duration // ask the provider again when the last time is longer ago
}
