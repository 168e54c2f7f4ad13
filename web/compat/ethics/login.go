package ethics

import (
	"errors"
	"net/http"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// expiry is how the end of a token is written: in the configured zone, without
// saying so.
const expiry = "2006-01-02T15:04:05"

// login proves a password and answers with a token. OTP is not of the
// original's: its people had no second factor.
func (e *Ethics) login(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Username string `json:"username"`
		Password string `json:"password"`
		Email    bool   `json:"email"` // that username holds an address, which can be seen
		Expiry   *int64 `json:"expiry"`
		OTP      string `json:"otp"`
	}
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"username", in.Username}, field{"password", in.Password}); err != nil {
		return err
	}
	life, err := e.life(in.Expiry)
	if err != nil {
		return err
	}
	l, err := e.Broker.SignIn(r.Context(), broker.Credentials{
		Login: in.Username, Password: in.Password, OTP: in.OTP, Mode: sessions.ModeAccess,
		Lives: broker.Lives{Access: life}, Client: wire.ClientOf(r),
	})
	if err != nil {
		return e.turnedAway(w, r, in.Username, err)
	}
	x := wire.ExchangeOf(r.Context())
	x.Provider, x.Outcome = l.Claims.Provider, "signed_in"
	return wire.JSON(w, http.StatusOK, struct {
		Username string `json:"username"`
		Token    string `json:"token"`
		Expiry   string `json:"expiry"`
	}{called(l.Claims.PreferredUsername, l.Claims.Email), l.Access, l.Claims.ExpiresAt.In(e.Zone).Format(expiry)})
}

// life is how long a token lives whose client asks for so many hours: for none,
// or for -1, what is configured.
func (e *Ethics) life(hours *int64) (time.Duration, error) {
	switch {
	case hours == nil || *hours == -1:
		return e.TokenTTL, nil
	case *hours <= 0:
		return 0, broker.Fail(broker.CodePayload, `"expiry" is a number of hours, or -1`)
	case *hours > int64(e.MaxTTL/time.Hour):
		return e.MaxTTL, nil
	}
	return time.Duration(*hours) * time.Hour, nil
}

// turnedAway answers a sign-in that failed. That an account is not confirmed is
// told after the right password only; that there is none, where strangers may
// know.
func (e *Ethics) turnedAway(w http.ResponseWriter, r *http.Request, name string, err error) error {
	if errors.Is(err, broker.ErrUnconfirmed) {
		return e.refuse(w, r, err, http.StatusBadRequest, errUnconfirmed)
	}
	if !e.Strict || broker.CodeOf(err) != broker.CodeCredentials {
		return err
	}
	unknown, failed := e.unknown(r, name)
	switch {
	case failed != nil:
		return failed
	case unknown:
		return e.refuse(w, r, err, http.StatusBadRequest, errUnknown)
	}
	return err
}

// called is a user name, or the address of who has none.
func called(username, email string) string {
	if username != "" {
		return username
	}
	return email
}
