package ethics_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/compattest"
)

// house is Signet on SQLite with the interface on.
type house struct{ *compattest.House }

func newHouse(t *testing.T, strict bool, change ...func(*compattest.Setup)) house {
	t.Helper()
	change = append([]func(*compattest.Setup){as(strict)}, change...)
	return house{compattest.New(t, compattest.Engines()["SQLite"], nil, change...)}
}

// people adds accounts with the password "testPass2".
func (h house) people(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		h.Acts()["add"](t, []string{name, "testPass2"})
	}
}

// send asks with a JSON body, if there is any, and fields of the header, each
// name before its value.
func (h house) send(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	return ask(h, method, path, body, fields...)
}

func ask(h http.Handler, method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, base+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// post is send for what has a body.
func (h house) post(path, body string, fields ...string) *httptest.ResponseRecorder {
	return h.send(http.MethodPost, path, body, fields...)
}

// register asks for an account whose address is NAME@gmail.com.
func (h house) register(t *testing.T, name string) {
	t.Helper()
	is(t, h.post("/register/", `{"username":"`+name+`","email":"`+name+`@gmail.com","password":"testPass2"}`), 201, "*")
}

// token signs somebody in.
func (h house) token(t *testing.T, name string) string {
	t.Helper()
	w := h.post("/login/", `{"username":"`+name+`","password":"testPass2"}`)
	var v struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Token == "" {
		t.Fatalf("sign in %s: got %d %s", name, w.Code, w.Body)
	}
	return v.Token
}

// letter takes the letters that wait and returns the one to an address.
func (h house) letter(t *testing.T, kind broker.LetterKind, to string) broker.Letter {
	t.Helper()
	all := h.Letters(t)
	for _, l := range all {
		if l.Kind == kind && l.To == to {
			return l
		}
	}
	t.Fatalf("no letter %q to %s among %+v", kind, to, all)
	return broker.Letter{}
}

// ticket is the token of a letter.
func (h house) ticket(t *testing.T, kind broker.LetterKind, to string) string {
	t.Helper()
	_, token, ok := strings.Cut(h.letter(t, kind, to).Link, "token=")
	if !ok {
		t.Fatalf("the letter %q has no token", kind)
	}
	return token
}

// is compares status and body of an answer; the body * is any.
func is(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || body != "*" && w.Body.String() != body {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, body)
	}
}
