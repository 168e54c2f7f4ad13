package broker

import "context"

// Auditor keeps the record of who did what. Record must not fail a request:
// an auditor that cannot write says so by its own means. It is called once an
// event, after the event is true.
type Auditor interface {
	Record(ctx context.Context, e Event)
}

// The names of events.
const (
	EventLogin          = "login.success"
	EventLoginFailure   = "login.failure" // the proof was wrong or could not be checked
	EventLoginDenied    = "login.denied"  // proven, but policy says no
	EventLoginLocked    = "login.locked"  // refused before the proof was looked at
	EventRefresh        = "session.refresh"
	EventRefreshDenied  = "session.refused"
	EventReuse          = "session.reuse" // an old refresh token came back
	EventLogout         = "session.logout"
	EventSessionEnd     = "session.end"
	EventAccountNew     = "account.create"
	EventAccountChange  = "account.change"
	EventLink           = "identity.link"
	EventUnlink         = "identity.unlink"
	EventLinkDenied     = "identity.refused"
	EventUpstreamLogout = "provider.logout" // the provider said that somebody signed out there
	EventProviderDown   = "provider.failure"

	EventRegister       = "account.register"
	EventRegisterDenied = "account.register_refused"
	EventConfirm        = "account.confirm"
	EventAccountGone    = "account.delete"
	EventMerge          = "account.merge"
	EventUnmerge        = "account.unmerge"
	EventUnlock         = "account.unlock"
	EventAdminDenied    = "admin.refused" // somebody asked for what only administrators may
	EventKeys           = "keys.change"
	EventGuardDenied    = "guard.refused"   // a request carries what two people were given
	EventGuardMalformed = "guard.malformed" // a proxy asks about an address that cannot be read in one way
	EventClientDenied   = "client.refused"  // a service that does not prove who it is
	EventTicketDenied   = "ticket.refused"  // a one-time token that is not good
	EventResetAsked     = "password.requested"
	EventPassword       = "password.change"
	EventPasswordDenied = "password.refused"
	EventEmailAsked     = "email.requested"
	EventEmail          = "email.change"
	EventFactor         = "mfa.enrol"
	EventFactorGone     = "mfa.remove"
	EventFactorDenied   = "mfa.refused"
	EventRecoveryCodes  = "mfa.recovery_codes"
	EventRecoveryUsed   = "mfa.recovery_used"
	EventMailLimited    = "mail.limited" // a recipient has got enough letters
	EventMailFailed     = "mail.failed"
	EventMailTLS        = "mail.tls_failed"
)

// Event is one line of the audit record. It never holds a secret. Login is
// what a stranger typed: a writer must escape it.
type Event struct {
	Name string
	// Actor is the account id of the administrator who acted, [ActorOperator], or
	// client: and the id of a [Service]; "" when the person of AccountID did.
	Actor     string
	Reason    string // stable word, such as "wrong_password" or "signup_closed"
	AccountID string
	SessionID string
	Provider  string
	Login     string // as typed, at most 256 bytes; only where no account is known
	Client    Client
	Changes   []Change
	Err       error // internal detail, if any
}

// ActorOperator is the actor of what was done at the command line.
const ActorOperator = "operator"

// Change is one field that an administrator changed. Before and After are as
// they are shown to administrators; secrets are left out.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}
