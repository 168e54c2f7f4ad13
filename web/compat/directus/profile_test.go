package directus_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/wire"
)

// failing is a broker that answers everything with one error.
type failing struct{ err error }

func (f failing) Whoami(context.Context, string) (token.Claims, error) { return token.Claims{}, f.err }

func (f failing) Present(context.Context, string) (broker.Account, error) {
	return broker.Account{}, f.err
}

func (f failing) ChangeProfile(context.Context, broker.ProfileChange) (broker.Account, error) {
	return broker.Account{}, f.err
}

func (f failing) ProposeTOTP(context.Context, broker.Asked) (broker.Enrolment, error) {
	return broker.Enrolment{}, f.err
}

func (f failing) ConfirmTOTP(context.Context, broker.Asked) ([]string, error) { return nil, f.err }
func (f failing) RemoveTOTP(context.Context, broker.Asked) error              { return f.err }
func (f failing) RemoveTOTPByCode(context.Context, broker.Asked) error        { return f.err }
func (f failing) Register(context.Context, broker.Registration) error         { return f.err }
func (f failing) ConfirmAddress(context.Context, broker.Proof) error          { return f.err }
func (f failing) ResetPassword(context.Context, broker.NewPassword) error     { return f.err }

// answers are what Directus' clients get for each code: a status, its word and
// its sentence.
var answers = map[broker.Code]struct {
	status        int
	code, message string
}{
	broker.CodeCredentials:      {401, "INVALID_CREDENTIALS", "Invalid user credentials."},
	broker.CodeOTP:              {401, "INVALID_OTP", "Invalid user OTP."},
	broker.CodeSuspended:        {401, "USER_SUSPENDED", "User suspended."},
	broker.CodePayload:          {400, "INVALID_PAYLOAD", "Invalid payload. A reason."},
	broker.CodeMediaType:        {415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type."},
	broker.CodeTooLarge:         {413, "CONTENT_TOO_LARGE", "Content is too large."},
	broker.CodeTokenMissing:     {401, "INVALID_CREDENTIALS", "Invalid user credentials."},
	broker.CodeTokenExpired:     {401, "TOKEN_EXPIRED", "Token expired."},
	broker.CodeTokenInvalid:     {401, "INVALID_TOKEN", "Invalid token."},
	broker.CodeNoProvider:       {404, "ROUTE_NOT_FOUND", "Route PATH doesn't exist."},
	broker.CodeProviderDisabled: {403, "INVALID_PROVIDER", "Invalid provider."},
	broker.CodeForbidden:        {403, "FORBIDDEN", "You don't have permission to access this."},
	broker.CodeCrossSite:        {403, "FORBIDDEN", "You don't have permission to access this."},
	broker.CodeNotFound:         {404, "ROUTE_NOT_FOUND", "Route PATH doesn't exist."},
	broker.CodeMethod:           {405, "METHOD_NOT_ALLOWED", "Method not allowed."},
	broker.CodeConflict:         {400, "RECORD_NOT_UNIQUE", "Value has to be unique."},
	broker.CodeLimited:          {429, "REQUESTS_EXCEEDED", "Too many requests, retry after 5 seconds."},
	broker.CodeUnavailable:      {503, "SERVICE_UNAVAILABLE", "Service \\\"signet\\\" is unavailable. A reason."},
	broker.CodeInternal:         {500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred."},
}

func TestEveryCodeHasItsAnswerAtEveryAddress(t *testing.T) {
	const inner = "dial postgres://signet:hunter2@db"
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			want, ok := answers[code]
			if !ok {
				t.Fatal("nobody has said what its answer is")
			}
			h := desk(t, failing{&broker.Error{Code: code, Reason: "a reason", Err: errors.New(inner)}})
			for _, a := range append(bodies(), asks[0], asks[6], struct{ method, path, body string }{"GET", "/users/register/verify-email?token=x", ""}) {
				w := ask(h, a.method, a.path, a.body)
				is(t, w, want.status, want.code)
				path, _, _ := strings.Cut(a.path, "?")
				if message := strings.ReplaceAll(want.message, "PATH", path); !strings.Contains(w.Body.String(), `"message":"`+message+`"`) {
					t.Errorf("%s %s: got %s, want %s", a.method, a.path, w.Body, message)
				}
				if strings.Contains(w.Body.String(), "hunter2") || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s: got %v %s, which tells the cause or may be kept", a.method, a.path, w.Header(), w.Body)
				}
				retry := code == broker.CodeLimited || code == broker.CodeUnavailable
				if retry != (w.Header().Get("Retry-After") != "") {
					t.Errorf("%s %s: Retry-After is %q", a.method, a.path, w.Header().Get("Retry-After"))
				}
			}
		})
	}
	t.Run("a fault that nobody has classified", func(t *testing.T) {
		w := ask(desk(t, failing{errors.New(inner)}), "GET", "/users/me", "")
		is(t, w, 500, "INTERNAL_SERVER_ERROR")
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("got %s, which tells the cause", w.Body)
		}
	})
}

// desk is the interface alone, over a broker.
func desk(t *testing.T, b directus.Broker) http.Handler {
	t.Helper()
	cross, err := wire.NewCrossSite("https://sso.example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	directus.New(directus.Config{
		Broker: b, Cookies: wire.NewCookies(wire.CookieConfig{Refresh: "r", Session: "s"}), CrossSite: cross, Native: api.Profile(), Now: time.Now,
	}).Register(r)
	return r
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer a.b.c")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
