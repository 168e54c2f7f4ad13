package api

import (
	"net/http"

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
	n, fromCookie := a.Cookies.Renewal(r, in.Refresh, sessions.Mode(in.Mode))
	if n.Refresh == "" && n.Session == "" {
		return wire.NothingPresented()
	}
	x := wire.ExchangeOf(r.Context())
	l, err := a.Broker.Renew(r.Context(), n)
	if err != nil {
		x.Outcome = "refused"
		if fromCookie && wire.Final(err) {
			a.Cookies.Drop(w, n.Mode)
		}
		return err
	}
	x.Provider, x.Outcome = l.Claims.Provider, "refreshed"
	return wire.Give(w, a.Cookies, l)
}

// logout ends every session whose credential the request carries, whatever
// the mode. One that is unknown is ended already. Who asks with
// "upstream" is told where the browser ends the session at the provider, if the
// provider has such a place.
func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	in, err := readPresented(w, r)
	if err != nil {
		return err
	}
	all, logoutURL := a.Cookies.Farewells(r, in.Refresh), ""
	if len(all) == 0 {
		return wire.NothingPresented()
	}
	for _, f := range all {
		if in.Upstream && logoutURL == "" {
			logoutURL, err = a.Identities.LeaveUpstream(r.Context(), f)
		} else {
			err = a.Broker.Leave(r.Context(), f)
		}
		if err != nil {
			return err
		}
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
