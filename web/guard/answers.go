package guard

import (
	"maps"
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// unproven are the failures of somebody who is not signed in.
var unproven = []broker.Code{
	broker.CodeTokenMissing, broker.CodeTokenInvalid, broker.CodeTokenExpired,
	broker.CodeCredentials, broker.CodeSuspended, broker.CodeOTP, broker.CodePayload,
}

// forForward answers whoever is not signed in with 401, and everything else as
// the native interface does.
func forForward(native wire.Profile) wire.Profile {
	native.Answers = maps.Clone(native.Answers)
	for _, c := range unproven {
		a := native.Answers[c]
		a.Status = http.StatusUnauthorized
		native.Answers[c] = a
	}
	return native
}

// forNginx knows 401 and 403 only: nginx takes any other answer for a fault and
// gives 500 for every page. What it was is in a field that the configuration can
// look at.
func forNginx(native wire.Profile) wire.Profile {
	p := forForward(native)
	for c, a := range p.Answers {
		if a.Status != http.StatusUnauthorized {
			a.Status = http.StatusForbidden
			p.Answers[c] = a
		}
	}
	write := p.Write
	p.Write = func(w http.ResponseWriter, r *http.Request, f wire.Failure) {
		w.Header().Set("X-Signet-Error", f.Code)
		write(w, r, f)
	}
	return p
}

// failNginx answers for the printed configuration, which sends browsers on by
// itself.
func (g *Guard) failNginx(w http.ResponseWriter, r *http.Request, t target, err error) {
	g.dropDead(w, r, err)
	if to := g.loginFor(r, t); to != "" && unsigned(err) {
		w.Header().Set("X-Signet-Login", to)
	}
	g.nginx.Fail(w, r, err)
}

// failForward answers the client itself: the proxy passes it on.
func (g *Guard) failForward(w http.ResponseWriter, r *http.Request, t target, err error) {
	g.dropDead(w, r, err)
	if !unsigned(err) && navigates(r, t.method) {
		g.Page.Fail(w, r, err)
		return
	}
	to := g.loginFor(r, t)
	if to == "" {
		g.forward.Fail(w, r, err)
		return
	}
	wire.ExchangeOf(r.Context()).Outcome = "sent_to_login"
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// unsigned reports the failure of somebody whom signing in may help.
func unsigned(err error) bool {
	return slices.Contains(unproven, broker.CodeOf(err))
}

// dropDead takes away a session cookie that will never be good again.
func (g *Guard) dropDead(w http.ResponseWriter, r *http.Request, err error) {
	if wire.Final(err) && g.Cookies.Session(r) != "" {
		g.Cookies.Drop(w, sessions.ModeSession)
	}
}
