package pages

import (
	"fmt"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// logout ends all that this browser holds and shows the form again, with the
// errand it came for.
func (p *Pages) logout(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, "redirect", "mode")
	if err != nil {
		return err
	}
	e, err := p.errandOf(f)
	if err != nil {
		return err
	}
	if err := p.leaveAll(r); err != nil {
		return err
	}
	p.cookies.Clear(w)
	if err := p.browser.SignOut(r.Context()); err != nil {
		return fmt.Errorf("end browser session: %w", err)
	}
	wire.ExchangeOf(r.Context()).Outcome = "signed_out"
	to := pageLeft
	if q := e.query(); len(q) > 0 {
		to = pageLogin + "?" + q.Encode()
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// leaveAll ends the session the browser is bound to and those of both
// credential cookies.
func (p *Pages) leaveAll(r *http.Request) error {
	if id, _, ok := p.browser.SignedIn(r.Context()); ok {
		if err := p.broker.LeaveSession(r.Context(), id, wire.ClientOf(r)); err != nil {
			return fmt.Errorf("leave session: %w", err)
		}
	}
	for _, m := range []sessions.Mode{sessions.ModeCookie, sessions.ModeSession} {
		if err := p.leave(r, m); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the session of the cookie of a mode, if the browser has one.
func (p *Pages) leave(r *http.Request, m sessions.Mode) error {
	held := p.held(r, m)
	if held == "" {
		return nil
	}
	out := broker.Farewell{Client: wire.ClientOf(r)}
	if m == sessions.ModeSession {
		out.Session = held
	} else {
		out.Refresh = held
	}
	if err := p.broker.Leave(r.Context(), out); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// held returns the credential in the browser's cookie of a mode, or "".
func (p *Pages) held(r *http.Request, m sessions.Mode) string {
	if m == sessions.ModeSession {
		return p.cookies.Session(r)
	}
	return p.cookies.Refresh(r)
}

// usable reports that the browser holds one credential of a mode, whatever
// that is worth.
func (p *Pages) usable(r *http.Request, m sessions.Mode) bool {
	held := p.held(r, m)
	return held != "" && held != wire.Unreadable
}

// other is the other of the two modes a page signs in with.
func other(m sessions.Mode) sessions.Mode {
	if m == sessions.ModeSession {
		return sessions.ModeCookie
	}
	return sessions.ModeSession
}
