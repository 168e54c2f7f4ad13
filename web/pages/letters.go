package pages

import (
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
)

// letter is a page that the link of a letter opens: the words of what it asks,
// of what was done, and of a link that is dead.
type letter struct {
	path    string
	purpose broker.Purpose
	// password says that the page asks for a new password; otherwise it has
	// nothing but its button.
	password bool
	title    string
	lead     string // before the address that the letter was sent to
	aside    string
	button   string
	done     word
	dead     word
}

// word is a page that says one thing and leads on.
type word struct {
	title, text string
	next        link
}

// link is a place to go on to.
type link struct{ URL, Text string }

// Where the pages of words lead.
var (
	toLogin  = link{pageLogin, "Go to sign-in"}
	toForgot = link{pageForgot, "Ask for a new link"}
)

const (
	deadTitle = "This link does not work any more"
	deadText  = "It was used already, is too old, or a newer one was sent after it."
)

// letters are the pages that links in letters open.
var letters = []letter{
	{
		path: "/confirm", purpose: broker.PurposeConfirm,
		title: "Confirm your address", lead: "You asked for an account with", button: "Confirm my address",
		aside: "If that was not you, close this page: without the button there will be no account.",
		done:  word{"Your address is confirmed", "Your account is open. Sign in with the password you chose.", toLogin},
		dead:  word{deadTitle, deadText + " If you have confirmed your address, sign in. If not, register again.", toLogin},
	},
	{
		path: "/email", purpose: broker.PurposeEmail,
		title: "Confirm your new address", lead: "Your account is about to use", button: "Use this address",
		aside: "From then on you sign in with it and get your letters there. The old address is told.",
		done:  word{"Your address is changed", "From now on your letters go to the new address.", toLogin},
		dead:  word{deadTitle, deadText + " Sign in and ask for the change again.", toLogin},
	},
	{
		path: "/reset", purpose: broker.PurposeReset, password: true,
		title: "Choose a new password", lead: "for", button: "Save the new password",
		aside: "Wherever you are signed in now, you will have to sign in again.",
		done:  word{"Your password is changed", "Sign in with the new one.", toLogin},
		dead:  word{deadTitle, deadText + " Ask for a new one; the newest letter counts.", toForgot},
	},
	{
		path: "/invite", purpose: broker.PurposeInvite, password: true,
		title: "Welcome", lead: "Choose a password for your account", button: "Open my account",
		done: word{"Your account is open", "Sign in with the password you chose.", toLogin},
		dead: word{deadTitle, deadText + " If you have chosen a password, sign in. If not, ask who invited you for a new invitation.", toLogin},
	},
}

// carriesToken reports a path whose query holds what a letter is good for.
func carriesToken(path string) bool {
	return slices.ContainsFunc(letters, func(l letter) bool { return l.path == path })
}

// say shows a page that says one thing.
func (p *Pages) say(w http.ResponseWriter, status int, said word) error {
	return render(w, p.templates.word, p.wordView(status, said))
}

func (p *Pages) wordView(status int, said word) view {
	v := p.view(said.title, errand{})
	v.Status, v.Text, v.Next = status, said.text, said.next
	return v
}
