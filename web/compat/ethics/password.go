package ethics

import (
	"errors"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// update is the body of a change of password.
type update struct {
	Username string `json:"username"`
	Password string `json:"password"`
	// Old is the password before. It is not of the original's.
	Old string `json:"oldPassword"`
}

func readUpdate(w http.ResponseWriter, r *http.Request) (in update, err error) {
	if err := wire.Decode(w, r, &in); err != nil {
		return in, err
	}
	return in, required(field{"username", in.Username}, field{"password", in.Password})
}

// changeOwn changes the password of who asks, who gives the one before or has
// signed in just now.
func (e *Ethics) changeOwn(w http.ResponseWriter, r *http.Request) error {
	me, err := e.asking(r)
	if err != nil {
		return err
	}
	in, err := readUpdate(w, r)
	if err != nil {
		return err
	}
	if a, err := e.find(r, in.Username); errors.Is(err, broker.ErrNoAccount) || err == nil && a.ID != me.ID {
		return e.refuse(w, r, broker.Fail(broker.CodeForbidden, ""), http.StatusUnauthorized, errUpdate)
	} else if err != nil {
		return err
	}
	t, err := wire.Bearer(r)
	if err != nil {
		return err
	}
	q := broker.PasswordChange{Access: t, Current: in.Old, Password: in.Password, Instead: broker.InsteadFresh, Client: wire.ClientOf(r)}
	if e.Strict {
		q.Instead = broker.InsteadToken
	}
	err = e.Broker.ChangePassword(r.Context(), q)
	switch code := broker.CodeOf(err); {
	case err == nil:
		return updated(w)
	case code == broker.CodeCredentials, code == broker.CodeForbidden:
		return e.refuse(w, r, err, http.StatusUnauthorized, errUpdate)
	}
	return err
}

// changeOther gives somebody another password, as an administrator who has signed
// in just now.
func (e *Ethics) changeOther(w http.ResponseWriter, r *http.Request) error {
	t, err := wire.Bearer(r)
	if err != nil {
		return err
	}
	as := e.Administration.AsFresh
	if e.Strict {
		as = e.Administration.As
	}
	theirs, err := as(r.Context(), t, wire.ClientOf(r))
	if err != nil {
		return err
	}
	in, err := readUpdate(w, r)
	if err != nil {
		return err
	}
	err = theirs.GivePassword(r.Context(), in.Username, in.Password)
	switch {
	case errors.Is(err, broker.ErrNoAccount):
		return e.refuse(w, r, err, http.StatusBadRequest, errUpdate)
	case err != nil:
		return err
	}
	return updated(w)
}

// forgot posts a link to choose a new password. The answer says nothing about the
// person unless it is strict.
func (e *Ethics) forgot(w http.ResponseWriter, r *http.Request) error {
	p, err := asked(r)
	if err != nil {
		return err
	}
	if e.Strict {
		if _, err := e.find(r, p.name()); errors.Is(err, broker.ErrNoAccount) {
			return e.nobody(w, r, err)
		} else if err != nil {
			return err
		}
	}
	if p.name() != "" {
		err = e.Broker.RequestReset(r.Context(), broker.ResetRequest{
			Username: p.username, Email: p.email, Client: wire.ClientOf(r),
			Page: broker.LetterPage{URL: e.Frontend + "/reset-password", Username: "username"},
		})
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// reset sets a password with the token of a letter, which has to be of the
// account that is named.
func (e *Ethics) reset(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Username string `json:"username"`
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"username", in.Username}, field{"token", in.Token}, field{"password", in.Password}); err != nil {
		return err
	}
	err := e.Broker.ResetPassword(r.Context(), broker.NewPassword{
		Token: in.Token, Whose: in.Username, Password: in.Password, Client: wire.ClientOf(r),
	})
	switch {
	case err == nil:
		return updated(w)
	case broker.CodeOf(err) != broker.CodeTokenInvalid:
		return err
	}
	if e.Strict {
		unknown, failed := e.unknown(r, in.Username)
		switch {
		case failed != nil:
			return failed
		case unknown:
			return e.nobody(w, r, err)
		}
	}
	return e.refuse(w, r, err, http.StatusBadRequest, errResetToken)
}
