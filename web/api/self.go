package api

import (
	"context"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Selves is what people who are signed in do about themselves; see the methods
// of the same names in package broker for their rules.
type Selves interface {
	ChangePassword(ctx context.Context, q broker.PasswordChange) error
	ChangeProfile(ctx context.Context, q broker.ProfileChange) (broker.Account, error)
	ChangeEmail(ctx context.Context, q broker.EmailChange) error
}

var _ Selves = (*broker.Broker)(nil)

// changePassword replaces the password of who asks. Their other sessions end.
func (a *API) changePassword(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	var in struct {
		Current  string `json:"current_password"`
		Password string `json:"password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"current_password", in.Current}, field{"password", in.Password}); err != nil {
		return err
	}
	return nothing(w, a.Selves.ChangePassword(r.Context(), broker.PasswordChange{
		Access: access, Current: in.Current, Password: in.Password, Client: wire.ClientOf(r),
	}))
}

// profile is how a person is called, as they read it after a change.
type profile struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Username  string `json:"username"`
	Name      string `json:"name"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

// changeProfile changes how who asks is called. Tokens say it from the next
// refresh on.
func (a *API) changeProfile(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	var in struct {
		FirstName *string `json:"first_name"`
		LastName  *string `json:"last_name"`
		Username  *string `json:"username"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	after, err := a.Selves.ChangeProfile(r.Context(), broker.ProfileChange{
		Access: access, GivenName: in.FirstName, FamilyName: in.LastName, Username: in.Username, Client: wire.ClientOf(r),
	})
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusOK, data{profile{
		ID: after.ID, Email: after.Email, Username: after.Username, Name: after.FullName(),
		FirstName: after.GivenName, LastName: after.FamilyName,
	}})
}

// changeEmail begins a change of address, which the new address confirms.
func (a *API) changeEmail(w http.ResponseWriter, r *http.Request) error {
	access, err := a.access(r)
	if err != nil {
		return err
	}
	var in struct {
		Email   string `json:"email"`
		Current string `json:"current_password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}); err != nil {
		return err
	}
	return nothing(w, a.Selves.ChangeEmail(r.Context(), broker.EmailChange{
		Access: access, Email: in.Email, Current: in.Current, Client: wire.ClientOf(r),
	}))
}
