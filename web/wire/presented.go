package wire

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// Renewal finds the credential of a refresh: the token that the body holds, ""
// for none, or the cookie that the mode stands for. Without a mode, a token in
// the body means json and none means cookie. A cookie is never turned into a
// token that scripts can read, so mode json takes the body only. When nothing
// was presented, neither Refresh nor Session of n is set.
func (c Cookies) Renewal(r *http.Request, body string, m sessions.Mode) (n broker.Renewal, fromCookie bool) {
	n = broker.Renewal{Refresh: body, Mode: m, Client: ClientOf(r)}
	if n.Mode == "" {
		n.Mode = sessions.ModeCookie
		if body != "" {
			n.Mode = sessions.ModeJSON
		}
	}
	switch {
	case n.Mode == sessions.ModeSession:
		n.Refresh, n.Session = "", c.Session(r)
		return n, true
	case n.Mode == sessions.ModeCookie && body == "":
		n.Refresh = c.Refresh(r)
		return n, true
	}
	return n, false
}

// Farewells are all that a logout has to end, whatever its mode: a cookie that
// is cleared must not leave a session behind that nobody can end any more. The
// body's token is "" for none.
func (c Cookies) Farewells(r *http.Request, body string) []broker.Farewell {
	var all []broker.Farewell
	for _, f := range []broker.Farewell{{Refresh: body}, {Refresh: c.Refresh(r)}, {Session: c.Session(r)}} {
		if f.Refresh != "" || f.Session != "" {
			f.Client = ClientOf(r)
			all = append(all, f)
		}
	}
	return all
}

// NothingPresented is the error of a refresh or logout that came without any
// credential.
func NothingPresented() error {
	return broker.Fail(broker.CodePayload, "the refresh token is required in either the payload or cookie")
}

// Final reports an error that coming again with the same credential cannot
// mend, so that a cookie that holds it is better taken away.
func Final(err error) bool {
	switch broker.CodeOf(err) {
	case broker.CodeCredentials, broker.CodeSuspended, broker.CodeTokenInvalid, broker.CodeTokenExpired:
		return true
	}
	return false
}
