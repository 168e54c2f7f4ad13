package directus_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/web/compat/compattest"
)

// house is Signet on SQLite with the interface on.
type house struct{ *compattest.House }

func newHouse(t *testing.T, change ...func(*compattest.Setup)) house {
	t.Helper()
	return house{compattest.New(t, compattest.Engines()["SQLite"], nil, change...)}
}

const password = "d1r3ctu5"

// people adds accounts, each with that password.
func (h house) people(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		h.Acts()["add"](t, []string{name, password})
	}
}

// send asks with a JSON body, if there is any, and fields of the header, each
// name before its value.
func (h house) send(method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// tokens are what a sign-in brings.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// bearer are the fields of a request with the access token.
func (k tokens) bearer() []string { return []string{"Authorization", "Bearer " + k.Access} }

func (h house) signIn(t *testing.T, name string) tokens {
	t.Helper()
	w := h.send("POST", "/auth/login", `{"email":"`+name+`@example.org","password":"`+password+`"}`)
	var in struct {
		Data tokens `json:"data"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &in); err != nil || w.Code != http.StatusOK {
		t.Fatalf("sign in: got %d %s", w.Code, w.Body)
	}
	return in.Data
}

// cookie signs in with mode session and returns the Cookie field.
func (h house) cookie(t *testing.T, name string) string {
	t.Helper()
	w := h.send("POST", "/auth/login", `{"email":"`+name+`@example.org","password":"`+password+`","mode":"session"}`)
	if c := w.Result().Cookies(); len(c) == 1 {
		return c[0].Name + "=" + c[0].Value
	}
	t.Fatalf("sign in: got %d %s", w.Code, w.Body)
	return ""
}

// ticket is the token of the letter to an address.
func (h house) ticket(t *testing.T, address string) string {
	t.Helper()
	var l struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(h.Acts()["letter"](t, []string{address})), &l); err != nil {
		t.Fatal(err)
	}
	return l.Token
}

// is checks status and code of an answer; the code of a good one is "".
func is(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var body struct {
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	got := ""
	if w.Code >= 400 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Errors) != 1 {
			t.Errorf("got %d %s, which is no error of Directus'", w.Code, w.Body)
			return
		}
		got = body.Errors[0].Extensions.Code
		if kind := w.Header().Get("Content-Type"); kind != "application/json; charset=utf-8" {
			t.Errorf("got an error of type %q", kind)
		}
	}
	if w.Code != status || got != code {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, code)
	}
}
