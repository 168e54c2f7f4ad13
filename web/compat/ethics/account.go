package ethics

import (
	"errors"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// find returns the account of a user name or an address; CodeNotFound for what
// nobody is called.
func (e *Ethics) find(r *http.Request, name string) (broker.Account, error) {
	if name == "" {
		return broker.Account{}, broker.ErrNoAccount
	}
	a, err := e.Broker.Named(r.Context(), name)
	if err == nil && a.Status == broker.Merged {
		return broker.Account{}, broker.ErrNoAccount
	}
	return a, err
}

// unknown reports that nobody is called so. It is for strict answers.
func (e *Ethics) unknown(r *http.Request, name string) (bool, error) {
	_, err := e.Broker.Named(r.Context(), name)
	if errors.Is(err, broker.ErrNoAccount) {
		return true, nil
	}
	return false, err
}

// confirmed reports an account that nothing is waited for to open.
func confirmed(a broker.Account) bool {
	return a.Status != broker.Unconfirmed && a.Status != broker.Invited
}

// asking finds who asks, as the database has them now. Nothing but a Bearer is
// read.
func (e *Ethics) asking(r *http.Request) (broker.Account, error) {
	t, err := wire.Bearer(r)
	if err != nil {
		return broker.Account{}, err
	}
	c, err := e.Broker.Whoami(r.Context(), t)
	if err != nil {
		return broker.Account{}, err
	}
	wire.ExchangeOf(r.Context()).Provider = c.Provider
	a, err := e.Broker.Present(r.Context(), c.SessionID)
	if errors.Is(err, sessions.ErrNotFound) { // ended a moment ago
		err = &broker.Error{Code: broker.CodeTokenInvalid, Err: err}
	}
	return a, err
}

// sees finds the account that a person asks about, if they may know of it: their
// own, and all as an administrator or where answers are strict. Another one is
// as good as none: ErrNoAccount.
func (e *Ethics) sees(r *http.Request, me broker.Account, p person) (broker.Account, error) {
	a, err := e.find(r, p.name())
	if err == nil && !e.Strict && !me.Admin && a.ID != me.ID {
		return broker.Account{}, broker.ErrNoAccount
	}
	return a, err
}

// account tells of one.
func (e *Ethics) account(w http.ResponseWriter, r *http.Request) error {
	me, err := e.asking(r)
	if err != nil {
		return err
	}
	p, err := asked(r)
	if err != nil {
		return err
	}
	a, err := e.sees(r, me, p)
	switch {
	case errors.Is(err, broker.ErrNoAccount):
		return e.nobody(w, r, err)
	case err != nil:
		return err
	}
	return wire.JSON(w, http.StatusOK, account{called(a.Username, a.Email), a.Email, confirmed(a)})
}

// confirmed tells whether an account is confirmed. Who may not know is told no of
// everybody, as of a registration that waits: the front end asks this before it
// uses the link of a letter, and does not use it after a yes.
func (e *Ethics) confirmed(w http.ResponseWriter, r *http.Request) error {
	p, err := asked(r)
	if err != nil {
		return err
	}
	var me broker.Account
	if !e.Strict {
		me, err = e.asking(r)
		switch {
		case err != nil && broker.CodeOf(err) == broker.CodeUnavailable:
			return err
		case err != nil:
			return wire.JSON(w, http.StatusOK, confirmation{false})
		}
	}
	a, err := e.sees(r, me, p)
	switch {
	case errors.Is(err, broker.ErrNoAccount) && (e.Strict || me.Admin):
		return e.nobody(w, r, err)
	case err != nil && !errors.Is(err, broker.ErrNoAccount):
		return err
	}
	return wire.JSON(w, http.StatusOK, confirmation{err == nil && confirmed(a)})
}
