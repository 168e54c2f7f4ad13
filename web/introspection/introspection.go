package introspection

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Prefix is where the endpoints are.
const Prefix = "/oauth2/"

// Broker is what services ask; see the methods of the same names in package
// broker for their rules.
type Broker interface {
	Introspect(ctx context.Context, q broker.Inquiry) (broker.Introspection, error)
	Revoke(ctx context.Context, q broker.Inquiry) error
}

var _ Broker = (*broker.Broker)(nil)

// Desk answers services. It is safe for concurrent use.
type Desk struct {
	broker  Broker
	adapter *wire.Adapter
}

// New returns a desk in front of b.
func New(b Broker, now func() time.Time) *Desk {
	return &Desk{broker: b, adapter: wire.NewAdapter(Profile(), now)}
}

// Register adds the routes. What goes around every handler is the caller's, the
// limit of attempts at a secret too.
func (d *Desk) Register(r *mux.Router) {
	r.Handle(Prefix+"introspect", d.adapter.Handle(d.introspect)).Methods(http.MethodPost)
	r.Handle(Prefix+"revoke", d.adapter.Handle(d.revoke)).Methods(http.MethodPost)
}

// introspect says whether a token is in force, and of whom it is (RFC 7662 §2).
func (d *Desk) introspect(w http.ResponseWriter, r *http.Request) error {
	q, err := inquiry(w, r)
	if err != nil {
		return err
	}
	found, err := d.broker.Introspect(r.Context(), q)
	if err != nil {
		return err
	}
	x := wire.ExchangeOf(r.Context())
	if !found.Active {
		x.Outcome = "inactive"
		return wire.JSON(w, http.StatusOK, inactive{})
	}
	x.Outcome, x.Provider = "active", found.Claims.Provider
	return wire.JSON(w, http.StatusOK, told(found))
}

// revoke ends the session of a token (RFC 7009 §2). The answer is the same
// whether there was one.
func (d *Desk) revoke(w http.ResponseWriter, r *http.Request) error {
	q, err := inquiry(w, r)
	if err != nil {
		return err
	}
	if err := d.broker.Revoke(r.Context(), q); err != nil {
		return err
	}
	wire.ExchangeOf(r.Context()).Outcome = "revoked"
	w.WriteHeader(http.StatusOK)
	return nil
}

// inactive is all that is said of a token that is not in force (RFC 7662 §2.2).
type inactive struct {
	Active bool `json:"active"`
}

// active is what is said of a token that is (RFC 7662 §2.2), with the names of
// its own claims. An audience is one text or a list, as in the token.
type active struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitzero"` // RFC 6749 §3.3: never empty
	Username  string `json:"username"`
	TokenType string `json:"token_type"`
	Expires   int64  `json:"exp"`
	Issued    int64  `json:"iat"`
	Subject   string `json:"sub"`
	Audience  any    `json:"aud,omitzero"`
	Issuer    string `json:"iss"`
	ID        string `json:"jti"`

	Session           string   `json:"sid"`
	Provider          string   `json:"idp"`
	AMR               []string `json:"amr"`
	AuthTime          int64    `json:"auth_time,omitzero"`
	Email             string   `json:"email"`
	EmailVerified     bool     `json:"email_verified"`
	PreferredUsername string   `json:"preferred_username"`
	Name              string   `json:"name"`
	Groups            []string `json:"groups"`
	Roles             []string `json:"roles"`
	IsAdmin           bool     `json:"is_admin"`
}

func told(i broker.Introspection) active {
	c := i.Claims
	out := active{
		Active: true, Scope: strings.Join(c.Scopes, " "), Username: i.Username, TokenType: "Bearer",
		Expires: c.ExpiresAt.Unix(), Issued: c.IssuedAt.Unix(), Subject: c.Subject, Issuer: c.Issuer, ID: c.ID,
		Session: c.SessionID, Provider: c.Provider, AMR: c.AMR, Email: c.Email, EmailVerified: c.EmailVerified,
		PreferredUsername: c.PreferredUsername, Name: c.Name, Groups: c.Groups, Roles: c.Roles, IsAdmin: c.IsAdmin,
	}
	if !c.AuthTime.IsZero() {
		out.AuthTime = c.AuthTime.Unix()
	}
	switch len(c.Audience) {
	case 0:
	case 1:
		out.Audience = c.Audience[0]
	default:
		out.Audience = c.Audience
	}
	return out
}
