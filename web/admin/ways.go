package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// session is one sign-in. Neither of its tokens is here, nor anything they are
// made of.
type session struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Mode     string    `json:"mode"`
	AMR      []string  `json:"amr"`
	Device   string    `json:"device"`
	Address  string    `json:"address"`
	SignedIn time.Time `json:"signed_in"`
	LastUsed time.Time `json:"last_used"`
	Expires  time.Time `json:"expires"`
}

func sessions(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	live, err := ad.Sessions(r.Context(), ref)
	if err != nil {
		return err
	}
	list := make([]session, len(live))
	for i, s := range live {
		list[i] = session{
			ID: s.ID, Provider: s.Provider, Mode: string(s.Mode), AMR: s.AMR, Device: s.UserAgent, Address: s.Address,
			SignedIn: s.AuthTime.UTC(), LastUsed: s.LastUsed.UTC(), Expires: earlier(s.Ends, s.IdleEnds).UTC(),
		}
	}
	return wire.JSON(w, http.StatusOK, data{list})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func endSessions(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	return done(w, r, func(ctx context.Context, ref string) error {
		_, err := ad.Revoke(ctx, ref)
		return err
	})
}

func endSession(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	id, err := variable(r, "sid")
	if err != nil {
		return err
	}
	return done(w, r, func(ctx context.Context, ref string) error { return ad.EndSession(ctx, ref, id) })
}

// identity is one way in.
type identity struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Subject  string    `json:"subject"`
	Login    string    `json:"login"`
	LastSeen time.Time `json:"last_seen"`
}

func identityOf(ad *broker.Administration, id broker.LinkedIdentity) identity {
	return identity{ad.IdentityID(id), id.Provider, id.Subject, id.Login, id.Seen.UTC()}
}

func identities(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	_, all, err := ad.Find(r.Context(), ref)
	list := make([]identity, len(all))
	for i, id := range all {
		list[i] = identityOf(ad, id)
	}
	return answer(w, list, err)
}

// link gives an account a way in.
func link(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	ref, err := variable(r, "id")
	if err != nil {
		return err
	}
	var in struct {
		Provider string `json:"provider"`
		Subject  string `json:"subject"`
		Login    string `json:"login"`
	}
	if err := wire.DecodeExact(w, r, &in); err != nil {
		return err
	}
	id, err := ad.Link(r.Context(), ref, broker.NewIdentity(in))
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusCreated, data{identityOf(ad, id)})
}

// unlink takes a way in away.
func unlink(w http.ResponseWriter, r *http.Request, ad *broker.Administration) error {
	id, err := variable(r, "iid")
	if err != nil {
		return err
	}
	return done(w, r, func(ctx context.Context, ref string) error { return ad.Unlink(ctx, ref, id) })
}
