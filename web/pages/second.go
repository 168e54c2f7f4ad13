package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

const pageSecond = "/login/second"

// The sentences for every code that was not taken, whatever the cause.
const (
	notCode      = "That code did not work. Wait for the next one in your app, or use another recovery code."
	notFirstCode = "That code did not work. Type the one that your app shows now."
)

// waiter is a browser whose sign-in may have to wait, and what it came for.
type waiter struct {
	browser string // secret of its flow cookie
	errand  errand
}

// waits sends a browser to the second factor when that is what err asks for.
func (p *Pages) waits(w http.ResponseWriter, r *http.Request, b waiter, err error) bool {
	var need *broker.SecondFactorError
	if !errors.As(err, &need) || need.Pending == "" {
		return false
	}
	wire.ExchangeOf(r.Context()).Outcome = "second_factor"
	p.flow.Keep(w, b.browser)
	p.pending.Keep(w, need.Pending)
	q := b.errand.query()
	if need.Enrol {
		q.Set("setup", "1")
	}
	see(w, r, withQuery(pageSecond, q.Encode()))
	return true
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// second asks for the second factor, or to set one up.
func (p *Pages) second(w http.ResponseWriter, r *http.Request) error {
	e := p.errand(r)
	if p.pending.Read(r) == "" {
		p.startAgain(w, r, e, errors.New("nothing waits here"))
		return nil
	}
	if r.URL.Query().Has("setup") {
		return render(w, p.templates.setup, p.setupView(e, stageBegin))
	}
	return render(w, p.templates.second, p.secondView(e))
}

// startAgain sends a browser for which nothing waits back to the form, with a
// word and the errand it came for.
func (p *Pages) startAgain(w http.ResponseWriter, r *http.Request, e errand, err error) {
	p.pending.Clear(w)
	p.failTo(withQuery(pageLogin, e.query().Encode()), w, r, &broker.Error{Code: broker.CodeTokenInvalid, Err: err})
}

func (p *Pages) secondView(e errand) view {
	v := p.view("Second step", e)
	v.Status, v.Focus = http.StatusOK, "code"
	v.Next = link{withQuery(pageLogin, e.query().Encode()), "Start again"}
	return v
}

// The steps that the form of the second factor can take.
const (
	stepPass    = "pass"    // show a code
	stepPropose = "propose" // begin to set up a factor
	stepConfirm = "confirm" // show its first code
)

// takeSecond takes the form of the second factor.
func (p *Pages) takeSecond(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, "step", "code", "redirect", "mode")
	if err != nil {
		return err
	}
	e, err := p.errandOf(f)
	if err != nil {
		return err
	}
	s := broker.SecondStep{
		Pending: p.pending.Read(r), Browser: p.flow.Read(r), OTP: code(f["code"]), Client: wire.ClientOf(r),
	}
	switch f["step"] {
	case stepPass:
		return p.pass(w, r, e, s)
	case stepPropose:
		return p.propose(w, r, e, s)
	case stepConfirm:
		return p.confirmSetup(w, r, e, s)
	}
	return broker.Fail(broker.CodePayload, "there is no such step")
}

// code is what was typed without the blanks that apps show codes with.
func code(typed string) string { return strings.ReplaceAll(typed, " ", "") }

// pass shows a code to the broker.
func (p *Pages) pass(w http.ResponseWriter, r *http.Request, e errand, s broker.SecondStep) error {
	x := wire.ExchangeOf(r.Context())
	landing, err := p.seconds.PassSecond(r.Context(), s)
	if err != nil {
		x.Outcome = "refused"
		p.refuseCode(w, r, refusedCode{err, e, sheet{p.templates.second, p.secondView(e)}, notCode})
		return nil
	}
	x.Outcome, x.Provider = "signed_in", p.known(landing.Login.Claims.Provider)
	p.pending.Clear(w)
	if landing.Mode == sessions.ModeJSON {
		return wire.Give(w, p.cookies, landing.Login)
	}
	if err := p.replace(w, r, landing.Login); err != nil {
		return err
	}
	see(w, r, onward(landing.ReturnTo))
	return nil
}

// refusedCode is a code that was not taken, and the page to try again on.
type refusedCode struct {
	err    error
	errand errand
	again  sheet
	wrong  string // what is said of a code that is
}

// refuseCode answers a code that was not taken: the field again, the form when
// nothing waits any more, or an error page.
func (p *Pages) refuseCode(w http.ResponseWriter, r *http.Request, c refusedCode) {
	if broker.CodeOf(c.err) == broker.CodeCredentials {
		p.startAgain(w, r, c.errand, c.err)
		return
	}
	p.explain(w, r, c.err, func(said wire.Failure) (sheet, bool) {
		v, ok := c.again.view, true
		v.Status = said.Status
		switch said.Class {
		case broker.CodeOTP:
			v.alert(c.wrong)
			v.mend("code")
		case broker.CodeLimited, broker.CodeUnavailable:
			var text string
			text, ok = trouble(said)
			v.alert(text)
		default:
			ok = false
		}
		return sheet{c.again.template, v}, ok
	})
}
