package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// Factors is what people do about their second factor; see the methods of the
// same names in package broker for their rules.
type Factors interface {
	ProposeTOTP(ctx context.Context, q broker.Asked) (broker.Enrolment, error)
	ConfirmTOTP(ctx context.Context, q broker.Asked) (codes []string, err error)
	RemoveTOTP(ctx context.Context, q broker.Asked) error
	RenewRecoveryCodes(ctx context.Context, q broker.Asked) (codes []string, err error)
}

var _ Factors = (*broker.Broker)(nil)

// enrolment is a second factor to set up; qr is a picture as a data address.
type enrolment struct {
	Secret string `json:"secret"`
	URL    string `json:"otpauth_url"`
	QR     string `json:"qr"`
}

type recoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

// proposeTOTP makes a second factor that counts from its first code on.
func (a *API) proposeTOTP(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r)
	if err != nil {
		return err
	}
	e, err := a.Factors.ProposeTOTP(r.Context(), q)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.JSON(w, http.StatusOK, data{enrolment{
		Secret: e.Secret, URL: e.URL, QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(e.QR),
	}})
}

func (a *API) confirmTOTP(w http.ResponseWriter, r *http.Request) error {
	return a.codes(w, r, a.Factors.ConfirmTOTP)
}

func (a *API) renewRecoveryCodes(w http.ResponseWriter, r *http.Request) error {
	return a.codes(w, r, a.Factors.RenewRecoveryCodes)
}

// codes answers with recovery codes, which are shown this once.
func (a *API) codes(w http.ResponseWriter, r *http.Request, ask func(context.Context, broker.Asked) ([]string, error)) error {
	q, err := a.asked(w, r)
	if err != nil {
		return err
	}
	if err := required(field{"otp", q.OTP}); err != nil {
		return err
	}
	codes, err := ask(r.Context(), q)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return wire.JSON(w, http.StatusOK, data{recoveryCodes{codes}})
}

// removeTOTP takes the second factor away.
func (a *API) removeTOTP(w http.ResponseWriter, r *http.Request) error {
	q, err := a.asked(w, r)
	if err != nil {
		return err
	}
	if err := required(field{"otp", q.OTP}); err != nil {
		return err
	}
	return nothing(w, a.Factors.RemoveTOTP(r.Context(), q))
}

// asked reads what a signed-in person proves again.
func (a *API) asked(w http.ResponseWriter, r *http.Request) (q broker.Asked, err error) {
	if q.Access, err = a.access(r); err != nil {
		return q, err
	}
	var in struct {
		Password string `json:"password"`
		OTP      string `json:"otp"`
	}
	if err := read(w, r, &in); err != nil {
		return q, err
	}
	q.Password, q.OTP, q.Client = in.Password, in.OTP, wire.ClientOf(r)
	return q, nil
}
