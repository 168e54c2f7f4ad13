package ethics

import (
	"net/http"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// The interface's own words for what goes wrong.
const (
	errCredentials  = "invalid_credentials"
	errUnknown      = "account_not_exists"
	errUnconfirmed  = "account_not_confirmed"
	errUsername     = "username_exists"
	errEmail        = "email_exists"
	errUpdate       = "illegal_update"
	errResetToken   = "invalid_reset_token"
	errPermissions  = "insufficient_permissions"
	errManyRequests = "too_many_requests"
)

// Profile is how the interface tells errors. What its clients have a word for is
// {"error":word}, nearly always under 400; the rest is what its framework writes.
func Profile(now func() time.Time) wire.Profile {
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeCredentials:      {Status: http.StatusBadRequest, Code: errCredentials},
			broker.CodeOTP:              {Status: http.StatusBadRequest, Code: errCredentials},
			broker.CodeSuspended:        {Status: http.StatusBadRequest, Code: errCredentials},
			broker.CodeNoProvider:       {Status: http.StatusBadRequest, Code: errCredentials},
			broker.CodeProviderDisabled: {Status: http.StatusBadRequest, Code: errCredentials},
			broker.CodeForbidden:        {Status: http.StatusUnauthorized, Code: errPermissions},
			broker.CodeConflict:         {Status: http.StatusBadRequest, Code: errUsername},
			broker.CodeLimited:          {Status: http.StatusTooManyRequests, Code: errManyRequests},

			broker.CodePayload:      {Status: http.StatusBadRequest},
			broker.CodeMediaType:    {Status: http.StatusUnsupportedMediaType},
			broker.CodeTooLarge:     {Status: http.StatusRequestEntityTooLarge},
			broker.CodeTokenMissing: {Status: http.StatusUnauthorized},
			broker.CodeTokenExpired: {Status: http.StatusUnauthorized},
			broker.CodeTokenInvalid: {Status: http.StatusUnauthorized},
			broker.CodeCrossSite:    {Status: http.StatusForbidden},
			broker.CodeNotFound:     {Status: http.StatusNotFound},
			broker.CodeMethod:       {Status: http.StatusMethodNotAllowed},
			broker.CodeUnavailable:  {Status: http.StatusServiceUnavailable},
			broker.CodeInternal:     {Status: http.StatusInternalServerError},
		},
		Write: func(w http.ResponseWriter, r *http.Request, f wire.Failure) { write(w, r, f, now()) },
	}
}

// timestamp is how the framework writes a time.
const timestamp = "2006-01-02T15:04:05.000-07:00"

// trouble is what the framework writes about an error. Message, which it leaves
// out, says what is wrong with a request.
type trouble struct {
	Timestamp string `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message,omitempty"`
	Path      string `json:"path"`
}

// word is an error that the interface has a word for.
type word struct {
	Error string `json:"error"`
}

func write(w http.ResponseWriter, r *http.Request, f wire.Failure, now time.Time) {
	var body any = word{f.Code}
	if f.Code == "" {
		t := trouble{
			Timestamp: now.UTC().Format(timestamp), Status: f.Status, Error: http.StatusText(f.Status), Path: r.URL.Path,
		}
		if f.Class == broker.CodePayload {
			t.Message = f.Reason
		}
		body = t
	}
	if err := wire.JSON(w, f.Status, body); err != nil { // of constants and a path, it cannot fail
		w.WriteHeader(f.Status)
	}
}

// refuse answers an error with a word of the interface's that its code alone does
// not lead to. The error is in the log, and counts in the limits, as any other.
func (e *Ethics) refuse(w http.ResponseWriter, r *http.Request, err error, status int, code string) error {
	e.adapter.Explain(w, r, err)
	return wire.JSON(w, status, word{code})
}

// nobody answers that there is no such account: without a body.
func (e *Ethics) nobody(w http.ResponseWriter, r *http.Request, err error) error {
	e.adapter.Explain(w, r, err)
	w.WriteHeader(http.StatusNotFound)
	return nil
}

// updated answers that a password was changed.
func updated(w http.ResponseWriter) error {
	return wire.JSON(w, http.StatusOK, struct {
		Message string `json:"message"`
	}{"account_updated"})
}
