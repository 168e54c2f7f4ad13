package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/web/wire"
)

// Broker is what the interface asks; see the methods of the same names in
// package broker for their rules.
type Broker interface {
	Ways() []broker.Way
	DefaultDisabled() bool
	SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error)
	Renew(ctx context.Context, r broker.Renewal) (broker.Login, error)
	Leave(ctx context.Context, f broker.Farewell) error
	Whoami(ctx context.Context, access string) (token.Claims, error)
}

// Upkeep is what verifiers and supervisors ask.
type Upkeep interface {
	JWKS() []byte
	Ready(ctx context.Context) error
}

// Identities is what people do with their ways in, and what providers tell; see
// the methods of the same names in package broker for their rules.
type Identities interface {
	WaysIn(ctx context.Context, access string) ([]broker.WayIn, error)
	Unlink(ctx context.Context, access, id string, c broker.Client) error
	EndedUpstream(ctx context.Context, provider, logoutToken string, c broker.Client) error
	LeaveUpstream(ctx context.Context, f broker.Farewell) (logoutURL string, err error)
}

var (
	_ Broker     = (*broker.Broker)(nil)
	_ Upkeep     = (*broker.Broker)(nil)
	_ Identities = (*broker.Broker)(nil)
)

// Config is what an API is made of. Every field is needed.
type Config struct {
	Broker     Broker
	Identities Identities
	Upkeep     Upkeep

	Members     Members
	Selves      Selves
	Factors     Factors
	OwnSessions OwnSessions

	Cookies   wire.Cookies
	CrossSite *wire.CrossSite // guards what cookies or a sign-in could do
	Now       func() time.Time
	PublicURL string // without a slash at the end
}

// API serves the native interface. It is safe for concurrent use.
type API struct {
	Config
	adapter *wire.Adapter
}

// New returns an API over c.
func New(c Config) *API {
	return &API{Config: c, adapter: wire.NewAdapter(Profile(), c.Now)}
}

// Register adds the routes. What goes around every handler is the caller's,
// the limit of attempts at the login routes too.
func (a *API) Register(r *mux.Router) {
	read := []string{http.MethodGet, http.MethodHead}
	post := []string{http.MethodPost}
	put := []string{http.MethodPut}
	remove := []string{http.MethodDelete}
	guard := a.CrossSite.Guard
	for _, route := range []struct {
		path    string
		methods []string
		handler wire.Handler
	}{
		{"/auth", read, a.ways},
		{"/auth/login", post, guard(a.login)},
		{"/auth/login/{provider}", post, guard(a.login)},
		{"/auth/refresh", post, guard(a.refresh)},
		{"/auth/logout", post, guard(a.logout)},
		{"/auth/me", read, a.me},
		{"/auth/me", []string{http.MethodPatch}, guard(a.changeProfile)},
		{"/auth/me/password", put, guard(a.changePassword)},
		{"/auth/me/email", put, guard(a.changeEmail)},
		{"/auth/register", post, guard(a.register)},
		{"/auth/confirm", post, guard(a.confirm)},
		{"/auth/confirm/resend", post, guard(a.resend)},
		{"/auth/password/request", post, guard(a.requestReset)},
		{"/auth/password/reset", post, guard(a.reset)},
		{"/auth/email/confirm", post, guard(a.confirmEmail)},
		{"/auth/mfa/totp", post, guard(a.proposeTOTP)},
		{"/auth/mfa/totp", remove, guard(a.removeTOTP)},
		{"/auth/mfa/totp/confirm", post, guard(a.confirmTOTP)},
		{"/auth/mfa/recovery-codes", post, guard(a.renewRecoveryCodes)},
		{"/auth/sessions", read, a.sessions},
		{"/auth/sessions", remove, guard(a.endOthers)},
		{"/auth/sessions/{id}", remove, guard(a.endSession)},
		{"/auth/identities", read, a.identities},
		{"/auth/identities/{id}", remove, guard(a.unlink)},
		{"/auth/backchannel/{provider}", post, a.backchannel},
		{"/.well-known/jwks.json", read, a.jwks},
		{"/health", read, a.health},
		{"/ready", read, a.ready},
	} {
		r.Handle(route.path, a.adapter.Handle(route.handler)).Methods(route.methods...)
	}
}

// data is the body of every good answer that says something.
type data struct {
	Data any `json:"data"`
}

// way is one way to sign in, as front ends read it.
type way struct {
	Name   string `json:"name"`
	Driver string `json:"driver"`
	Icon   string `json:"icon,omitempty"`
	Label  string `json:"label"`
	URL    string `json:"url"`
	Status string `json:"status"` // "ok", "degraded" or "down"
}

// ways lists the ways to sign in. Who asks makes no difference.
func (a *API) ways(w http.ResponseWriter, _ *http.Request) error {
	list := []way{}
	for _, b := range a.Broker.Ways() {
		one := way{Name: b.Name, Driver: b.Driver, Icon: b.Icon, Label: b.Label, Status: "ok"}
		switch {
		case b.Down:
			one.Status = "down"
		case b.Degraded:
			one.Status = "degraded"
		}
		if one.URL = a.PublicURL + "/auth/login/" + url.PathEscape(b.Name); b.Password {
			one.URL = a.PublicURL + "/login?provider=" + url.QueryEscape(b.Name)
		}
		list = append(list, one)
	}
	return wire.JSON(w, http.StatusOK, struct {
		Data           []way `json:"data"`
		DisableDefault bool  `json:"disableDefault"`
	}{list, a.Broker.DefaultDisabled()})
}
