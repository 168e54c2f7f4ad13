package pages

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// view is all that a page can show. Every string in it is text that the
// template escapes.
type view struct {
	Site   string
	Title  string
	Alert  *alert // what went wrong
	Notice string // what one should know

	Redirect    string // where to go afterwards, checked; "" for nowhere
	Destination string // its host, when it is not a path of ours
	Mode        sessions.Mode

	Choices      []choice // password providers
	Buttons      []button // redirect providers
	ButtonsFirst bool
	OnlyLocal    bool
	Login        string // as typed before
	Rejected     bool   // name and password were judged and refused
	Focus        string // field that gets the focus

	Forgot   bool // a new password can be asked for
	Register bool // anybody may make an account

	Person person

	Letter letterView
	Entry  entry // what was typed about an account
	Least  int   // characters of a password
	Second secondView

	Status    int
	Text      string
	Next      link
	Reference string
	Because   string // what was wrong with a request, for who wrote the link
	Private   bool   // the address of the page holds a secret
}

// alert is an error message; with Focus it gets the keyboard focus.
type alert struct {
	Text  string
	Focus bool
}

// choice is a password provider.
type choice struct {
	Name, Label string
	Kind        string // "local" or "directory"
	Chosen      bool
	Down        bool
}

// button is a redirect provider.
type button struct {
	URL      string
	LeadIn   string // "Continue with", unless the label invites by itself
	Label    string
	Mark     string // path of the provider's sign; "" for the monogram
	Monogram string
	Hue      int
	Down     bool
}

// hues is the number of tile colours in the style sheet.
const hues = 6

// errand is what somebody came to the page for.
type errand struct {
	redirect string // checked
	refused  bool   // a return-to was asked for and is not allowed
	mode     sessions.Mode
	provider string // asked for by name
	login    string // typed before
}

// query is the errand as the query of an address of ours.
func (e errand) query() url.Values {
	q := url.Values{}
	if e.redirect != "" {
		q.Set("redirect", e.redirect)
	}
	if e.mode != "" && e.mode != sessions.ModeCookie {
		q.Set("mode", string(e.mode))
	}
	return q
}

// form returns the sign-in page of an errand.
func (p *Pages) form(e errand) view {
	v := p.view("Sign in", e)
	v.Login, v.Focus = e.login, "login"
	ways := p.broker.Ways()
	v.ButtonsFirst = len(ways) > 0 && !ways[0].Password
	for _, w := range ways {
		if w.Password {
			v.Choices = append(v.Choices, choiceOf(w, e.provider))
			continue
		}
		v.Buttons = append(v.Buttons, p.buttonOf(w, e, len(v.Buttons)))
	}
	choose(v.Choices)
	v.OnlyLocal = len(v.Choices) == 1 && v.Choices[0].Kind == "local"
	v.Forgot, v.Register = p.forgettable(), p.members.RegistrationOpen()
	if e.refused {
		v.Notice = "The address to return to is not allowed here, so it was left out. You can sign in all the same."
	}
	return v
}

func (p *Pages) view(title string, e errand) view {
	v := view{Site: p.site, Title: title, Redirect: e.redirect, Mode: e.mode}
	if u, err := url.Parse(e.redirect); err == nil {
		v.Destination = u.Host
	}
	return v
}

func choiceOf(w broker.Way, asked string) choice {
	kind := "directory"
	if w.Driver == broker.LocalRealm {
		kind = "local"
	}
	return choice{Name: w.Name, Label: w.Label, Kind: kind, Down: w.Down, Chosen: w.Name == asked}
}

// choose sees to it that one of several is chosen: the first when nobody
// asked for another.
func choose(cs []choice) {
	for _, c := range cs {
		if c.Chosen {
			return
		}
	}
	if len(cs) > 0 {
		cs[0].Chosen = true
	}
}

// buttonOf leads to the provider and, without another return-to, back to our
// own page rather than to an answer for programs.
func (p *Pages) buttonOf(w broker.Way, e errand, n int) button {
	q := e.query()
	if e.redirect == "" {
		q.Set("redirect", pageDone)
	}
	return button{
		URL:    "/auth/login/" + url.PathEscape(w.Name) + "?" + q.Encode(),
		LeadIn: leadIn(w.Label), Label: w.Label, Mark: p.marks[w.Icon], Monogram: monogram(w.Label), Hue: n % hues, Down: w.Down,
	}
}

// leadIn returns what stands before a label on a button, which is nothing
// when the label is an invitation already.
func leadIn(label string) string {
	first, _, _ := strings.Cut(strings.ToLower(label), " ")
	switch first {
	case "sign", "log", "login", "continue", "use", "with":
		return ""
	}
	return "Continue with"
}

// monogram returns the first letter of what a label names: "Sign in with
// GitHub" gives G.
func monogram(label string) string {
	if _, name, ok := strings.Cut(label, " with "); ok {
		label = name
	}
	first, _, _ := strings.Cut(strings.TrimSpace(label), " ")
	return initials(first)
}

// initials returns the first letters of at most two words, in upper case; of
// an address, only what is before the host counts.
func initials(name string) string {
	name, _, _ = strings.Cut(name, "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return upperFirst(words[0])
	}
	return upperFirst(words[0]) + upperFirst(words[len(words)-1])
}

func upperFirst(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r))
}

// person is who is signed in.
type person struct {
	Name, Detail, Initials string
}

func personOf(a broker.Account) person {
	name := a.Name
	for _, other := range []string{strings.TrimSpace(a.GivenName + " " + a.FamilyName), a.Username, a.Email, "Account without a name"} {
		if name == "" {
			name = other
		}
	}
	p := person{Name: name, Initials: initials(name)}
	for _, detail := range []string{a.Username, a.Email} {
		if detail != "" && detail != name {
			p.Detail = detail
		}
	}
	return p
}
