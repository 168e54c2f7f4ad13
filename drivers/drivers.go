// Package drivers is the contract that every way of signing in keeps: the
// types that cross it, the four errors it may answer with, and the rules. It
// holds no logic beyond checking that a driver is complete, and it imports no
// driver.
//
// A driver proves who somebody is and says so with an [Identity]. It knows
// nothing of accounts, sessions, tokens or cookies. Package drivertest is
// these rules as a test suite that every driver runs unchanged.
package drivers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Identity is what a provider says about one person at one moment. Absent
// values are empty. It is a value: the receiver may keep it.
type Identity struct {
	// Subject is the provider's immutable id for the person: never an e-mail
	// address, never a name that can be given to somebody else.
	Subject string
	// Login is the name the person is known by at the provider today.
	Login string

	Name       string
	GivenName  string
	FamilyName string
	Email      string
	// EmailVerified is true only when the provider said so as a boolean.
	EmailVerified bool
	Picture       string

	// Groups are the provider's group names, exactly as written there.
	Groups []string
	// Claims are further attributes for display and mapping; they are never
	// used to find an account.
	Claims map[string]any
	// AMR are the authentication methods that the provider vouches for
	// (RFC 8176), such as "pwd".
	AMR []string
	// ACR is the class of the sign-in that the provider vouches for (OpenID
	// Connect Core §2), empty for none.
	ACR string

	// Partial says that only Subject and Upstream are known. It is what a
	// [BearerReader] answers whose token says no more, and what a [Rechecker]
	// answers that has nothing to ask with, or whose provider says that the
	// person is welcome and cannot say more: nothing speaks against them, and
	// what was known stays.
	Partial bool
	// Session is the provider's id of the session that the person signed in
	// with (sid, OpenID Connect Front-Channel Logout §3), empty for none. A
	// [LogoutReader] names it when that session ends.
	Session string
	// Upstream is what [Rechecker] and [LogoutURLer] need later, such as the
	// provider's refresh token. It belongs to this one sign-in. The broker
	// seals it before it is stored.
	Upstream []byte
}

// Attempt is what the broker remembers between sending a browser away and its
// return. State is not part of it: the broker compares it before a driver is
// asked.
type Attempt struct {
	RedirectURI string // our callback, as sent to the provider
	Nonce       string // OpenID Connect Core §3.1.2.1
	Verifier    string // PKCE code verifier (RFC 7636 §4.1); the method is always S256
	Prompt      string // OpenID Connect prompt, empty for none
}

// The errors a driver answers with, possibly wrapped. Anything else is a
// defect and reported as an internal error.
var (
	// ErrCredentials: unknown person and wrong secret, never told apart.
	ErrCredentials = errors.New("unknown person or wrong secret")
	// ErrRefused: the person is proven but may not enter (disabled, locked,
	// expired). The reason belongs in the wrapping text, for the log only.
	ErrRefused = errors.New("proven but refused")
	// ErrReply: the provider's reply does not belong to this attempt or does
	// not keep the protocol. So does a provider's error that says neither
	// that the person gave up nor that it cannot answer now.
	ErrReply = errors.New("reply does not belong to this attempt")
	// ErrUnavailable: the provider cannot answer now; later may help.
	ErrUnavailable = errors.New("provider is unavailable")
	// ErrMisconfigured is an ErrUnavailable that nobody's waiting mends: the
	// provider answers, and does not fit what the operator wrote down.
	ErrMisconfigured = fmt.Errorf("%w: it does not fit its configuration", ErrUnavailable)
)

// Password is a driver that takes a login name and a secret.
//
// Authenticate returns within the deadline of ctx and ends all its network
// calls with it. An empty password is refused with ErrCredentials before any
// network call. It is safe for concurrent use and changes nothing at the
// provider.
type Password interface {
	Authenticate(ctx context.Context, login, password string) (Identity, error)
}

// Redirect is a driver that sends the browser away and reads the reply.
//
// AuthURL makes no network call besides discovery. Exchange checks nonce,
// PKCE, issuer, audience and signature: whatever only the driver can. A
// provider's error (RFC 6749 §4.1.2.1) is ErrCredentials when the person gave
// up (access_denied, and OpenID's login_required and its like),
// ErrUnavailable for server_error and temporarily_unavailable, else ErrReply;
// a code beside it is not looked at. An identity beside an error is empty. A
// call whose ctx ended may answer with ctx's own error.
type Redirect interface {
	AuthURL(ctx context.Context, state string, a Attempt) (string, error)
	Exchange(ctx context.Context, a Attempt, reply url.Values) (Identity, error)
}

// Rechecker asks at refresh whether the person is still welcome upstream.
//
// It answers ErrRefused when the person is gone or disabled, ErrUnavailable
// when the provider cannot say, and otherwise the identity as it is now, with
// the same Subject. upstream is what the sign-in's last identity carried; a new
// identity whose Upstream is empty keeps it. A redirect driver is only asked
// when there is one.
type Rechecker interface {
	Recheck(ctx context.Context, subject string, upstream []byte) (Identity, error)
}

// LogoutURLer says where to send the browser to end the upstream session
// (OpenID Connect RP-Initiated Logout). The address is empty when the provider
// has none. returnTo may be empty.
type LogoutURLer interface {
	LogoutURL(ctx context.Context, upstream []byte, returnTo string) (string, error)
}

// LogoutReader reads what a provider sends when somebody signed out there.
//
// ReadLogout checks all that OpenID Connect Back-Channel Logout §2.6 asks but
// whether the token was seen before; a token that fails is ErrReply.
type LogoutReader interface {
	ReadLogout(ctx context.Context, logoutToken string) (Logout, error)
}

// Logout names what ended at the provider: the session when there is one,
// else every session of the person. At least one of them is set.
type Logout struct {
	Subject string
	Session string
	// ID and Expires are the token's, so that it can be refused when it comes
	// again.
	ID      string
	Expires time.Time
}

// Barometer says whether a provider still works from what it published
// earlier, because it cannot be asked now. It makes no network call.
type Barometer interface{ Degraded() bool }

// Step is one line of a [Checker]'s report.
type Step struct {
	Name   string        // what was tried: "resolve", "connect", "TLS", "bind", "search", …
	Detail string        // what was seen; no secret
	Took   time.Duration // how long it took
	Err    error         // nil when it went well
	Fix    string        // what to change, only with Err
}

// Checker tries a provider step by step for an operator, stopping at the
// first step that fails. login may be empty: then steps that need a person
// are left out. It never tries a password of a person.
type Checker interface {
	Check(ctx context.Context, login string) []Step
}

// Driver is one configured provider's way of signing in. Exactly one of
// Password and Redirect is set; the other abilities are optional.
type Driver struct {
	Password Password
	Redirect Redirect

	Recheck Rechecker
	Logout  LogoutURLer
	Ended   LogoutReader
	Bearer  BearerReader
	Codes   CodeTaker
	Weather Barometer
	Check   Checker

	// FormPost says that the provider's reply comes as a POST from its own
	// page (OAuth 2.0 Form Post Response Mode). No other POST is taken for one.
	FormPost bool

	// Close releases connections. It may be nil.
	Close func() error
}

// Validate reports a driver that is neither or both of the two kinds.
func (d Driver) Validate() error {
	switch {
	case d.Password == nil && d.Redirect == nil:
		return errors.New("driver can neither check a password nor redirect")
	case d.Password != nil && d.Redirect != nil:
		return errors.New("driver is both password and redirect; it must be exactly one")
	}
	return nil
}
