package introspection

import (
	"net/http"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// The errors of RFC 6749 §5.2 that there are here, and two of its §4.1.2.1 for
// what is no fault of the client.
const (
	invalidRequest = "invalid_request"
	invalidClient  = "invalid_client"
	unauthorized   = "unauthorized_client"
	later          = "temporarily_unavailable"
	serverError    = "server_error"
)

// Profile is how services are told of failures (RFC 6749 §5.2, RFC 7662 §2.3). A
// body of another type is 400 there, as every malformed request. A service that
// is not proven is asked for Basic credentials.
func Profile() wire.Profile {
	refused := wire.Answer{Status: http.StatusUnauthorized, Code: invalidClient, Message: "The client is unknown, or its secret is wrong."}
	malformed := wire.Answer{Status: http.StatusBadRequest, Code: invalidRequest, Message: "The request is malformed."}
	forbidden := wire.Answer{Status: http.StatusForbidden, Code: unauthorized, Message: "The client may not do this."}
	nowhere := wire.Answer{Status: http.StatusNotFound, Code: invalidRequest, Message: "There is no such endpoint."}
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeCredentials:      refused,
			broker.CodeOTP:              refused,
			broker.CodeSuspended:        refused,
			broker.CodeTokenMissing:     refused,
			broker.CodeTokenExpired:     refused,
			broker.CodeTokenInvalid:     refused,
			broker.CodePayload:          malformed,
			broker.CodeMediaType:        malformed,
			broker.CodeConflict:         malformed,
			broker.CodeTooLarge:         {Status: http.StatusRequestEntityTooLarge, Code: invalidRequest, Message: "The request is too large."},
			broker.CodeNoProvider:       nowhere,
			broker.CodeNotFound:         nowhere,
			broker.CodeProviderDisabled: forbidden,
			broker.CodeForbidden:        forbidden,
			broker.CodeCrossSite:        forbidden,
			broker.CodeMethod:           {Status: http.StatusMethodNotAllowed, Code: invalidRequest, Message: "Only POST is possible here."},
			broker.CodeLimited:          {Status: http.StatusTooManyRequests, Code: later, Message: "There were too many requests."},
			broker.CodeUnavailable:      {Status: http.StatusServiceUnavailable, Code: later, Message: "Try again later; nothing is certain now."},
			broker.CodeInternal:         {Status: http.StatusInternalServerError, Code: serverError, Message: "An unexpected error occurred."},
		},
		Write: writeFailure,
	}
}

// failure is the body of every error (RFC 6749 §5.2).
type failure struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func writeFailure(w http.ResponseWriter, _ *http.Request, f wire.Failure) {
	if f.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="signet"`)
	}
	one := failure{Error: f.Code, Description: f.Message}
	if f.Reason != "" {
		one.Description = f.Reason
	}
	if err := wire.JSON(w, f.Status, one); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
