package authserver

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// What the interface says of a sign-in, a token and a right.
const (
	detailCredentials = "Incorrect username or password"
	detailMissing     = "Not authenticated"
	detailInvalid     = "Could not validate credentials"
	detailNoAdmin     = "Not an admin user"
)

// Profile is how the interface tells errors: {"detail":text}, and a list of what
// is wrong with a request that cannot be read.
func Profile() wire.Profile {
	refused := wire.Answer{Status: http.StatusUnauthorized, Message: detailCredentials}
	invalid := wire.Answer{Status: http.StatusUnauthorized, Message: detailInvalid}
	unread := wire.Answer{Status: http.StatusUnprocessableEntity}
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeCredentials:      refused,
			broker.CodeOTP:              refused,
			broker.CodeSuspended:        refused,
			broker.CodeNoProvider:       refused,
			broker.CodeProviderDisabled: refused,
			broker.CodeTokenMissing:     {Status: http.StatusUnauthorized, Message: detailMissing},
			broker.CodeTokenExpired:     invalid,
			broker.CodeTokenInvalid:     invalid,
			broker.CodeForbidden:        {Status: http.StatusForbidden, Message: detailNoAdmin},
			broker.CodePayload:          unread,
			broker.CodeMediaType:        unread,
			broker.CodeTooLarge:         {Status: http.StatusRequestEntityTooLarge, Message: "Request Entity Too Large"},
			broker.CodeCrossSite:        {Status: http.StatusForbidden, Message: "Forbidden"},
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
	var body any = f.Message
	switch {
	case f.Class == broker.CodePayload || f.Class == broker.CodeMediaType:
		body = []fault{{Loc: []string{"body"}, Msg: f.Reason, Type: "value_error"}}
	case f.Class == broker.CodeForbidden && f.Reason != "": // an administrator who may not do this
		body = f.Reason
	}
	if f.Status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if err := wire.JSON(w, f.Status, detail{body}); err != nil { // of constants, it cannot fail
		w.WriteHeader(f.Status)
	}
}

// unread answers that parts of the request are not as they must be. The error is
// in the log, and counts in the limits, as any other.
func (s *Authserver) unread(w http.ResponseWriter, r *http.Request, faults ...fault) error {
	return s.unusable(w, r, broker.Fail(broker.CodePayload, faults[0].Msg), faults...)
}

// unusable is unread for an error that somebody else found.
func (s *Authserver) unusable(w http.ResponseWriter, r *http.Request, err error, faults ...fault) error {
	f := s.adapter.Explain(w, r, err)
	for i := range faults {
		if faults[i].Msg == "" {
			faults[i].Msg = f.Reason
		}
	}
	return wire.JSON(w, http.StatusUnprocessableEntity, detail{faults})
}

// taken answers that somebody has an address already.
func (s *Authserver) taken(w http.ResponseWriter, r *http.Request, err error, email string) error {
	s.adapter.Explain(w, r, err)
	return wire.JSON(w, http.StatusConflict, detail{"User <" + email + "> already exists!"})
}
