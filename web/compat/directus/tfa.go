package directus

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// factor is what is sent about a second factor.
type factor struct {
	Password string `json:"password"`
	Secret   string `json:"secret"`
	OTP      string `json:"otp"`
}

// asked reads what a signed-in person proves again.
func (d *Directus) asked(w http.ResponseWriter, r *http.Request) (in factor, q broker.Asked, err error) {
	if q.Access, err = d.access(r); err != nil {
		return in, q, err
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return in, q, err
	}
	q.Password, q.OTP, q.Client = in.Password, in.OTP, wire.ClientOf(r)
	return in, q, nil
}

// proposeTFA makes a second factor that counts from its first code on.
func (d *Directus) proposeTFA(w http.ResponseWriter, r *http.Request) error {
	in, q, err := d.asked(w, r)
	if err != nil {
		return err
	}
	if err := required(field{"password", in.Password}); err != nil {
		return err
	}
	e, err := d.Broker.ProposeTOTP(r.Context(), q)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.JSON(w, http.StatusOK, data{struct {
		Secret string `json:"secret"`
		URL    string `json:"otpauth_url"`
	}{e.Secret, e.URL}})
}

// enableTFA shows the first code. The secret comes back from the client, as
// Directus wants it; the one that counts was kept, and a code of another one is
// wrong. The recovery codes have no place in Directus' answer: who wants some
// asks for new ones at /auth/mfa/recovery-codes.
func (d *Directus) enableTFA(w http.ResponseWriter, r *http.Request) error {
	in, q, err := d.asked(w, r)
	if err != nil {
		return err
	}
	if err := required(field{"secret", in.Secret}, field{"otp", in.OTP}); err != nil {
		return err
	}
	_, err = d.Broker.ConfirmTOTP(r.Context(), q)
	return nothing(w, err)
}

// disableTFA takes the second factor away: with the password, or soon after the
// sign-in without, since Directus' clients do not send it.
func (d *Directus) disableTFA(w http.ResponseWriter, r *http.Request) error {
	in, q, err := d.asked(w, r)
	if err != nil {
		return err
	}
	if err := required(field{"otp", in.OTP}); err != nil {
		return err
	}
	if in.Password != "" {
		return nothing(w, d.Broker.RemoveTOTP(r.Context(), q))
	}
	return nothing(w, d.Broker.RemoveTOTPByCode(r.Context(), q))
}
