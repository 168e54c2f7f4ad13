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
	t.Run("G-07 when the library panics over a document, the document is refused", func(t *testing.T) {
		d := newDesk(t)
		for _, query := range []string{`mutation { auth_logout(refresh_token: -"x") }`, `query ($a: Int = 99999999999999999999) { server_ping @skip(if: false) }`} {
			want(t, unjudged(t, d, query), http.StatusBadRequest, refused)
		}
		if len(d.audit.names) > 0 {
			t.Errorf("recorded %v", d.audit.names)
		}
	})
}
