package introspection_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/introspection"
	"github.com/signet-sso/signet/web/wire"
)

func TestEveryCodeHasAnAnswerThatTellsNothingElse(t *testing.T) {
	const inner = "pq: password authentication failed for user root"
	adapter := wire.NewAdapter(introspection.Profile(), time.Now)
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			answer, ok := introspection.Profile().Answers[code]
			if !ok || answer.Status < 400 || answer.Code == "" || answer.Message == "" {
				t.Fatalf("got %+v, want a status, a code and a message", answer)
			}
			w := httptest.NewRecorder()
			adapter.Fail(w, httptest.NewRequest(http.MethodPost, "/oauth2/introspect", nil), &broker.Error{Code: code, Err: errors.New(inner)})
			is(t, w, answer.Status, answer.Code)
			if want := `{"error":"` + answer.Code + `","error_description":"` + answer.Message + `"}`; w.Body.String() != want {
				t.Errorf("got %s, want %s", w.Body, want)
			}
			challenge := ""
			if answer.Status == http.StatusUnauthorized {
				challenge = `Basic realm="signet"`
			}
			if got := w.Header().Get("WWW-Authenticate"); got != challenge {
				t.Errorf("WWW-Authenticate is %q, want %q", got, challenge)
			}
			retry := code == broker.CodeLimited || code == broker.CodeUnavailable
			if got := w.Header().Get("Retry-After"); retry != (got != "") {
				t.Errorf("Retry-After is %q", got)
			}
			// RFC 6749 §5.2: no quotation mark, no backslash.
			if strings.ContainsAny(answer.Message, `"\`) {
				t.Errorf("the description %q holds what it must not", answer.Message)
			}
		})
	}
}

func TestStatusesAreThoseOfTheStandards(t *testing.T) {
	for code, want := range map[broker.Code]struct {
		status int
		err    string
	}{
		broker.CodePayload:     {400, "invalid_request"},
		broker.CodeMediaType:   {400, "invalid_request"},
		broker.CodeCredentials: {401, "invalid_client"},
		broker.CodeMethod:      {405, "invalid_request"},
		broker.CodeTooLarge:    {413, "invalid_request"},
		broker.CodeLimited:     {429, "temporarily_unavailable"},
		broker.CodeInternal:    {500, "server_error"},
		broker.CodeUnavailable: {503, "temporarily_unavailable"},
	} {
		if got := introspection.Profile().Answers[code]; got.Status != want.status || got.Code != want.err {
			t.Errorf("%s: got %d %q, want %d %q", code, got.Status, got.Code, want.status, want.err)
		}
	}
}

func TestAReasonReplacesTheSentence(t *testing.T) {
	w := httptest.NewRecorder()
	wire.NewAdapter(introspection.Profile(), time.Now).Fail(w, httptest.NewRequest(http.MethodPost, "/", nil), broker.Fail(broker.CodePayload, "token is required"))
	if want := `{"error":"invalid_request","error_description":"token is required"}`; w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
}
