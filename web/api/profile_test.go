package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/wire"
)

func TestEveryCodeHasAnAnswerThatTellsNothingElse(t *testing.T) {
	const inner = "pq: password authentication failed for user root"
	adapter := wire.NewAdapter(api.Profile(), time.Now)
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			answer, ok := api.Profile().Answers[code]
			if !ok || answer.Status < 400 || answer.Code == "" || answer.Message == "" {
				t.Fatalf("got %+v, want a status, a code and a message", answer)
			}
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/auth/me", nil)
			adapter.Fail(w, r, &broker.Error{Code: code, Err: errors.New(inner)})
			want(t, w, answer.Status, answer.Code)
			if strings.Contains(w.Body.String(), "pq:") || strings.Contains(w.Body.String(), "root") {
				t.Errorf("body %s tells the inner error", w.Body)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q, want no-store", got)
			}
			token := code == broker.CodeTokenMissing || code == broker.CodeTokenExpired || code == broker.CodeTokenInvalid
			if got := w.Header().Get("WWW-Authenticate"); token != strings.HasPrefix(got, "Bearer") {
				t.Errorf("WWW-Authenticate is %q", got)
			}
			retry := code == broker.CodeLimited || code == broker.CodeUnavailable
			if got := w.Header().Get("Retry-After"); retry != (got != "") {
				t.Errorf("Retry-After is %q", got)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	adapter := wire.NewAdapter(api.Profile(), time.Now)
	cases := []struct {
		name, path string
		err        error
		want       string
	}{
		{
			"an unclassified error is an internal one", "/", errors.New("secret"),
			`{"errors":[{"message":"An unexpected error occurred.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
		},
		{
			"a reason becomes a sentence", "/", broker.Fail(broker.CodePayload, noToken),
			`{"errors":[{"message":"Invalid payload. The refresh token is required in either the payload or cookie.","extensions":{"code":"INVALID_PAYLOAD","reason":"` + noToken + `"}}]}`,
		},
		{
			"a limit says when to come again", "/", &broker.Error{Code: broker.CodeLimited, Retry: 1500 * time.Millisecond},
			`{"errors":[{"message":"Too many requests, retry after 2 seconds.","extensions":{"code":"REQUESTS_EXCEEDED"}}]}`,
		},
		{
			"an unknown path is repeated harmlessly", "/<script>\"\r\n<b>é", broker.Fail(broker.CodeNotFound, ""),
			`{"errors":[{"message":"Route /%3Cscript%3E%22%0D%0A%3Cb%3E%C3%A9 doesn't exist.","extensions":{"code":"ROUTE_NOT_FOUND"}}]}`,
		},
		{
			"a long path is cut", "/" + strings.Repeat("a", 5000), broker.Fail(broker.CodeNotFound, ""),
			`{"errors":[{"message":"Route /` + strings.Repeat("a", 199) + `… doesn't exist.","extensions":{"code":"ROUTE_NOT_FOUND"}}]}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL = &url.URL{Path: c.path}
			w := httptest.NewRecorder()
			adapter.Fail(w, r, c.err)
			if got := w.Body.String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

var errSecret = errors.New("dial postgres://signet:hunter2@db")

const noToken = "the refresh token is required in either the payload or cookie"
