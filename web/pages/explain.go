package pages

import (
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// sheet is a page with what it shows.
type sheet struct {
	template *template.Template
	view     view
}

// explain answers an error with the page that knows what to say of it, or with
// an error page when known is false.
func (p *Pages) explain(w http.ResponseWriter, r *http.Request, err error, page func(wire.Failure) (s sheet, known bool)) {
	profile := p.Profile()
	profile.Write = func(w http.ResponseWriter, r *http.Request, f wire.Failure) {
		s, known := page(f)
		if !known {
			p.apologise(w, r, f)
			return
		}
		p.show(w, s.template, s.view)
	}
	wire.NewAdapter(profile, p.now).Fail(w, r, err)
}

// trouble says what is wrong with a form about accounts and what to do. ok is
// false for what is not the person's affair.
func trouble(f wire.Failure) (text string, ok bool) {
	switch f.Class {
	case broker.CodePayload, broker.CodeConflict:
		if f.Reason == "" {
			return "", false
		}
		return sentence(f.Reason) + " Please change that and try again.", true
	case broker.CodeLimited:
		return tooMany(f), true
	case broker.CodeUnavailable:
		return "That does not work at the moment. Nothing was changed. Try again in a minute.", true
	}
	return "", false
}

// sentence makes one of a reason, which begins in lower case and has no full
// stop.
func sentence(reason string) string {
	first, n := utf8.DecodeRuneInString(reason)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(reason[n:], ".") + "."
}

func tooMany(f wire.Failure) string {
	return "There were too many attempts. Try again in " + humane(f.Retry) + "."
}
