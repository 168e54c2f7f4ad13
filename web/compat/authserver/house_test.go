package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/web/compat/compattest"
)

const (
	jsonBody = "application/json"
	formBody = "application/x-www-form-urlencoded"
	secret   = "a-right-password"

	refused = `{"detail":"Incorrect username or password"}`
)

// house is Signet on SQLite with the interface on.
type house struct{ *compattest.House }

func newHouse(t *testing.T, change ...func(*compattest.Setup)) house {
	t.Helper()
	return house{compattest.New(t, compattest.Engines()["SQLite"], nil, as(change...))}
}

// people adds accounts NAME@example.org with the right password; "admin" is an
// administrator.
func (h house) people(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		words := []string{name, secret}
		if name == "admin" {
			words = append(words, "admin")
		}
		h.Acts()["add"](t, words)
	}
}

// send asks with a JSON body, if there is any, and fields of the header, each
// name before its value.
func (h house) send(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	return ask(h, method, path, body, fields...)
}

func ask(h http.Handler, method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", jsonBody)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
		if fields[i] == "Content-Type" {
			r.Header.Set(fields[i], fields[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// form sends a form to /admin_token/.
func (h house) form(body string) *httptest.ResponseRecorder {
	return h.send("POST", "/admin_token/", body, "Content-Type", formBody)
}

// both are what a sign-in answers with.
type both struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func read(t *testing.T, w *httptest.ResponseRecorder) (b both) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || w.Code != 200 || b.Access == "" {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return b
}

// tokens signs somebody in.
func (h house) tokens(t *testing.T, name string) both {
	t.Helper()
	return read(t, h.send("POST", "/token/", `{"email":"`+name+`@example.org","password":"`+secret+`"}`))
}

// bearer signs an administrator in as such and returns the field for it.
func (h house) bearer(t *testing.T) []string {
	t.Helper()
	form := url.Values{"username": {"admin@example.org"}, "password": {secret}}
	return []string{"Authorization", "Bearer " + read(t, h.form(form.Encode())).Access}
}

// is compares status and body of an answer; the body * is any.
func is(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || body != "*" && w.Body.String() != body {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, body)
	}
}
