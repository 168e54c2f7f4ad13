package pages

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// openLetter shows what a link is for and a button. It uses up nothing: mail
// scanners open links too. A dead link says so at once.
func (p *Pages) openLetter(l letter) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		if q.Has("done") {
			return p.say(w, http.StatusOK, l.done)
		}
		token, _ := one(q, "token")
		email, err := p.letters.Peek(r.Context(), l.purpose, token)
		if err != nil {
			p.lament(w, r, l, err)
			return nil
		}
		return render(w, p.templates.letter, p.letterView(l, token, email))
	}
}

// useLetter takes the button's form.
func (p *Pages) useLetter(l letter) wire.Handler {
	fields := []string{"token"}
	if l.password {
		fields = append(fields, "password")
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := readForm(w, r, fields...)
		if err != nil {
			return err
		}
		x := wire.ExchangeOf(r.Context())
		if err := p.redeem(r, l, f); err != nil {
			x.Outcome = "refused"
			p.askAgain(w, r, l, refusal{err, f["token"]})
			return nil
		}
		x.Outcome = "redeemed"
		see(w, r, l.path+"?done")
		return nil
	}
}

// redeem uses a letter for what it is for.
func (p *Pages) redeem(r *http.Request, l letter, f form) error {
	proof := broker.Proof{Token: f["token"], Client: wire.ClientOf(r)}
	switch l.purpose {
	case broker.PurposeConfirm:
		return p.letters.ConfirmAddress(r.Context(), proof)
	case broker.PurposeEmail:
		return p.letters.ConfirmEmail(r.Context(), proof)
	case broker.PurposeReset, broker.PurposeInvite:
		return p.choosePassword(r, l, f)
	}
	return broker.Fail(broker.CodeNotFound, "")
}

// choosePassword sees to it that a page works for its own letters only: one
// that resets a password must not look as if it were an invitation.
func (p *Pages) choosePassword(r *http.Request, l letter, f form) error {
	if _, err := p.letters.Peek(r.Context(), l.purpose, f["token"]); err != nil {
		return err
	}
	return p.letters.ResetPassword(r.Context(), broker.NewPassword{
		Token: f["token"], Password: f["password"], Client: wire.ClientOf(r),
	})
}

// refusal is a letter that did not do what it should.
type refusal struct {
	err   error
	token string
}

// askAgain shows the page once more with what was wrong. What was typed as a
// password is never repeated.
func (p *Pages) askAgain(w http.ResponseWriter, r *http.Request, l letter, f refusal) {
	if broker.CodeOf(f.err) == broker.CodeTokenInvalid {
		p.lament(w, r, l, f.err)
		return
	}
	email, _ := p.letters.Peek(r.Context(), l.purpose, f.token) // without it the page just does not name it
	p.explain(w, r, f.err, func(said wire.Failure) (sheet, bool) {
		text, ok := trouble(said)
		v := p.letterView(l, f.token, email)
		v.Status = said.Status
		v.alert(text)
		if l.password && said.Class == broker.CodePayload {
			v.mend("password")
		}
		return sheet{p.templates.letter, v}, ok
	})
}

// lament says that a link is dead, and is the error page for everything else.
func (p *Pages) lament(w http.ResponseWriter, r *http.Request, l letter, err error) {
	p.explain(w, r, err, func(said wire.Failure) (sheet, bool) {
		w.Header().Del("WWW-Authenticate") // a page is no place for a Bearer token
		v := p.wordView(http.StatusGone, l.dead)
		v.Private = true
		return sheet{p.templates.word, v}, said.Class == broker.CodeTokenInvalid
	})
}

// letterView is the page of a link that is good; email may be "".
func (p *Pages) letterView(l letter, token, email string) view {
	v := p.view(l.title, errand{})
	v.Status, v.Private = http.StatusOK, true
	v.Letter = letterView{
		Action: l.path, Token: token, Email: email, Lead: l.lead, Aside: l.aside, Button: l.button, Password: l.password,
	}
	if l.password {
		v.Least, v.Focus = p.members.HouseRules().MinPassword, "password"
	}
	return v
}

// letterView is what a page that a letter opens shows.
type letterView struct {
	Action   string // where the form goes
	Token    string
	Email    string
	Lead     string
	Aside    string
	Button   string
	Password bool
}
