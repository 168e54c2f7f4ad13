package broker

import (
	"context"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// Membership is what people may do about accounts of their own.
type Membership struct {
	Open    bool // anybody may register
	Confirm bool // a new account waits until its address is confirmed
	// ConfirmationKey makes a registration confirmed at once; "" for none.
	ConfirmationKey string

	ConfirmTTL time.Duration // of a confirmation's link, for new addresses too
	InviteTTL  time.Duration
	ResetTTL   time.Duration
	// Unconfirmed is the age at which unconfirmed accounts are removed.
	Unconfirmed time.Duration

	// ResetPages are addresses that a password letter may link to instead of
	// our own page; written as in Redirects.Allow.
	ResetPages []string
	// Mails limits the letters that strangers cause, per recipient.
	Mails Quota

	MinPassword        int // characters
	MinPasswordWithMFA int // the same where the local provider requires a second factor
}

// Registration is a person who asks for an account.
type Registration struct {
	Email           string
	Password        string
	Username        string // optional, as are the names
	GivenName       string
	FamilyName      string
	ConfirmationKey string // "" for none
	// Page is where the letter leads.
	Page LetterPage
	// HideNames keeps from the answer that somebody has the user name, too: it
	// is told by letter, to the address that was given.
	HideNames bool
	Client    Client
}

// Proof is a one-time token from a letter.
type Proof struct {
	Token string
	// Whose is the user name or the address of the account that the token has to
	// be of; "" for any.
	Whose  string
	Client Client
}

// ConfirmationRequest asks for the letter of a registration once more.
type ConfirmationRequest struct {
	Email    string
	Username string     // instead of Email
	Page     LetterPage // where the letter leads
	Client   Client
}

// ResetRequest asks for a letter to choose a new password.
type ResetRequest struct {
	Email    string
	Username string     // instead of Email
	ResetURL string     // the page that the letter links to; "" for our own
	Page     LetterPage // the same, from the configuration; it comes first
	Client   Client
}

// NewPassword is a password chosen with the token of a letter.
type NewPassword struct {
	Token    string
	Whose    string // as in [Proof]
	Password string
	Client   Client
}

// PasswordChange is a person who is signed in and chooses a new password.
type PasswordChange struct {
	Access   string
	Current  string
	Password string
	// Instead is what stands in for a Current that is "", for the clients of other
	// systems, which do not ask for it.
	Instead Instead
	Client  Client
}

// Instead is what stands in for the password of a person who changes it.
type Instead string

// The stand-ins.
const (
	InsteadNothing Instead = ""      // the password itself
	InsteadFresh   Instead = "fresh" // a sign-in within five minutes, with the second factor if there is one
	InsteadToken   Instead = "token" // the access token alone: who has stolen it has the account
)

// ProfileChange is a person who changes what others see. A nil field stays.
type ProfileChange struct {
	Access     string
	GivenName  *string
	FamilyName *string
	Username   *string
	Client     Client
}

// EmailChange is a person who wants another address.
type EmailChange struct {
	Access  string
	Email   string
	Current string // password
	Client  Client
}

// Asked is a signed-in person who proves again who they are. Which of the
// fields count, the method says.
type Asked struct {
	Access   string
	Password string
	OTP      string
	Client   Client
}

// SecondStep is a browser on its way through a second factor.
type SecondStep struct {
	Pending string // from [SecondFactorError]
	Browser string // secret of this browser's flow cookie
	OTP     string // code of the authenticator, or a recovery code
	Client  Client
}

// Enrolment is a second factor that waits for its first code.
type Enrolment struct {
	Secret string // base32 (RFC 4648 §6), for those who cannot scan
	URL    string // otpauth:
	QR     []byte // the URL as a PNG picture
}

// SecondFactorError is the answer to a sign-in that proved the person once and
// has to do so again. Its code is CodeOTP.
type SecondFactorError struct {
	// Pending is the secret with which the same browser goes on within ten
	// minutes; "" when the sign-in named no browser.
	Pending string
	// Enrol says that the person has no second factor yet and must set one up.
	Enrol bool
}

func (e *SecondFactorError) Error() string { return "a second factor is needed" }

// Unwrap says what a client is told.
func (e *SecondFactorError) Unwrap() error {
	if e.Enrol {
		return Fail(CodeOTP, "a second factor has to be set up first, on the sign-in page")
	}
	return Fail(CodeOTP, "")
}

// Factors keeps second factors and spends their codes.
type Factors interface {
	// Factor returns what is kept of an account's second factor, and the zero
	// value when there is nothing.
	Factor(ctx context.Context, accountID string) (Factor, error)
	// SpendStep uses up a time step of a confirmed factor: ErrSpent unless it is
	// later than every one before.
	SpendStep(ctx context.Context, accountID string, step int64) error
	// SpendCode uses up a recovery code by its hash and posts the letters, in
	// one transaction; ErrSpent when there is no such code.
	SpendCode(ctx context.Context, accountID, hash string, letters []Post) error
}

// Factor is what is kept of a second factor. Both seeds are sealed.
type Factor struct {
	Seed     []byte // nil for none
	Proposed []byte // waits for its first code; nil for none
	Step     int64  // the latest time step that was used
}

// Errands keeps what strangers asked for until somebody looks at it.
type Errands interface {
	PutErrand(ctx context.Context, e Errand) error
	// ClaimErrands returns errands that are due and makes them due again after
	// lease: of two callers each gets different ones.
	ClaimErrands(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Errand, error)
	DropErrand(ctx context.Context, id string) error
	// ErrandsPut tells of errands that were put in this process.
	ErrandsPut() <-chan struct{}
}

// Errand is something that a stranger asked for, sealed.
type Errand struct {
	ID      string
	Sealed  []byte
	Created time.Time
	Tries   int
}

// Pendings keeps sign-ins that wait for a second factor.
type Pendings interface {
	PutPending(ctx context.Context, p sessions.Pending) error
	// Pending returns one that has not expired, else sessions.ErrNotFound.
	Pending(ctx context.Context, key string, now time.Time) (sessions.Pending, error)
	// TakePending returns and removes it in one step: of two callers one gets it.
	TakePending(ctx context.Context, key string, now time.Time) (sessions.Pending, error)
}
