package authserver

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// tokens is the answer to a sign-in and to a refresh.
type tokens struct {
	Access  string  `json:"access_token"`
	Refresh *string `json:"refresh_token"` // null for none, or for the one that is used already
	Type    string  `json:"token_type"`
}

// adminToken proves an administrator and answers with an access token alone.
func (s *Authserver) adminToken(w http.ResponseWriter, r *http.Request) error {
	in, faults, err := passwordForm(w, r)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return s.unread(w, r, faults...)
	}
	l, err := s.signIn(r, in, sessions.ModeAccess)
	if err != nil {
		return err
	}
	if !l.Claims.IsAdmin {
		if err := s.Broker.LeaveSession(r.Context(), l.SessionID, wire.ClientOf(r)); err != nil {
			return err
		}
		return broker.Fail(broker.CodeForbidden, "")
	}
	return give(w, r, l, "signed_in")
}

// token proves a person and answers with both tokens.
func (s *Authserver) token(w http.ResponseWriter, r *http.Request) error {
	in, faults, err := person(w, r)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return s.unread(w, r, faults...)
	}
	l, err := s.signIn(r, in, s.mode())
	if err != nil {
		return err
	}
	return give(w, r, l, "signed_in")
}

// mode is what becomes of refresh tokens.
func (s *Authserver) mode() sessions.Mode {
	if s.StaticRefresh {
		return sessions.ModeStatic
	}
	return sessions.ModeJSON
}

// signIn proves somebody by their address. A user name is as good as a wrong one:
// the original's people had none.
func (s *Authserver) signIn(r *http.Request, c credentials, m sessions.Mode) (broker.Login, error) {
	email, ok := address(c.Email)
	if !ok {
		return broker.Login{}, broker.Fail(broker.CodeCredentials, "")
	}
	return s.Broker.SignIn(r.Context(), broker.Credentials{
		Login: email, Password: c.Password, OTP: c.OTP, Mode: m,
		Lives: broker.Lives{Access: s.AccessTTL, Session: s.RefreshTTL}, Client: wire.ClientOf(r),
	})
}

// refresh answers with another access token and, unless refresh tokens stay, the
// next refresh token.
func (s *Authserver) refresh(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Refresh string `json:"refresh_token"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Refresh == "" {
		return s.unread(w, r, missing(inBody, "refresh_token"))
	}
	l, err := s.Broker.Renew(r.Context(), broker.Renewal{
		Refresh: in.Refresh, Mode: s.mode(), Access: s.AccessTTL, Client: wire.ClientOf(r),
	})
	if err != nil {
		return err
	}
	if s.StaticRefresh {
		l.Refresh = ""
	}
	return give(w, r, l, "refreshed")
}

func give(w http.ResponseWriter, r *http.Request, l broker.Login, outcome string) error {
	x := wire.ExchangeOf(r.Context())
	x.Provider, x.Outcome = l.Claims.Provider, outcome
	t := tokens{Access: l.Access, Type: "bearer"}
	if l.Refresh != "" {
		t.Refresh = &l.Refresh
	}
	return wire.JSON(w, http.StatusOK, t)
}
