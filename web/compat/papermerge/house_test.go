package papermerge_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/web/compat/compattest"
)

// sqlite is an engine for what is the same on every one.
func sqlite() compattest.Engine { return compattest.Engines()["SQLite"] }

// send asks with a body, if there is any, which is JSON unless fields of the
// header, each name before its value, say otherwise.
func send(h http.Handler, method, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "Host" {
			r.Host = fields[i+1]
			continue
		}
		r.Header[fields[i]] = append(slices.Clone(r.Header[fields[i]]), fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// is holds an answer against a status and a body.
func is(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, body)
	}
}

// signIn is a token of somebody whose password is "secret".
func signIn(t *testing.T, h http.Handler, name string) string {
	t.Helper()
	w := send(h, "POST", "/token", `{"username":"`+name+`","password":"secret"}`)
	return access(t, w)
}

func access(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var v struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Access == "" {
		t.Fatalf("got %d %s, want a token", w.Code, w.Body)
	}
	return v.Access
}
