package wire

import (
	"net/http"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// PendingCookie is the cookie of a sign-in that waits for its second factor. It
// opens nothing, is sent to the sign-in pages only, and is worth something only
// beside the [FlowCookie] that it began with, which no other host can plant.
type PendingCookie struct{ secure bool }

// NewPendingCookie returns the cookie.
func NewPendingCookie(secure bool) PendingCookie { return PendingCookie{secure: secure} }

const pendingName = "signet_pending"

// Read returns the secret of a request's browser, "" for none or one that is
// not ours.
func (c PendingCookie) Read(r *http.Request) string {
	if s := read(r, pendingName); len(s) == 43 {
		return s
	}
	return ""
}

// Keep has the browser keep a secret for as long as a sign-in waits.
func (c PendingCookie) Keep(w http.ResponseWriter, secret string) {
	c.write(w, secret, int(sessions.PendingLife/time.Second))
}

// Clear takes the cookie away.
func (c PendingCookie) Clear(w http.ResponseWriter) { c.write(w, "", -1) }

func (c PendingCookie) write(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: pendingName, Value: value, Path: "/login", MaxAge: age,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}
