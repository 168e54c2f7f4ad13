package ethics

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/web/wire"
)

// Persons tells who asks and who there is; see the methods of the same names in
// package broker for their rules.
type Persons interface {
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Whoami(ctx context.Context, access string) (token.Claims, error)
	Present(ctx context.Context, sessionID string) (broker.Account, error)
	Named(ctx context.Context, name string) (broker.Account, error)
}

// Members is what people do about accounts of their own; see the methods of the
// same names in package broker for their rules.
type Members interface {
	Register(ctx context.Context, r broker.Registration) error
	ConfirmsAtOnce(key string) (atOnce, keyed bool)
	ConfirmAddress(ctx context.Context, p broker.Proof) error
	AskConfirmation(ctx context.Context, r broker.ConfirmationRequest) error
}

// Passwords is how people come to another password; see the methods of the same
// names in package broker for their rules.
type Passwords interface {
	ChangePassword(ctx context.Context, q broker.PasswordChange) error
	RequestReset(ctx context.Context, r broker.ResetRequest) error
	ResetPassword(ctx context.Context, n broker.NewPassword) error
}

// Broker is the sum of what the interface asks.
type Broker interface {
	Persons
	Members
	Passwords
}

var _ Broker = (*broker.Broker)(nil)

// Settings are what the configuration says about the interface.
type Settings struct {
	// Prefix is put before every address, such as /api/auth.
	Prefix string
	// Strict answers as the original does: strangers learn who has an account,
	// everybody signed in reads everybody's address, and an access token is
	// enough to change its person's password, an administrator's to change
	// everybody's.
	Strict bool
	// TokenTTL is how long a token is valid whose client asks for no time of its
	// own, and MaxTTL the longest that it gets.
	TokenTTL time.Duration
	MaxTTL   time.Duration
	// Frontend is where letters lead: its pages confirm-account and
	// reset-password.
	Frontend string
	// Zone is that of the expiry, which is written without one.
	Zone *time.Location
}

// Origin is that of the front end, as browsers send it; "" for none.
func (s Settings) Origin() string {
	u, err := url.Parse(s.Frontend)
	if err != nil || u.Host == "" {
		return ""
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	// A browser leaves out the port that goes without saying.
	return strings.TrimSuffix(origin, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
}

// Config is what an Ethics is made of. Every field is needed.
type Config struct {
	Settings
	Broker Broker
	// Administration is what administrators are served with; nil for no such
	// address.
	Administration *broker.Administration
	CrossSite      *wire.CrossSite // guards what acts; lets the front end in
	Now            func() time.Time
}

// Ethics serves the interface. It is safe for concurrent use.
type Ethics struct {
	Config
	adapter *wire.Adapter
}

var _ wire.Annex = (*Ethics)(nil)

// New returns an Ethics over c.
func New(c Config) *Ethics {
	c.Frontend = strings.TrimSuffix(c.Frontend, "/")
	return &Ethics{Config: c, adapter: wire.NewAdapter(Profile(c.Now), c.Now)}
}

// route is one address of the interface, below the prefix and without the slash
// at its end.
type route struct {
	path    string
	methods []string
	handler wire.Handler
	limit   *[]string
}

// routes are all addresses, each with the kind of limit that it counts in.
func (e *Ethics) routes(l *wire.Limits) []route {
	read := []string{http.MethodGet, http.MethodHead}
	post, put := []string{http.MethodPost}, []string{http.MethodPut}
	guard := e.CrossSite.Guard
	var asks *[]string
	if e.Strict { // anybody can ask who has an account
		asks = &l.Doors
	}
	all := []route{
		{"/register", post, guard(e.register), &l.Mailers},
		{"/login", post, guard(e.login), &l.Doors},
		{"/account", read, e.account, nil},
		{"/account", put, guard(e.changeOwn), &l.Guesses},
		{"/account/confirmed", read, e.confirmed, asks},
		{"/account/confirm", post, guard(e.confirm), &l.Guesses},
		{"/account/confirm/resend", post, guard(e.resend), &l.Mailers},
		{"/forgot-password", post, guard(e.forgot), &l.Mailers},
		{"/reset-password", post, guard(e.reset), &l.Guesses},
	}
	if e.Administration != nil {
		all = append(all, route{"/admin/account", put, guard(e.changeOther), &l.Guesses})
	}
	return all
}

// Register adds the routes. What goes around every handler is the caller's. Both
// spellings of an address are routes: a redirect would turn a POST into a GET.
func (e *Ethics) Register(r *mux.Router) {
	for _, route := range e.routes(&wire.Limits{}) {
		h := e.adapter.Handle(route.handler)
		r.Handle(e.Prefix+route.path, h).Methods(route.methods...)
		r.Handle(e.Prefix+route.path+"/", h).Methods(route.methods...)
	}
}

// Owns implements [wire.Annex]: all that begins with the prefix and, without one,
// the addresses themselves.
func (e *Ethics) Owns(path string) bool {
	if e.Prefix != "" {
		return path == e.Prefix || strings.HasPrefix(path, e.Prefix+"/")
	}
	for _, route := range e.routes(&wire.Limits{}) {
		if strings.TrimSuffix(path, "/") == route.path {
			return true
		}
	}
	return false
}

// Voice implements [wire.Annex].
func (e *Ethics) Voice() *wire.Adapter { return e.adapter }

// Limits implements [wire.Annex].
func (e *Ethics) Limits() wire.Limits {
	var l wire.Limits
	for _, route := range e.routes(&l) {
		if route.limit == nil {
			continue
		}
		for _, method := range route.methods {
			at := method + " " + e.Prefix + route.path
			*route.limit = append(*route.limit, at, at+"/")
		}
	}
	return l
}
