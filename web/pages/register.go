package pages

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

const pageRegister = "/register"

// What a registration is answered with, whatever is true of the address.
var (
	registered = word{
		"Look into your mail",
		"A letter is on its way to the address. Follow its link to open your account. It may take a few minutes; look into the folder for spam too.",
		toLogin,
	}
	registeredAtOnce = word{
		"You can sign in now",
		"Use the address and the password that you have just chosen. If that does not work, look into your mail: the address may have an account already.",
		toLogin,
	}
)

// entry is what a person typed about an account, for showing it again.
type entry struct{ Email, Username, GivenName, FamilyName string }

// register shows the form of a new account while anybody may have one.
func (p *Pages) register(w http.ResponseWriter, r *http.Request) error {
	if !p.members.RegistrationOpen() {
		return broker.Fail(broker.CodeNotFound, "")
	}
	if !r.URL.Query().Has("sent") {
		return render(w, p.templates.register, p.registerView(entry{}))
	}
	if p.members.HouseRules().Confirm {
		return p.say(w, http.StatusOK, registered)
	}
	return p.say(w, http.StatusOK, registeredAtOnce)
}

func (p *Pages) registerView(e entry) view {
	v := p.view("Create an account", errand{})
	v.Status, v.Focus, v.Entry = http.StatusOK, "email", e
	v.Least = p.members.HouseRules().MinPassword
	return v
}

// enlist takes the form.
func (p *Pages) enlist(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, "email", "username", "given_name", "family_name", "password")
	if err != nil {
		return err
	}
	if !p.members.RegistrationOpen() {
		return broker.Fail(broker.CodeNotFound, "")
	}
	e := entry{Email: f["email"], Username: f["username"], GivenName: f["given_name"], FamilyName: f["family_name"]}
	x := wire.ExchangeOf(r.Context())
	err = p.members.Register(r.Context(), broker.Registration{
		Email: e.Email, Username: e.Username, GivenName: e.GivenName, FamilyName: e.FamilyName,
		Password: f["password"], Client: wire.ClientOf(r),
	})
	if err == nil {
		x.Outcome = "registered"
		see(w, r, pageRegister+"?sent")
		return nil
	}
	x.Outcome = "refused"
	p.explain(w, r, err, func(said wire.Failure) (sheet, bool) {
		text, ok := trouble(said)
		v := p.registerView(e)
		v.Status = said.Status
		v.alert(text)
		return sheet{p.templates.register, v}, ok
	})
	return nil
}
