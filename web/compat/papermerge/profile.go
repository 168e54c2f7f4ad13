package papermerge

import (
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// What the interface says of a sign-in and of a token.
const (
	detailUnauthorized = "Unauthorized"
	detailMissing      = "Not authenticated"
	detailInvalid      = "Invalid token"
	detailInactive     = "Introspection says: token is not active"
)

// Profile is how the interface tells errors: {"detail":text}, and a list of what
// is wrong with a request that cannot be read.
func Profile() wire.Profile {
	refused := wire.Answer{Status: http.StatusUnauthorized, Message: detailUnauthorized}
	unread := wire.Answer{Status: http.StatusUnprocessableEntity}
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeCredentials:      refused,
			broker.CodeOTP:              refused,
			broker.CodeSuspended:        refused,
			broker.CodeNoProvider:       refused,
			broker.CodeProviderDisabled: refused,
			broker.CodeTokenMissing:     {Status: http.StatusUnauthorized, Message: detailMissing},
			broker.CodeTokenExpired:     {Status: http.StatusUnauthorized, Message: detailInvalid},
			broker.CodeTokenInvalid:     {Status: http.StatusUnauthorized, Message: detailInvalid},
			broker.CodePayload:          unread,
			broker.CodeMediaType:        unread,
			broker.CodeTooLarge:         {Status: http.StatusRequestEntityTooLarge, Message: "Request Entity Too Large"},
			broker.CodeCrossSite:        {Status: http.StatusForbidden, Message: "Forbidden"},
			broker.CodeForbidden:        {Status: http.StatusForbidden, Message: "Forbidden"},
			broker.CodeNotFound:         {Status: http.StatusNotFound, Message: "Not Found"},
			broker.CodeMethod:           {Status: http.StatusMethodNotAllowed, Message: "Method Not Allowed"},
			broker.CodeConflict:         {Status: http.StatusConflict, Message: "Conflict"},
			broker.CodeLimited:          {Status: http.StatusTooManyRequests, Message: "Too Many Requests"},
			broker.CodeUnavailable:      {Status: http.StatusServiceUnavailable, Message: "Service Unavailable"},
			broker.CodeInternal:         {Status: http.StatusInternalServerError, Message: "Internal Server Error"},
		},
		Write: write,
	}
}

// detail is the body of an error.
type detail struct {
	Detail any `json:"detail"`
}

// fault is what is wrong with one part of a request.
type fault struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

func write(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
	// nginx copies the challenge of a guard to whatever is answered in the end,
	// and browsers would ask for a password.
	w.Header().Del("WWW-Authenticate")
	var body any = f.Message
	if f.Status == http.StatusUnprocessableEntity {
		body = []fault{{Loc: []string{"body"}, Msg: f.Reason, Type: "value_error"}}
	}
	if err := wire.JSON(w, f.Status, detail{body}); err != nil { // of constants, it cannot fail
		w.WriteHeader(f.Status)
	}
}

// write keeps the guard to what nginx does not take for a fault of its own: it
// would show an error on every page, that of the sign-in included. So what goes
// wrong there, before the handler too, is 403: a new sign-in would not mend it.
func (p *Papermerge) write(w http.ResponseWriter, r *http.Request, f wire.Failure) {
	passable := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed}
	if !p.Strict && p.guards(r.URL.Path) && !slices.Contains(passable, f.Status) {
		f.Status = http.StatusForbidden
	}
	write(w, r, f)
}

// say answers an error in words of its own. The error is in the log, and counts
// in the limits, as any other.
func (p *Papermerge) say(w http.ResponseWriter, r *http.Request, status int, body any, err error) error {
	p.adapter.Explain(w, r, err)
	w.Header().Set("Cache-Control", "no-store")
	return wire.JSON(w, status, detail{body})
}

// misplaced answers that a part of the request is not as it must be.
func (p *Papermerge) misplaced(w http.ResponseWriter, r *http.Request, f fault) error {
	return p.say(w, r, http.StatusUnprocessableEntity, []fault{f}, broker.Fail(broker.CodePayload, f.Msg))
}
