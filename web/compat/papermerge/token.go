package papermerge

import (
	"cmp"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// credentials is the body of a sign-in. OTP is not of the original's: its people
// had no second factor.
type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Provider string `json:"provider"`
	OTP      string `json:"otp"`
}

// token proves a password, or exchanges a code where there is no body, and
// answers with a token: in the body, in a header field and in a cookie that
// scripts read.
func (p *Papermerge) token(w http.ResponseWriter, r *http.Request) error {
	if empty(r) {
		return p.exchange(w, r)
	}
	return p.password(w, r)
}

func (p *Papermerge) password(w http.ResponseWriter, r *http.Request) error {
	var in credentials
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"username", in.Username}, {"password", in.Password}} {
		if f.value == "" {
			return p.misplaced(w, r, fault{Loc: []string{"body", f.name}, Msg: "field required", Type: "value_error.missing"})
		}
	}
	way, ok := p.way(cmp.Or(in.Provider, ownDB))
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

// maxCookie is the longest token for the cookie, in bytes. Browsers drop one of
// more than 4,096 with its name, and say nothing (RFC 6265 §6.1): the person
// would be shown the sign-in again and again.
const maxCookie = 3840

// welcome answers a sign-in.
func (p *Papermerge) welcome(w http.ResponseWriter, r *http.Request, l broker.Login) error {
	if len(l.Access) > maxCookie {
		const text = "you are in too many groups for a cookie; an administrator can keep fewer with groups.only"
		return p.say(w, r, http.StatusForbidden, text, broker.Fail(broker.CodeForbidden, text))
	}
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
