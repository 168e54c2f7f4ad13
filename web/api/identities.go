package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// identity is one way in, as its person reads it.
type identity struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Label    string    `json:"label"`
	Login    string    `json:"login"`
	LastSeen time.Time `json:"last_seen"`
	Usable   bool      `json:"usable"` // false when the provider is out of service
}

// identities lists the ways in of who asks.
func (a *API) identities(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	ways, err := a.Identities.WaysIn(r.Context(), access)
	if err != nil {
		return err
	}
	list := make([]identity, len(ways))
	for i, way := range ways {
		list[i] = identity{way.ID, way.Provider, way.Label, way.Login, way.Seen.UTC(), way.Usable}
	}
	return wire.JSON(w, http.StatusOK, data{list})
}

// unlink takes a way in away from who asks.
func (a *API) unlink(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	id, err := url.PathUnescape(mux.Vars(r)["id"])
	if err != nil {
		return broker.Fail(broker.CodeNotFound, "")
	}
	if err := a.Identities.Unlink(r.Context(), access, id, wire.ClientOf(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// access is the presented access token: a Bearer, else the session cookie.
func (a *API) access(r *http.Request) (string, error) {
	access, err := wire.Bearer(r)
	if err == nil && access == "" {
		access = a.Cookies.Session(r)
	}
	return access, err
}

// backchannel takes a provider's word that somebody signed out there (OpenID
// Connect Back-Channel Logout §2.5). It is the provider's server that calls;
// what it says is proven by the token alone.
func (a *API) backchannel(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	provider, err := providerOf(r)
	if err != nil {
		return err
	}
	form, err := wire.Form(w, r)
	if err != nil {
		return err
	}
	if len(form["logout_token"]) != 1 {
		return broker.Fail(broker.CodePayload, `one "logout_token" is required`)
	}
	wire.ExchangeOf(r.Context()).Provider = a.known(provider)
	if err := a.Identities.EndedUpstream(r.Context(), provider, form.Get("logout_token"), wire.ClientOf(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
