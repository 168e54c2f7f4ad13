package admin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Prefix is where every route of the interface begins.
const Prefix = "/admin/api"

// Administration lets administrators in; see the methods of the same names in
// package broker for their rules.
type Administration interface {
	As(ctx context.Context, access string, c broker.Client) (*broker.Administration, error)
	AsFresh(ctx context.Context, access string, c broker.Client) (*broker.Administration, error)
}

var _ Administration = (*broker.Administration)(nil)

// Config is what an API is made of. Every field is needed.
type Config struct {
	Administration Administration
	Trail          broker.Trail
	Cookies        wire.Cookies
	CrossSite      *wire.CrossSite // guards what cookies could do
	Native         wire.Profile    // how errors are worded
	Now            func() time.Time
}

// API serves the interface. It is safe for concurrent use.
type API struct {
	Config
	adapter *wire.Adapter
}

// New returns an API over c.
func New(c Config) *API {
	return &API{Config: c, adapter: wire.NewAdapter(c.Native, c.Now)}
}

// handler answers one administrator. ad is theirs.
type handler func(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error

// Register adds the routes. A handler can be reached only through look or act,
// so none is open.
func (a *API) Register(r *mux.Router) {
	for _, route := range []struct {
		method, path string
		handler      wire.Handler
	}{
		{http.MethodGet, "/users", a.look(users)},
		{http.MethodPost, "/users", a.act(addUser)},
		{http.MethodPost, "/users/invite", a.act(inviteUser)},
		{http.MethodGet, "/users/{id}", a.look(showUser)},
		{http.MethodPatch, "/users/{id}", a.act(editUser)},
		{http.MethodDelete, "/users/{id}", a.act(removeUser)},
		{http.MethodPost, "/users/{id}/suspend", a.act(suspend)},
		{http.MethodPost, "/users/{id}/activate", a.act(activate)},
		{http.MethodPost, "/users/{id}/confirm", a.act(confirm)},
		{http.MethodPost, "/users/{id}/unlock", a.act(unlock)},
		{http.MethodPost, "/users/{id}/reset", a.act(sendReset)},
		{http.MethodPost, "/users/{id}/invite", a.act(sendInvite)},
		{http.MethodDelete, "/users/{id}/mfa", a.act(removeSecondFactor)},
		{http.MethodGet, "/users/{id}/sessions", a.look(sessions)},
		{http.MethodDelete, "/users/{id}/sessions", a.act(endSessions)},
		{http.MethodDelete, "/users/{id}/sessions/{sid}", a.act(endSession)},
		{http.MethodGet, "/users/{id}/identities", a.look(identities)},
		{http.MethodPost, "/users/{id}/identities", a.act(link)},
		{http.MethodDelete, "/users/{id}/identities/{iid}", a.act(unlink)},
		{http.MethodPost, "/users/{id}/merge", a.act(merge)},
		{http.MethodPost, "/merges/{id}/undo", a.act(undoMerge)},
		{http.MethodGet, "/groups", a.look(groups)},
		{http.MethodGet, "/providers", a.look(providers)},
		{http.MethodGet, "/keys", a.look(keys)},
		{http.MethodGet, "/audit", a.look(a.audit)},
		{http.MethodPost, "/keys/rotate", a.act(rotateKeys)},
		{http.MethodPost, "/keys/{id}/retire", a.act(retireKey)},
	} {
		methods := []string{route.method}
		if route.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		r.Handle(Prefix+route.path, a.adapter.Handle(route.handler)).Methods(methods...)
	}
}

// look lets administrators see something.
func (a *API) look(h handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		access, err := a.access(r)
		if err != nil {
			return err
		}
		ad, err := a.Administration.As(r.Context(), access, wire.ClientOf(r))
		if err != nil {
			return err
		}
		return h(w, r, ad)
	}
}

// act lets administrators who have just signed in change something.
func (a *API) act(h handler) wire.Handler {
	return a.CrossSite.Guard(func(w http.ResponseWriter, r *http.Request) error {
		access, err := a.access(r)
		if err != nil {
			return err
		}
		ad, err := a.Administration.AsFresh(r.Context(), access, wire.ClientOf(r))
		if err != nil {
			return err
		}
		return h(w, r, ad)
	})
}

// access is the presented access token: a Bearer, else the session cookie.
func (a *API) access(r *http.Request) (string, error) {
	access, err := wire.Bearer(r)
	if err == nil && access == "" {
		access = a.Cookies.Session(r)
	}
	return access, err
}

// data is the body of every good answer that says something.
type data struct {
	Data any `json:"data"`
}

func answer(w http.ResponseWriter, v any, err error) error {
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusOK, data{v})
}

func nothing(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// variable is a part of the path, as its owner wrote it.
func variable(r *http.Request, name string) (string, error) {
	v, err := url.PathUnescape(mux.Vars(r)[name])
	if err != nil {
		return "", broker.Fail(broker.CodeNotFound, "")
	}
	return v, nil
}
