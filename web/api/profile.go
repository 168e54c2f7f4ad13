package api

import (
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/wire"
)

// maxPath is how much of a path is repeated in an error, in bytes.
const maxPath = 200

// Profile is how the native interface words its errors. It differs from
// Directus where a browser or proxy would be misled: a bad access token is 401
// with a Bearer challenge (RFC 6750 §3.1), not 403.
func Profile() wire.Profile {
	return wire.Profile{
		Answers: map[broker.Code]wire.Answer{
			broker.CodeCredentials:      {Status: http.StatusUnauthorized, Code: "INVALID_CREDENTIALS", Message: "Invalid user credentials."},
			broker.CodeOTP:              {Status: http.StatusUnauthorized, Code: "INVALID_OTP", Message: "Invalid user OTP."},
			broker.CodeSuspended:        {Status: http.StatusUnauthorized, Code: "USER_SUSPENDED", Message: "User suspended."},
			broker.CodePayload:          {Status: http.StatusBadRequest, Code: "INVALID_PAYLOAD", Message: "Invalid payload."},
			broker.CodeMediaType:        {Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Message: "Unsupported media type."},
			broker.CodeTooLarge:         {Status: http.StatusRequestEntityTooLarge, Code: "CONTENT_TOO_LARGE", Message: "Content is too large."},
			broker.CodeTokenMissing:     {Status: http.StatusUnauthorized, Code: "INVALID_CREDENTIALS", Message: "Invalid user credentials."},
			broker.CodeTokenExpired:     {Status: http.StatusUnauthorized, Code: "TOKEN_EXPIRED", Message: "Token expired."},
			broker.CodeTokenInvalid:     {Status: http.StatusUnauthorized, Code: "INVALID_TOKEN", Message: "Invalid token."},
			broker.CodeNoProvider:       {Status: http.StatusNotFound, Code: routeNotFound, Message: "Route doesn't exist."},
			broker.CodeProviderDisabled: {Status: http.StatusForbidden, Code: "INVALID_PROVIDER", Message: "Invalid provider."},
			broker.CodeForbidden:        {Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "You don't have permission to access this."},
			broker.CodeCrossSite:        {Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "You don't have permission to access this."},
			broker.CodeNotFound:         {Status: http.StatusNotFound, Code: routeNotFound, Message: "Route doesn't exist."},
			broker.CodeMethod:           {Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Message: "Method not allowed."},
			broker.CodeConflict:         {Status: http.StatusBadRequest, Code: "RECORD_NOT_UNIQUE", Message: "Value has to be unique."},
			broker.CodeLimited:          {Status: http.StatusTooManyRequests, Code: "REQUESTS_EXCEEDED", Message: "Too many requests."},
			broker.CodeUnavailable:      {Status: http.StatusServiceUnavailable, Code: "SERVICE_UNAVAILABLE", Message: `Service "signet" is unavailable.`},
			broker.CodeInternal:         {Status: http.StatusInternalServerError, Code: "INTERNAL_SERVER_ERROR", Message: "An unexpected error occurred."},
		},
		Message: message,
		Write:   writeFailure,
	}
}

const routeNotFound = "ROUTE_NOT_FOUND"

// failures is the body of every error.
type failures struct {
	Errors []failure `json:"errors"`
}

type failure struct {
	Message    string     `json:"message"`
	Extensions extensions `json:"extensions"`
}

type extensions struct {
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"`
}

func writeFailure(w http.ResponseWriter, r *http.Request, f wire.Failure) {
	one := failure{Message: message(r, f), Extensions: extensions{Code: f.Code, Reason: f.Reason}}
	if err := wire.JSON(w, f.Status, failures{Errors: []failure{one}}); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// message completes the table's sentence with what only the request knows.
func message(r *http.Request, f wire.Failure) string {
	switch {
	case f.Code == routeNotFound:
		// The escaped path is printable ASCII, whatever was asked for.
		path := r.URL.EscapedPath()
		if len(path) > maxPath {
			path = path[:maxPath] + "…"
		}
		return "Route " + path + " doesn't exist."
	case f.Reason != "" && (f.Class == broker.CodePayload || f.Class == broker.CodeUnavailable):
		return f.Message + " " + sentence(f.Reason)
	case f.Class == broker.CodeLimited && f.Retry > 0:
		return "Too many requests, retry after " + strconv.FormatInt(wire.Seconds(f.Retry), 10) + " seconds."
	}
	return f.Message
}

// sentence writes a reason with a capital and a full stop.
func sentence(reason string) string {
	first, n := utf8.DecodeRuneInString(reason)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(reason[n:], ".") + "."
}
