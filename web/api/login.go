package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// credentials is the body of a sign-in. otp is a code of the second factor, or a
// recovery code.
type credentials struct {
	Email      string `json:"email"`
	Identifier string `json:"identifier"`
	Password   string `json:"password"`
	OTP        string `json:"otp"`
	Mode       string `json:"mode"`
}

// login signs in by password. Both names of the login field are taken for
// every driver, since clients send email whatever the provider is.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	in, err := readCredentials(w, r)
	if err != nil {
		return err
	}
	provider, err := providerOf(r)
	if err != nil {
		return err
	}
	x := wire.ExchangeOf(r.Context())
	x.Provider = a.known(provider)
	l, err := a.Broker.SignIn(r.Context(), broker.Credentials{
		Provider: provider, Login: in.Email + in.Identifier, Password: in.Password, OTP: in.OTP,
		Mode: sessions.Mode(in.Mode), Client: wire.ClientOf(r),
	})
	if err != nil {
		x.Outcome = "refused"
		return err
	}
	x.Provider, x.Outcome = l.Claims.Provider, "signed_in"
	return wire.Give(w, a.Cookies, l)
}

// readCredentials reads and checks the shape of a sign-in.
func readCredentials(w http.ResponseWriter, r *http.Request) (in credentials, err error) {
	if err := noSecretsIn(r.URL); err != nil {
		return in, err
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return in, err
	}
	switch {
	case in.Email == "" && in.Identifier == "":
		return in, broker.Fail(broker.CodePayload, `one of "email" and "identifier" is required`)
	case in.Email != "" && in.Identifier != "":
		return in, broker.Fail(broker.CodePayload, `only one of "email" and "identifier" is allowed`)
	case in.Password == "":
		return in, broker.Fail(broker.CodePayload, `"password" is required`)
	}
	if in.Mode == "" {
		in.Mode = string(sessions.ModeJSON)
	}
	return in, checkMode(in.Mode)
}

func checkMode(mode string) error {
	if mode != "" && !sessions.Mode(mode).Valid() {
		return broker.Fail(broker.CodePayload, `"mode" must be one of "json", "cookie" and "session"`)
	}
	return nil
}

// noSecretsIn refuses a request that carries a credential in its address, where
// every proxy on the way logs it, even if the body is complete: the client is
// to learn of it at the first try.
func noSecretsIn(u *url.URL) error {
	for name := range u.Query() {
		switch strings.ToLower(name) {
		case "email", "identifier", "username", "password", "otp", "refresh_token", "access_token", "token", "current_password", "confirmation_key":
			return broker.Fail(broker.CodePayload, "credentials do not belong in the address")
		}
	}
	return nil
}

// providerOf is the provider that the path names, "" for none.
func providerOf(r *http.Request) (string, error) {
	name, err := url.PathUnescape(mux.Vars(r)["provider"])
	if err != nil {
		return "", &broker.Error{Code: broker.CodeNoProvider, Err: err}
	}
	return name, nil
}

// known returns name if it is that of a way to sign in, so that no log line or
// metric carries a name that a stranger made up.
func (a *API) known(name string) string {
	for _, w := range a.Broker.Ways() {
		if w.Name == name {
			return name
		}
	}
	return ""
}
