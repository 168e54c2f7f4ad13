package wire

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// tokens is the answer to a sign-in and to a refresh. Expires is the life of
// the access token in milliseconds.
type tokens struct {
	Access  string `json:"access_token,omitempty"`
	Refresh string `json:"refresh_token,omitempty"`
	Expires int64  `json:"expires"`
}

// Give hands out a login in the way its mode says: {"data":{…}} with the
// tokens that scripts may read, and the cookie for the others.
func Give(w http.ResponseWriter, c Cookies, l broker.Login) error {
	c.Set(w, l)
	l = Readable(l)
	return JSON(w, http.StatusOK, struct {
		Data tokens `json:"data"`
	}{tokens{Access: l.Access, Refresh: l.Refresh, Expires: l.Life.Milliseconds()}})
}

// Readable returns a login without the tokens that its mode keeps from scripts.
func Readable(l broker.Login) broker.Login {
	switch l.Mode {
	case sessions.ModeCookie:
		l.Refresh = ""
	case sessions.ModeSession:
		l.Access, l.Refresh = "", ""
	}
	return l
}
