package graphql_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What stands behind our own look at a document, should it ever miss something.
func TestWhatStandsBehindOurLook(t *testing.T) {
	unjudged := func(t *testing.T, d *desk, query string) *httptest.ResponseRecorder {
		t.Helper()
		w := httptest.NewRecorder()
		d.observed(d.graphql.ServeUnjudged(query)).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/graphql/system", nil))
		return w
	}
	t.Run("G-01 of two mutations the first is made", func(t *testing.T) {
		d := newDesk(t)
		w := unjudged(t, d, `mutation { a: auth_login(email: """\""", password: "x") { expires } b: auth_login(email: """\""", password: "x") { expires } }`)
		if n := d.attempts(); n != 1 || !strings.Contains(w.Body.String(), "one mutation at most") {
			t.Errorf("%d attempts were made, want 1; body %s", n, w.Body)
		}
	})
	t.Run("G-03 the library tells nothing of the schema", func(t *testing.T) {
		for _, query := range []string{`{ __schema { types { name } } }`, `{ __type(name: "Query") { name } }`} {
			if w := unjudged(t, newDesk(t), query); w.Body.String() != `{"data":{}}` {
				t.Errorf("%s: got %s", query, w.Body)
			}
		}
	})
	t.Run("G-04 the library has limits of its own", func(t *testing.T) {
		for _, name := range []string{"depth 9", "depth 10,000", "101 fields", "10,000 duplicate fields", "cyclic fragments", "fragments that double"} {
			want(t, unjudged(t, newDesk(t), dear[name].query), http.StatusBadRequest, refused)
		}
	})
	t.Run("G-04 the library compares few fields", func(t *testing.T) {
		w := unjudged(t, newDesk(t), "{"+strings.Repeat(" server_ping", 1000)+"}")
		if !strings.Contains(w.Body.String(), "the query is not valid (line 1, column ") { // a place is told of what is found before fields are counted
			t.Errorf("got %s", w.Body)
		}
	})
	t.Run("G-06 no broken text reaches the broker", func(t *testing.T) {
		d := newDesk(t)
		want(t, unjudged(t, d, `mutation { auth_password_request(email: "\xff") }`), http.StatusOK, "INVALID_PAYLOAD")
		if n := d.attempts(); n != 0 {
			t.Errorf("%d attempts were made", n)
		}
	})
	t.Run("G-07 when the library panics over a document, the document is refused", func(t *testing.T) {
		d := newDesk(t)
		for _, query := range []string{`"\400" { server_ping }`, `mutation { auth_logout(refresh_token: "\400") }`, `mutation { auth_logout(refresh_token: "\U00110000") }`} {
			want(t, unjudged(t, d, query), http.StatusBadRequest, refused)
		}
		if len(d.audit.names) > 0 {
			t.Errorf("recorded %v", d.audit.names)
		}
	})
}
