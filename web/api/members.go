package api

import (
	"context"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Members is what people do who are not signed in; see the methods of the same
// names in package broker for their rules.
type Members interface {
	Register(ctx context.Context, r broker.Registration) error
	ConfirmAddress(ctx context.Context, p broker.Proof) error
	ResendConfirmation(ctx context.Context, email string, c broker.Client) error
	RequestReset(ctx context.Context, r broker.ResetRequest) error
	ResetPassword(ctx context.Context, n broker.NewPassword) error
	ConfirmEmail(ctx context.Context, p broker.Proof) error
}

var _ Members = (*broker.Broker)(nil)

// registration is the body of a request for an account.
type registration struct {
	Email           string `json:"email"`
	Password        string `json:"password"`
	Username        string `json:"username"`
	FirstName       string `json:"first_name"`
	LastName        string `json:"last_name"`
	ConfirmationKey string `json:"confirmation_key"`
}

// register asks for an account. The answer says nothing about the address.
func (a *API) register(w http.ResponseWriter, r *http.Request) error {
	var in registration
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}, field{"password", in.Password}); err != nil {
		return err
	}
	return nothing(w, a.Members.Register(r.Context(), broker.Registration{
		Email: in.Email, Password: in.Password, Username: in.Username, GivenName: in.FirstName, FamilyName: in.LastName,
		ConfirmationKey: in.ConfirmationKey, Client: wire.ClientOf(r),
	}))
}

// oneToken is the body of a request that a letter's token carries.
type oneToken struct {
	Token string `json:"token"`
}

func (a *API) confirm(w http.ResponseWriter, r *http.Request) error {
	return a.redeem(w, r, a.Members.ConfirmAddress)
}

func (a *API) confirmEmail(w http.ResponseWriter, r *http.Request) error {
	return a.redeem(w, r, a.Members.ConfirmEmail)
}

// redeem uses a token from a letter.
func (a *API) redeem(w http.ResponseWriter, r *http.Request, use func(context.Context, broker.Proof) error) error {
	var in oneToken
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"token", in.Token}); err != nil {
		return err
	}
	return nothing(w, use(r.Context(), broker.Proof{Token: in.Token, Client: wire.ClientOf(r)}))
}

// resend asks for the letter of a registration once more.
func (a *API) resend(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email string `json:"email"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}); err != nil {
		return err
	}
	return nothing(w, a.Members.ResendConfirmation(r.Context(), in.Email, wire.ClientOf(r)))
}

// requestReset asks for a letter to choose a new password.
func (a *API) requestReset(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email    string `json:"email"`
		ResetURL string `json:"reset_url"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}); err != nil {
		return err
	}
	return nothing(w, a.Members.RequestReset(r.Context(), broker.ResetRequest{
		Email: in.Email, ResetURL: in.ResetURL, Client: wire.ClientOf(r),
	}))
}

// reset sets the password that a person chose with a letter's token, a reset's
// or an invitation's.
func (a *API) reset(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"token", in.Token}, field{"password", in.Password}); err != nil {
		return err
	}
	return nothing(w, a.Members.ResetPassword(r.Context(), broker.NewPassword{
		Token: in.Token, Password: in.Password, Client: wire.ClientOf(r),
	}))
}

// read reads a body of which nothing may stand in the address.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	if err := noSecretsIn(r.URL); err != nil {
		return err
	}
	return wire.Decode(w, r, v)
}

// field is a value of a body with its name.
type field struct{ name, value string }

// required names the first field that is empty.
func required(fields ...field) error {
	for _, f := range fields {
		if f.value == "" {
			return broker.Fail(broker.CodePayload, `"`+f.name+`" is required`)
		}
	}
	return nil
}

// nothing answers that there is nothing to say, unless there is an error.
func nothing(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
