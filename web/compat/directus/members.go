package directus

import (
	"net/http"
	"net/url"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// register asks for an account. The answer says nothing about the address. The
// letter leads to our own page: a verification_url, which anybody could name, is
// not read.
func (d *Directus) register(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email     string `json:"email"`
		Password  string `json:"password"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}, field{"password", in.Password}); err != nil {
		return err
	}
	return nothing(w, d.Broker.Register(r.Context(), broker.Registration{
		Email: in.Email, Password: in.Password, GivenName: in.FirstName, FamilyName: in.LastName, Client: wire.ClientOf(r),
	}))
}

// verifyEmail opens a registration with the token of its letter, which Directus
// has in the address. A browser that is led here is shown our page instead: what
// is opened by looking at it, a scanner of letters opens too.
func (d *Directus) verifyEmail(w http.ResponseWriter, r *http.Request) error {
	tokens := r.URL.Query()["token"]
	if len(tokens) != 1 || tokens[0] == "" {
		return broker.Fail(broker.CodePayload, `"token" is required`)
	}
	if r.Header.Get("Sec-Fetch-Dest") == "document" || r.Header.Get("Sec-Purpose") != "" {
		http.Redirect(w, r, "/confirm?token="+url.QueryEscape(tokens[0]), http.StatusSeeOther)
		return nil
	}
	return nothing(w, d.Broker.ConfirmAddress(r.Context(), broker.Proof{Token: tokens[0], Client: wire.ClientOf(r)}))
}

// acceptInvite sets the password of somebody who was invited.
func (d *Directus) acceptInvite(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"token", in.Token}, field{"password", in.Password}); err != nil {
		return err
	}
	return nothing(w, d.Broker.ResetPassword(r.Context(), broker.NewPassword{
		Token: in.Token, Password: in.Password, Client: wire.ClientOf(r),
	}))
}
