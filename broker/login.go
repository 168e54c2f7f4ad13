package broker

import (
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// Credentials is a sign-in by password.
type Credentials struct {
	Provider string // configured name; empty for the first local provider
	Login    string // username or address, as typed
	Password string
	OTP      string // second factor: a code or a recovery code; "" for none
	Mode     sessions.Mode
	// Browser is the secret of the browser's flow cookie and ReturnTo where it
	// wants to go, for a sign-in on a page, which can go on with a second factor
	// afterwards; see [SecondFactorError]. Both may be "".
	Browser  string
	ReturnTo string
	// Lives are for the clients of other systems; zero for what is configured.
	Lives  Lives
	Client Client
}

// Lives are lifetimes of one sign-in; 0 is what is configured.
type Lives struct {
	Access  time.Duration // of access tokens
	Session time.Duration // of the session in all; in ModeAccess it is Access
}

// Renewal is a use of a refresh token, or of the access token in a session
// cookie. Exactly one of Refresh and Session is set.
type Renewal struct {
	Refresh string // refresh token
	Session string // access token from a session cookie
	Mode    sessions.Mode
	Access  time.Duration // life of the new access token; 0 for what is configured
	Client  Client
}

// Farewell is a logout. Exactly one of Refresh and Session is set.
type Farewell struct {
	Refresh string // refresh token
	Session string // access token from a session cookie
	Client  Client
}

// Login is the one answer to every way of signing in and to every refresh.
type Login struct {
	Access  string // signed JWT
	Refresh string // empty in ModeSession
	Mode    sessions.Mode

	Life        time.Duration // of Access, from now
	RefreshLife time.Duration // of Refresh, from now, if it is not used

	SessionID string
	Claims    token.Claims // what Access says
}

// Way is one way to sign in, for front ends. It tells nothing that a stranger
// should not know.
type Way struct {
	Name   string
	Driver string
	Label  string
	Icon   string
	// Password says that the way takes a password; otherwise the browser is
	// sent to the provider.
	Password bool
	Down     bool // the last call, less than half a minute ago, could not reach it
	// Degraded says that the provider works from what it published earlier.
	Degraded bool
	// FormPost says that its reply comes as a POST; see drivers.Driver.
	FormPost bool
	// Codes says that pages of other applications can bring codes of the
	// provider; see [Broker.TakeCode].
	Codes bool
}
