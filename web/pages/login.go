package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web/wire"
)

// Where the pages send a browser when nobody named another place.
const (
	pageLogin = "/login"
	pageOut   = "/login/out" // where a proxy that sends only /login to us sends too
	pageDone  = "/login?done"
	pageLeft  = "/login?left"
)

// login shows who is signed in, or the form. It never goes on by itself: the
// person at the keyboard may be another than the one who signed in.
func (p *Pages) login(w http.ResponseWriter, r *http.Request) error {
	e := p.errand(r)
	a, err := p.present(r, e)
	switch {
	case err == nil:
		v := p.view("You are signed in", e)
		v.Status, v.Person = http.StatusOK, personOf(a)
		switch q := r.URL.Query(); {
		case q.Has("reason"):
			v.Alert = &alert{Text: reasonText(q.Get("reason"))}
		case q.Has("linked"):
			v.Notice = "From now on you can sign in that way too."
		}
		return render(w, p.templates.present, v)
	case !errors.Is(err, sessions.ErrNotFound):
		return err
	}
	v := p.form(e)
	v.Status = http.StatusOK
	q := r.URL.Query()
	switch {
	case q.Has("reason"):
		v.alert(reasonText(q.Get("reason")))
	case q.Has("done") && v.Notice == "":
		v.Notice = "You are not signed in. If you just did, your browser may be blocking cookies."
	case q.Has("linked") && v.Notice == "":
		v.Notice = "That worked, but you are not signed in here."
	case q.Has("left") && v.Notice == "":
		v.Notice = "You are signed out."
	}
	return render(w, p.templates.login, v)
}

// alert puts an error on the form and the focus on it.
func (v *view) alert(text string) {
	v.Alert, v.Focus = &alert{Text: text, Focus: true}, ""
}

// mend puts the focus on the field whose content was refused, and has it say
// what is wrong with it.
func (v *view) mend(field string) { v.Rejected, v.Alert.Focus, v.Focus = true, false, field }

// errand reads what a GET asks for. What is malformed or not allowed is left
// out.
func (p *Pages) errand(r *http.Request) errand {
	q := r.URL.Query()
	e := errand{mode: sessions.ModeCookie}
	if raw, ok := one(q, "redirect"); raw != "" || !ok {
		e.redirect, ok = p.broker.ReturnTo(raw)
		e.refused = !ok
	}
	if q.Get("mode") == string(sessions.ModeSession) {
		e.mode = sessions.ModeSession
	}
	e.provider, _ = one(q, "provider")
	return e
}

// present returns the account that this browser is signed in with, else
// sessions.ErrNotFound. Who wants to go on somewhere must also hold the cookie
// that is looked for there: without it the way on would lead back here.
func (p *Pages) present(r *http.Request, e errand) (broker.Account, error) {
	id, _, ok := p.browser.SignedIn(r.Context())
	if !ok || e.redirect != "" && !p.usable(r, e.mode) {
		return broker.Account{}, sessions.ErrNotFound
	}
	return p.broker.Present(r.Context(), id)
}

// signIn takes the form.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, "provider", "login", "password", "redirect", "mode")
	if err != nil {
		return err
	}
	e, err := p.errandOf(f)
	if err != nil {
		return err
	}
	x := wire.ExchangeOf(r.Context())
	x.Provider = p.known(e.provider)
	browser, err := p.flow.Secret(r)
	if err != nil {
		return err
	}
	l, err := p.broker.SignIn(r.Context(), broker.Credentials{
		Provider: e.provider, Login: e.login, Password: f["password"], Mode: e.mode,
		Browser: browser, ReturnTo: e.redirect, Client: wire.ClientOf(r),
	})
	if p.waits(w, r, waiter{browser, e}, err) {
		return nil
	}
	if err != nil {
		x.Outcome = "refused"
		p.refuse(w, r, e, err)
		return nil
	}
	x.Outcome = "signed_in"
	if err := p.replace(w, r, l); err != nil {
		return err
	}
	see(w, r, onward(e.redirect))
	return nil
}

// onward is where a browser goes that has signed in.
func onward(redirect string) string {
	if redirect == "" {
		return pageDone
	}
	return redirect
}

// errandOf reads the errand of a form, which is checked again: the form could
// have been written by anybody.
func (p *Pages) errandOf(f form) (errand, error) {
	e := errand{provider: f["provider"], login: f["login"], mode: sessions.Mode(f["mode"])}
	switch e.mode {
	case "":
		e.mode = sessions.ModeCookie
	case sessions.ModeCookie, sessions.ModeSession:
	default:
		return e, broker.Fail(broker.CodePayload, "the mode is not one of a page")
	}
	if f["redirect"] != "" {
		var ok bool
		e.redirect, ok = p.broker.ReturnTo(f["redirect"])
		e.refused = !ok
	}
	return e, nil
}

// known returns a provider's name if there is one of that name, so that no
// stranger's text gets into the metrics.
func (p *Pages) known(name string) string {
	for _, w := range p.broker.Ways() {
		if w.Name == name {
			return name
		}
	}
	return ""
}

// refuse answers a failed sign-in with the form and what went wrong, or with an
// error page when that is not the person's affair. The name comes back as it
// was typed, the password never.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, e errand, err error) {
	p.explain(w, r, err, func(f wire.Failure) (sheet, bool) {
		text, ok := p.sentence(f, e.provider)
		v := p.form(e)
		v.Status = f.Status
		v.alert(text)
		if f.Status == http.StatusUnauthorized {
			v.mend("password")
		}
		return sheet{p.templates.login, v}, ok
	})
}

// replace gives the browser a new login and binds it under a new cookie value.
// What it held before is ended: the credential that is overwritten, and all of
// it when it was, or may have been, another person's.
func (p *Pages) replace(w http.ResponseWriter, r *http.Request, l broker.Login) error {
	ctx := r.Context()
	same, err := p.samePerson(ctx, l)
	if err != nil {
		return err
	}
	if same {
		err = p.leave(r, l.Mode)
	} else {
		err = p.leaveAll(r)
	}
	if err != nil {
		return err
	}
	if !same {
		// A login without a credential takes the cookie of its mode away.
		p.cookies.Set(w, broker.Login{Mode: other(l.Mode)})
	}
	p.cookies.Set(w, l)
	if err := p.browser.SignIn(ctx, l.SessionID, p.now()); err != nil {
		return fmt.Errorf("bind browser: %w", err)
	}
	return nil
}

// samePerson reports that the browser is bound to a live session of the
// account that has just signed in.
func (p *Pages) samePerson(ctx context.Context, l broker.Login) (bool, error) {
	id, _, ok := p.browser.SignedIn(ctx)
	if !ok {
		return false, nil
	}
	a, err := p.broker.Present(ctx, id)
	if errors.Is(err, sessions.ErrNotFound) {
		return false, nil
	}
	return err == nil && a.ID == l.Claims.AccountID, err
}
