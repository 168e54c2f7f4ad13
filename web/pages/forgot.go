package pages

import (
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

const pageForgot = "/forgot"

// resetAsked says the same whatever is true of the address.
var resetAsked = word{
	"Look into your mail",
	"If there is an account with this address, a letter is on its way to it. It may take a few minutes. If nothing comes, look into the folder for spam, or try another address.",
	toLogin,
}

// forgettable reports that Signet keeps passwords, and can so replace one.
func (p *Pages) forgettable() bool {
	return slices.ContainsFunc(p.broker.Ways(), func(w broker.Way) bool { return w.Password && w.Driver == broker.LocalRealm })
}

// forgot asks for the address of who forgot their password.
func (p *Pages) forgot(w http.ResponseWriter, r *http.Request) error {
	if !p.forgettable() {
		return broker.Fail(broker.CodeNotFound, "")
	}
	if r.URL.Query().Has("sent") {
		return p.say(w, http.StatusOK, resetAsked)
	}
	return render(w, p.templates.forgot, p.forgotView(entry{}))
}

func (p *Pages) forgotView(e entry) view {
	v := p.view("Forgot your password?", errand{})
	v.Status, v.Focus, v.Entry = http.StatusOK, "email", e
	return v
}

// requestReset asks for the letter.
func (p *Pages) requestReset(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, "email")
	if err != nil {
		return err
	}
	if !p.forgettable() {
		return broker.Fail(broker.CodeNotFound, "")
	}
	x := wire.ExchangeOf(r.Context())
	err = p.members.RequestReset(r.Context(), broker.ResetRequest{Email: f["email"], Client: wire.ClientOf(r)})
	if err == nil {
		x.Outcome = "asked"
		see(w, r, pageForgot+"?sent")
		return nil
	}
	x.Outcome = "refused"
	p.explain(w, r, err, func(said wire.Failure) (sheet, bool) {
		text, ok := trouble(said)
		v := p.forgotView(entry{Email: f["email"]})
		v.Status = said.Status
		v.alert(text)
		if said.Class == broker.CodePayload {
			v.mend("email")
		}
		return sheet{p.templates.forgot, v}, ok
	})
	return nil
}
