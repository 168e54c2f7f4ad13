package papermerge

import (
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// What Papermerge calls its ways to sign in.
const (
	ownDB   = "db"
	ownLDAP = "ldap"
	ownOIDC = "oidc"
)

// credentials is the body of a sign-in. OTP is not of the original's: its people
// had no second factor.
type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Provider string `json:"provider"`
	OTP      string `json:"otp"`
}

// token proves a password and answers with a token: in the body, in a header
// field and in a cookie that scripts read.
func (p *Papermerge) token(w http.ResponseWriter, r *http.Request) error {
	var in credentials
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"username", in.Username}, {"password", in.Password}} {
		if f.value == "" {
			return p.misplaced(w, r, fault{Loc: []string{"body", f.name}, Msg: "field required", Type: "value_error.missing"})
		}
	}
	way, ok := p.way(in.Provider)
	if !ok || !way.Password {
		return p.misplaced(w, r, fault{Loc: []string{"body", "provider"}, Msg: "unknown provider", Type: "value_error.enum"})
	}
	wire.ExchangeOf(r.Context()).Provider = way.Name
	l, err := p.Broker.SignIn(r.Context(), broker.Credentials{
		Provider: way.Name, Login: in.Username, Password: in.Password, OTP: in.OTP,
		Mode: sessions.ModeAccess, Lives: broker.Lives{Access: p.TokenTTL}, Client: wire.ClientOf(r),
	})
	if err != nil {
		if way.Driver == "ldap" && refused(err) {
			return p.say(w, r, http.StatusUnauthorized, "401 Unauthorized. LDAP Auth error: the directory does not accept this name and password.", err)
		}
		return err
	}
	return p.welcome(w, r, l)
}

// refused reports that somebody may not enter, whyever.
func refused(err error) bool {
	switch broker.CodeOf(err) {
	case broker.CodeCredentials, broker.CodeOTP, broker.CodeSuspended:
		return true
	}
	return false
}

// way finds the provider that a client means: by one of Papermerge's names, or by
// ours. "" is db.
func (p *Papermerge) way(name string) (broker.Way, bool) {
	if name == "" {
		name = ownDB
	}
	ways := p.Broker.Ways()
	named := func(name string) (broker.Way, bool) {
		i := slices.IndexFunc(ways, func(w broker.Way) bool { return w.Name == name })
		if i < 0 {
			return broker.Way{}, false
		}
		return ways[i], true
	}
	if ours := p.Providers[name]; ours != "" {
		return named(ours)
	}
	var kind []string
	switch name {
	case ownDB:
		kind = []string{"local"}
	case ownLDAP:
		kind = []string{"ldap"}
	case ownOIDC:
		kind = []string{"openid", "oauth2"}
	default:
		return named(name)
	}
	for _, k := range kind {
		if i := slices.IndexFunc(ways, func(w broker.Way) bool { return w.Driver == k }); i >= 0 {
			return ways[i], true
		}
	}
	return broker.Way{}, false
}

// welcome answers a sign-in.
func (p *Papermerge) welcome(w http.ResponseWriter, r *http.Request, l broker.Login) error {
	x := wire.ExchangeOf(r.Context())
	x.Provider, x.Outcome = l.Claims.Provider, "signed_in"
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Papermerge's own pages read it; it is warned about at every start
		Name: p.CookieName, Value: l.Access, Path: "/", Secure: p.Secure, SameSite: http.SameSiteLaxMode,
	})
	w.Header().Set("Authorization", "Bearer "+l.Access)
	return wire.JSON(w, http.StatusOK, struct {
		Access string `json:"access_token"`
		Type   string `json:"token_type"`
	}{l.Access, "bearer"})
}
