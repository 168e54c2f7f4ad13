package authserver

import (
	"context"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// user is somebody as the interface tells of them.
type user struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
}

// known reports an account that has an address of its own, which is all that the
// interface knows people by.
func known(a broker.Account) bool {
	return a.Status != broker.Merged && a.Email != "" && !a.EmailHearsay
}

// find returns the account of an address; CodeNotFound for nobody's.
func (s *Authserver) find(ctx context.Context, email string) (broker.Account, error) {
	a, err := s.Broker.Named(ctx, email)
	if err == nil && !known(a) {
		return broker.Account{}, broker.ErrNoAccount
	}
	return a, err
}

// mayLook refuses who may not read about people.
func (s *Authserver) mayLook(r *http.Request) error {
	if s.Strict {
		return nil
	}
	t, err := wire.Bearer(r)
	if err != nil {
		return err
	}
	_, err = s.Administration.As(r.Context(), t, wire.ClientOf(r))
	return err
}

// as is the administration by who asks, who has signed in no longer ago than an
// administrator's token lives.
func (s *Authserver) as(r *http.Request) (*broker.Administration, error) {
	t, err := wire.Bearer(r)
	if err != nil {
		return nil, err
	}
	return s.Administration.AsOf(r.Context(), t, s.AccessTTL, wire.ClientOf(r))
}

// tell answers with somebody.
func (s *Authserver) tell(w http.ResponseWriter, r *http.Request, status int, a broker.Account) error {
	n, err := s.Broker.NumberOf(r.Context(), a.ID)
	if err != nil {
		return err
	}
	return wire.JSON(w, status, user{n, a.Email})
}

// one tells of somebody.
func (s *Authserver) one(w http.ResponseWriter, r *http.Request) error {
	if err := s.mayLook(r); err != nil {
		return err
	}
	email, faults := asked(r)
	if len(faults) > 0 {
		return s.unread(w, r, faults...)
	}
	a, err := s.find(r.Context(), email)
	if err != nil {
		return err
	}
	return s.tell(w, r, http.StatusOK, a)
}

// add makes an account, whose address the administrator vouches for.
func (s *Authserver) add(w http.ResponseWriter, r *http.Request) error {
	theirs, err := s.as(r)
	if err != nil {
		return err
	}
	in, faults, err := person(w, r)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return s.unread(w, r, faults...)
	}
	email, _ := address(in.Email)
	a, err := theirs.Add(r.Context(), broker.NewAccount{Email: email, Confirmed: true, Password: in.Password})
	if err != nil {
		return s.refuse(w, r, err, email, []string{inBody, "password"})
	}
	return s.tell(w, r, http.StatusCreated, a)
}

// refuse answers what an administrator asked for in vain: with who has the address
// already, or with what is wrong with the value at loc.
func (s *Authserver) refuse(w http.ResponseWriter, r *http.Request, err error, email string, loc []string) error {
	switch broker.CodeOf(err) {
	case broker.CodeConflict:
		return s.taken(w, r, err, email)
	case broker.CodePayload:
		return s.unusable(w, r, err, fault{Loc: loc, Type: "value_error"})
	}
	return err
}

// change gives somebody another address, another password or both.
func (s *Authserver) change(w http.ResponseWriter, r *http.Request) error {
	theirs, err := s.as(r)
	if err != nil {
		return err
	}
	in, faults, err := replaced(w, r)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return s.unread(w, r, faults...)
	}
	a, err := s.find(r.Context(), in.email)
	if err != nil {
		return err
	}
	if in.Email == nil && in.Password == nil {
		return s.tell(w, r, http.StatusOK, a)
	}
	after, err := theirs.Replace(r.Context(), a.ID, in.Replacement)
	if err != nil {
		return s.refuse(w, r, err, in.to(), in.loc())
	}
	return s.tell(w, r, http.StatusOK, after)
}

// to is the new address, "" for none.
func (c replacement) to() string {
	if c.Email == nil {
		return ""
	}
	return *c.Email
}

// loc is where a value stands that may not be one.
func (c replacement) loc() []string {
	switch {
	case c.Email == nil:
		return []string{inQuery, "password"}
	case c.Password == nil:
		return []string{inQuery, "new_email"}
	}
	return []string{inQuery}
}

// remove removes somebody for good.
func (s *Authserver) remove(w http.ResponseWriter, r *http.Request) error {
	theirs, err := s.as(r)
	if err != nil {
		return err
	}
	email, faults := asked(r)
	if len(faults) > 0 {
		return s.unread(w, r, faults...)
	}
	a, err := s.find(r.Context(), email)
	if err != nil {
		return err
	}
	if err := theirs.Remove(r.Context(), a.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
