package openapitest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/openapi/openapitest"
)

// complaints is a test that only remembers what failed.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

// say returns a handler that reads the body and answers. Fields are name and value
// in turn; without any the answer is JSON.
func say(status int, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Request-Id", "r1")
		if len(fields) == 0 && body != "" {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
		}
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const (
	ok     = `{"status":"ok"}`
	tokens = `{"data":{"access_token":"a","refresh_token":"b","expires":900000}}`
)

func failed(code string) string {
	return `{"errors":[{"message":"m","extensions":{"code":"` + code + `"}}]}`
}

func TestWhatIsNotInTheDocumentIsFound(t *testing.T) {
	stored := []string{"Content-Type", "application/json", "Cache-Control", "no-store"}
	for name, c := range map[string]struct {
		asked, sent string
		answer      http.HandlerFunc
		want        string // in the complaint; none for ""
	}{
		"a good answer is none":                    {"GET /health", "", say(200, ok), ""},
		"so is a request for the header only":      {"HEAD /health", "", say(200, ""), ""},
		"an unknown path is not looked at":         {"GET /nowhere", "", say(418, ok), ""},
		"another status":                           {"GET /health", "", say(418, ""), "no answer 418"},
		"another value":                            {"GET /health", "", say(200, `{"status":"fine"}`), "value must be 'ok'"},
		"another member":                           {"GET /health", "", say(200, `{"status":"ok","up":1}`), "additional properties 'up' not allowed"},
		"a missing member":                         {"GET /auth", "", say(200, `{"data":[]}`), "missing property 'disableDefault'"},
		"another type of body":                     {"GET /health", "", say(200, ok, "Content-Type", "text/plain"), `the type is "text/plain"`},
		"no body where there must be one":          {"GET /health", "", say(200, ""), `the type is ""`},
		"a body where there must be none":          {"POST /auth/confirm", `{"token":"t"}`, say(204, ok), "there is one"},
		"something else than a page":               {"GET /login", "", say(200, "hello", "Content-Type", "text/html; charset=utf-8"), "does not match pattern"},
		"no request id":                            {"GET /health", "", say(200, ok, "Content-Type", "application/json", "X-Request-Id", ""), "X-Request-Id"},
		"no time to come again":                    {"POST /auth/login", `{}`, say(429, failed("REQUESTS_EXCEEDED")), "Retry-After"},
		"a redirect to nowhere":                    {"GET /", "", say(303, ""), "Location"},
		"tokens that may be stored":                {"POST /auth/login", `{"email":"a","password":"b"}`, say(200, tokens), "Cache-Control"},
		"tokens that may not are none":             {"POST /auth/login", `{"email":"a","password":"b"}`, say(200, tokens, stored...), ""},
		"a failure of another shape":               {"GET /auth/me", "", say(401, `{"error":"INVALID_TOKEN"}`), `property "error" is unsupported`},
		"a code that does not exist":               {"GET /auth/me", "", say(401, failed("WRONG")), "not one of the allowed values"},
		"a code that others have":                  {"GET /auth/me", "", say(401, failed("USER_SUSPENDED")), "no example of USER_SUSPENDED"},
		"a code that comes here is none":           {"GET /auth/me", "", say(401, failed("TOKEN_EXPIRED")), ""},
		"a fault is none":                          {"GET /auth", "", say(500, failed("INTERNAL_SERVER_ERROR")), ""},
		"a fault of another shape":                 {"GET /auth", "", say(500, `{"panic":"at the disco"}`), `property "panic" is unsupported`},
		"a request that was taken all the same":    {"POST /auth/confirm", `{"token":7}`, say(204, ""), "got number, want string"},
		"a request that lacks what it needs":       {"POST /auth/confirm", `{}`, say(204, ""), "missing property 'token'"},
		"what is null counts as absent":            {"POST /auth/login", `{"email":"a","identifier":null,"password":"b"}`, say(200, tokens, stored...), ""},
		"a parameter that was taken":               {"GET /admin/api/users?limit=many", "", say(200, `{"data":[],"next":""}`), `parameter "limit"`},
		"an empty parameter counts as absent":      {"GET /admin/api/users?limit=&admin=", "", say(200, `{"data":[],"next":""}`), ""},
		"a request that was refused may be bad":    {"POST /auth/confirm", `{"token":7}`, say(400, failed("INVALID_PAYLOAD")), ""},
		"a page that a program would have to read": {"GET /login", "", say(200, ok), "the type is"},
	} {
		t.Run(name, func(t *testing.T) {
			got := &complaints{TB: t}
			method, path, _ := strings.Cut(c.asked, " ")
			r := httptest.NewRequest(method, path, strings.NewReader(c.sent))
			if c.sent != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			openapitest.Checked(got, c.answer).ServeHTTP(httptest.NewRecorder(), r)
			said := strings.Join(got.said, "\n")
			if (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("got %q, want %q in it", said, c.want)
			}
		})
	}
}

func TestTheAnswerIsHandedOn(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/health", nil)
	openapitest.Checked(t, say(200, ok)).ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != ok || w.Header().Get("X-Request-Id") != "r1" {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}
