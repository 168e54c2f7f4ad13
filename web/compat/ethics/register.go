package ethics

import (
	"errors"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// account is what is told of one.
type account struct {
	Username  string `json:"username"`
	Email     string `json:"email"`
	Confirmed bool   `json:"confirmed"`
}

// confirmation says whether an account is confirmed.
type confirmation struct {
	Confirmed bool `json:"confirmed"`
}

// register asks for an account. The answer is the same whether somebody has the
// name or the address; who owns the address is told by letter. A confirmation
// key that is wrong is as good as none, as in the original.
func (e *Ethics) register(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Username        string `json:"username"`
		Email           string `json:"email"`
		Password        string `json:"password"`
		ConfirmationKey string `json:"confirmationKey"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"username", in.Username}, field{"email", in.Email}, field{"password", in.Password}); err != nil {
		return err
	}
	if e.Strict {
		code, err := e.taken(r, in.Username, in.Email)
		switch {
		case err != nil:
			return err
		case code != "":
			return e.refuse(w, r, broker.Fail(broker.CodeConflict, ""), http.StatusBadRequest, code)
		}
	}
	atOnce, keyed := e.Broker.ConfirmsAtOnce(in.ConfirmationKey)
	if !keyed {
		in.ConfirmationKey = ""
	}
	err := e.Broker.Register(r.Context(), broker.Registration{
		Username: in.Username, Email: in.Email, Password: in.Password, ConfirmationKey: in.ConfirmationKey,
		Page: e.confirmPage(), HideNames: !e.Strict, Client: wire.ClientOf(r),
	})
	if err != nil {
		return err
	}
	return wire.JSON(w, http.StatusCreated, account{in.Username, in.Email, atOnce})
}

// taken is the word for the first of a name and an address that somebody has, ""
// for neither.
func (e *Ethics) taken(r *http.Request, username, email string) (string, error) {
	for _, f := range []struct{ code, name string }{{errUsername, username}, {errEmail, email}} {
		unknown, err := e.unknown(r, f.name)
		if err != nil || !unknown {
			return f.code, err
		}
	}
	return "", nil
}

// confirmPage is where a letter with a link to confirm an address leads.
func (e *Ethics) confirmPage() broker.LetterPage {
	return broker.LetterPage{URL: e.Frontend + "/confirm-account", Email: "email"}
}

// confirm opens a registration with the token of its letter. Any failure is the
// same answer, in which there is no error.
func (e *Ethics) confirm(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Email string `json:"email"`
		Token string `json:"token"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"email", in.Email}, field{"token", in.Token}); err != nil {
		return err
	}
	err := broker.Fail(broker.CodeTokenInvalid, "")
	if _, ok := broker.ParseEmail(in.Email); ok {
		err = e.Broker.ConfirmAddress(r.Context(), broker.Proof{Token: in.Token, Whose: in.Email, Client: wire.ClientOf(r)})
	}
	if err != nil && broker.CodeOf(err) != broker.CodeTokenInvalid {
		return err
	}
	if err == nil {
		return wire.JSON(w, http.StatusOK, confirmation{true})
	}
	if e.Strict {
		unknown, failed := e.unknown(r, in.Email)
		switch {
		case failed != nil:
			return failed
		case unknown:
			return e.nobody(w, r, err)
		}
	}
	e.adapter.Explain(w, r, err)
	return wire.JSON(w, http.StatusOK, confirmation{false})
}

// resend posts the letter of a registration once more. The answer says nothing
// about the person unless it is strict.
func (e *Ethics) resend(w http.ResponseWriter, r *http.Request) error {
	p, err := asked(r)
	if err != nil {
		return err
	}
	if e.Strict {
		a, err := e.find(r, p.name())
		switch {
		case errors.Is(err, broker.ErrNoAccount):
			return e.nobody(w, r, err)
		case err != nil:
			return err
		case confirmed(a):
			w.WriteHeader(http.StatusBadRequest)
			return nil
		}
	}
	if p.name() == "" {
		return nil
	}
	return e.Broker.AskConfirmation(r.Context(), broker.ConfirmationRequest{
		Username: p.username, Email: p.email, Page: e.confirmPage(), Client: wire.ClientOf(r),
	})
}
