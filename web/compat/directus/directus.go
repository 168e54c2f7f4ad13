package directus

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/web/wire"
)

// Persons tells who asks; see the methods of the same names in package broker
// for their rules.
type Persons interface {
	Whoami(ctx context.Context, access string) (token.Claims, error)
	Present(ctx context.Context, sessionID string) (broker.Account, error)
	ChangeProfile(ctx context.Context, q broker.ProfileChange) (broker.Account, error)
}

// Factors is what people do about their second factor; see the methods of the
// same names in package broker for their rules.
type Factors interface {
	ProposeTOTP(ctx context.Context, q broker.Asked) (broker.Enrolment, error)
	ConfirmTOTP(ctx context.Context, q broker.Asked) (codes []string, err error)
	RemoveTOTP(ctx context.Context, q broker.Asked) error
	RemoveTOTPByCode(ctx context.Context, q broker.Asked) error
}

// Members is what people do who are not signed in; see the methods of the same
// names in package broker for their rules.
type Members interface {
	Register(ctx context.Context, r broker.Registration) error
	ConfirmAddress(ctx context.Context, p broker.Proof) error
	ResetPassword(ctx context.Context, n broker.NewPassword) error
}

// Broker is the sum of what the interface asks.
type Broker interface {
	Persons
	Factors
	Members
}

var _ Broker = (*broker.Broker)(nil)

// Settings are what the configuration says about the interface.
type Settings struct {
	// Prefix is put before every address; "" for none.
	Prefix string
}

// Config is what a Directus is made of. Every field is needed, the settings'
// own excepted.
type Config struct {
	Settings
	Broker    Broker
	Cookies   wire.Cookies
	CrossSite *wire.CrossSite // guards what cookies or a sign-in could do
	Native    wire.Profile    // how errors are worded: as the native interface does
	Now       func() time.Time
}

// Directus serves the interface. It is safe for concurrent use.
type Directus struct {
	Config
	adapter *wire.Adapter
}

var _ wire.Annex = (*Directus)(nil)

// New returns a Directus over c.
func New(c Config) *Directus {
	return &Directus{Config: c, adapter: wire.NewAdapter(c.Native, c.Now)}
}

// Register adds the routes. What goes around every handler is the caller's.
func (d *Directus) Register(r *mux.Router) {
	read := []string{http.MethodGet, http.MethodHead}
	get := []string{http.MethodGet}
	post := []string{http.MethodPost}
	guard := d.CrossSite.Guard
	for _, route := range []struct {
		path    string
		methods []string
		handler wire.Handler
	}{
		{"/users/me", read, d.me},
		{"/users/me", []string{http.MethodPatch}, guard(d.changeMe)},
		{"/users/me/tfa/generate", post, guard(d.proposeTFA)},
		{"/users/me/tfa/enable", post, guard(d.enableTFA)},
		{"/users/me/tfa/disable", post, guard(d.disableTFA)},
		{"/users/register", post, guard(d.register)},
		// Not by HEAD, with which scanners look at addresses: it acts.
		{"/users/register/verify-email", get, guard(d.verifyEmail)},
		{"/users/invite/accept", post, guard(d.acceptInvite)},
		{"/server/ping", read, ping},
	} {
		r.Handle(d.Prefix+route.path, d.adapter.Handle(route.handler)).Methods(route.methods...)
	}
}

// Owns implements [wire.Annex].
func (d *Directus) Owns(path string) bool {
	path, ok := strings.CutPrefix(path, d.Prefix)
	return ok && (strings.HasPrefix(path, "/users/") || strings.HasPrefix(path, "/server/"))
}

// Voice implements [wire.Annex].
func (d *Directus) Voice() *wire.Adapter { return d.adapter }

// Limits implements [wire.Annex].
func (d *Directus) Limits() wire.Limits {
	return wire.Limits{
		Mailers: []string{"POST " + d.Prefix + "/users/register"},
		Guesses: []string{
			"GET " + d.Prefix + "/users/register/verify-email",
			"POST " + d.Prefix + "/users/invite/accept",
			"POST " + d.Prefix + "/users/me/tfa/generate",
			"POST " + d.Prefix + "/users/me/tfa/enable",
			"POST " + d.Prefix + "/users/me/tfa/disable",
		},
	}
}

// ping says that somebody is there.
func ping(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("pong")) // the reader went away: nobody is left to tell
	return nil
}

// access is the presented access token: a Bearer, else the session cookie. What
// is no JWT is one of Directus' static tokens, which nobody has here.
func (d *Directus) access(r *http.Request) (string, error) {
	access, err := wire.Bearer(r)
	switch {
	case err == nil && access == "":
		access = d.Cookies.Session(r)
	case err == nil && strings.Count(access, ".") != 2:
		return "", &broker.Error{Code: broker.CodeTokenMissing, Err: errors.New("a static token")}
	}
	return access, err
}

// data is the body of every good answer that says something.
type data struct {
	Data any `json:"data"`
}

// field is a value of a body with its name.
type field struct{ name, value string }

// required names the first field that is empty.
func required(fields ...field) error {
	for _, f := range fields {
		if f.value == "" {
			return broker.Fail(broker.CodePayload, `"`+f.name+`" is required`)
		}
	}
	return nil
}

// nothing answers that there is nothing to say, unless there is an error.
func nothing(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
