package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// OwnSessions is what people do about their sessions; see the methods of the
// same names in package broker for their rules.
type OwnSessions interface {
	OwnSessions(ctx context.Context, access string) ([]broker.OwnSession, error)
	EndOwnSession(ctx context.Context, access, id string, c broker.Client) error
	EndOtherSessions(ctx context.Context, access string, c broker.Client) error
}

var _ OwnSessions = (*broker.Broker)(nil)

// session is one sign-in, as its person reads it.
type session struct {
	ID       string    `json:"id"`
	Current  bool      `json:"current"` // the one that asks
	Provider string    `json:"provider"`
	Label    string    `json:"label"` // of the provider
	Device   string    `json:"device"`
	Address  string    `json:"address"`
	SignedIn time.Time `json:"signed_in"`
	LastUsed time.Time `json:"last_used"`
	Expires  time.Time `json:"expires"`
}

// sessions lists the sessions of who asks, latest use first.
func (a *API) sessions(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	own, err := a.OwnSessions.OwnSessions(r.Context(), access)
	if err != nil {
		return err
	}
	list := make([]session, len(own))
	for i, s := range own {
		expires := s.Ends
		if s.IdleEnds.Before(expires) {
			expires = s.IdleEnds
		}
		list[i] = session{
			ID: s.ID, Current: s.Current, Provider: s.Provider, Label: s.Label, Device: s.UserAgent, Address: s.Address,
			SignedIn: s.AuthTime.UTC(), LastUsed: s.LastUsed.UTC(), Expires: expires.UTC(),
		}
	}
	return wire.JSON(w, http.StatusOK, data{list})
}

// endSession ends one session of who asks; the one that asks too, whose cookies
// are then taken away.
func (a *API) endSession(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	id, err := url.PathUnescape(mux.Vars(r)["id"])
	if err != nil {
		return broker.Fail(broker.CodeNotFound, "")
	}
	if err := a.OwnSessions.EndOwnSession(r.Context(), access, id, wire.ClientOf(r)); err != nil {
		return err
	}
	if c, err := a.Broker.Whoami(r.Context(), access); err != nil || c.SessionID == id {
		a.Cookies.ClearSent(w, r)
	}
	return nothing(w, nil)
}

// endOthers ends every session of who asks but the one that asks.
func (a *API) endOthers(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	return nothing(w, a.OwnSessions.EndOtherSessions(r.Context(), access, wire.ClientOf(r)))
}
