package pages

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// statuses is the pages' table from code to status.
var statuses = map[broker.Code]int{
	broker.CodeCredentials:      http.StatusUnauthorized,
	broker.CodeOTP:              http.StatusUnauthorized,
	broker.CodeSuspended:        http.StatusUnauthorized,
	broker.CodePayload:          http.StatusBadRequest,
	broker.CodeMediaType:        http.StatusUnsupportedMediaType,
	broker.CodeTooLarge:         http.StatusRequestEntityTooLarge,
	broker.CodeTokenMissing:     http.StatusUnauthorized,
	broker.CodeTokenExpired:     http.StatusUnauthorized,
	broker.CodeTokenInvalid:     http.StatusUnauthorized,
	broker.CodeNoProvider:       http.StatusNotFound,
	broker.CodeProviderDisabled: http.StatusNotFound,
	broker.CodeForbidden:        http.StatusForbidden,
	broker.CodeCrossSite:        http.StatusForbidden,
	broker.CodeNotFound:         http.StatusNotFound,
	broker.CodeMethod:           http.StatusMethodNotAllowed,
	broker.CodeConflict:         http.StatusConflict,
	broker.CodeLimited:          http.StatusTooManyRequests,
	broker.CodeUnavailable:      http.StatusServiceUnavailable,
	broker.CodeInternal:         http.StatusInternalServerError,
}

// apology is what an error page says.
type apology struct{ title, text string }

// apologies are the error pages by status; see [apologyFor].
var apologies = map[int]apology{
	http.StatusBadRequest:            {"That did not arrive as it should", "What was sent could not be read, so nothing was changed. Go back, reload the page and try again."},
	http.StatusUnauthorized:          {"Please sign in", "You are not signed in, or your session has ended."},
	http.StatusForbidden:             {"That is not allowed", "The request came from another site, or this account may not do it. Nothing was changed."},
	http.StatusNotFound:              {"There is nothing here", "The address may be mistyped, or the page has moved."},
	http.StatusMethodNotAllowed:      {"That cannot be done here", "This page does not take that kind of request."},
	http.StatusConflict:              {"Somebody was faster", "What you changed was changed meanwhile. Go back, reload the page and try again."},
	http.StatusRequestEntityTooLarge: {"That was too much", "What was sent is larger than this page reads. Nothing was changed."},
	http.StatusUnsupportedMediaType:  {"That did not arrive as it should", "What was sent is of a kind that this page does not read. Nothing was changed."},
	http.StatusTooManyRequests:       {"Too many requests", "Wait a little and try again."},
	http.StatusInternalServerError:   {"Something went wrong", "That was our fault, and it has been recorded. Try again in a minute."},
	http.StatusServiceUnavailable:    {"Not available at the moment", "Something that this page needs cannot be reached. Try again in a minute."},
}

// apologyFor returns the words for a status, those of 500 for one that is not
// in the table.
func apologyFor(status int) apology {
	if a, ok := apologies[status]; ok {
		return a
	}
	return apologies[http.StatusInternalServerError]
}

// Profile is how failures look to a browser: an error page in the style of
// all the others, with the request id to ask for help with, what was wrong with a
// request that is the client's fault, and nothing else about the cause.
func (p *Pages) Profile() wire.Profile {
	answers := map[broker.Code]wire.Answer{}
	for code, status := range statuses {
		answers[code] = wire.Answer{Status: status, Message: apologyFor(status).text}
	}
	return wire.Profile{Answers: answers, Write: p.apologise}
}

func (p *Pages) apologise(w http.ResponseWriter, r *http.Request, f wire.Failure) {
	v := p.view(apologyFor(f.Status).title, errand{})
	v.Status, v.Text, v.Reference, v.Private = f.Status, f.Message, f.RequestID, carriesToken(r.URL.Path)
	if f.Class == broker.CodePayload && f.Reason != "" {
		v.Because = sentence(f.Reason)
	}
	p.show(w, p.templates.error, v)
}
