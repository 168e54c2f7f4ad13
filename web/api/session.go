package api

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// presented is the body of a refresh and of a logout; there may be none.
type presented struct {
	Refresh string `json:"refresh_token"`
	Mode    string `json:"mode"`
	// Upstream asks, at a logout, where the provider's own session ends.
	Upstream bool `json:"upstream"`
}

const noToken = "the refresh token is required in either the payload or cookie"

func readPresented(w http.ResponseWriter, r *http.Request) (in presented, err error) {
	if err := noSecretsIn(r.URL); err != nil {
		return in, err
	}
	if err := wire.DecodeOptional(w, r, &in); err != nil {
		return in, err
	}
	return in, checkMode(in.Mode)
}

// refresh uses a refresh token, or in mode session the access token in the
// cookie. A cookie that was refused is taken away.
func (a *API) refresh(w http.ResponseWriter, r *http.Request) error {
	in, err := readPresented(w, r)
	if err != nil {
		return err
	}
	n, fromCookie := a.renewal(r, in)
	if n.Refresh == "" && n.Session == "" {
		return broker.Fail(broker.CodePayload, noToken)
	}
	x := wire.ExchangeOf(r.Context())
	l, err := a.Broker.Renew(r.Context(), n)
	if err != nil {
		x.Outcome = "refused"
		if fromCookie && final(err) {
			a.Cookies.Drop(w, n.Mode)
		}
		return err
	}
	x.Provider, x.Outcome = l.Claims.Provider, "refreshed"
	return wire.Give(w, a.Cookies, l)
}

// renewal finds the credential that the mode stands for. Without a mode, a
// token in the body means json and none means cookie. A cookie is never turned
// into a token that scripts can read, so mode json takes the body only.
func (a *API) renewal(r *http.Request, in presented) (n broker.Renewal, fromCookie bool) {
	n = broker.Renewal{Refresh: in.Refresh, Mode: sessions.Mode(in.Mode), Client: wire.ClientOf(r)}
	if n.Mode == "" {
		n.Mode = sessions.ModeCookie
		if in.Refresh != "" {
			n.Mode = sessions.ModeJSON
		}
	}
	switch {
	case n.Mode == sessions.ModeSession:
		n.Refresh, n.Session = "", a.Cookies.Session(r)
		return n, true
	case n.Mode == sessions.ModeCookie && in.Refresh == "":
		n.Refresh = a.Cookies.Refresh(r)
		return n, true
	}
	return n, false
}

// final reports an error that coming again with the same credential cannot
// mend.
func final(err error) bool {
	switch broker.CodeOf(err) {
	case broker.CodeCredentials, broker.CodeSuspended, broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return true
	}
	return false
}

// logout ends every session whose credential the request carries, whatever
// the mode: a cookie that is cleared must not leave a session behind that
// nobody can end any more. One that is unknown is ended already. Who asks with
// "upstream" is told where the browser ends the session at the provider, if the
// provider has such a place.
func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	in, err := readPresented(w, r)
	if err != nil {
		return err
	}
	client := wire.ClientOf(r)
	all := []broker.Farewell{{Refresh: in.Refresh}, {Refresh: a.Cookies.Refresh(r)}, {Session: a.Cookies.Session(r)}}
	some, logoutURL := false, ""
	for _, f := range all {
		if f.Refresh == "" && f.Session == "" {
			continue
		}
		some, f.Client = true, client
		if in.Upstream && logoutURL == "" {
			logoutURL, err = a.Identities.LeaveUpstream(r.Context(), f)
		} else {
			err = a.Broker.Leave(r.Context(), f)
		}
		if err != nil {
			return err
		}
	}
	if !some {
		return broker.Fail(broker.CodePayload, noToken)
	}
	wire.ExchangeOf(r.Context()).Outcome = "signed_out"
	a.Cookies.ClearSent(w, r)
	if logoutURL != "" {
		return wire.JSON(w, http.StatusOK, data{struct {
			LogoutURL string `json:"logout_url"`
		}{logoutURL}})
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
