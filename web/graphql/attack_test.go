package graphql_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/signet-sso/signet/web/api/apitest"
)

const refused = "GRAPHQL_VALIDATION_EXCEPTION"

// many is a mutation of n fields under as many aliases.
func many(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: %s", i, field)
	}
	return "mutation {" + b.String() + " }"
}

func TestG01_OneRequestIsOneAttempt(t *testing.T) {
	for name, query := range map[string]string{
		"two under aliases":                 many(2, guessed),
		"1,000 logins":                      many(1000, `auth_login(email:"a",password:"b"){expires}`),
		"1,000 resets":                      many(1000, `auth_password_reset(token:"x",password:"y")`),
		"90 letters":                        many(90, `auth_password_request(email: "a@example.com")`),
		"two kinds":                         "mutation { " + guessed + ` auth_password_reset(token: "x", password: "y") }`,
		"the same twice":                    "mutation { " + guessed + " " + guessed + " }",
		"one in a fragment":                 "mutation { a: " + guessed + " ...F } fragment F on Mutation { b: " + guessed + " }",
		"both in fragments":                 "mutation { ...E ...F } fragment E on Mutation { a: " + guessed + " } fragment F on Mutation { b: " + guessed + " }",
		"in a fragment of a fragment":       "mutation { a: " + guessed + " ...E } fragment E on Mutation { ...F } fragment F on Mutation { b: " + guessed + " }",
		"inline":                            "mutation { a: " + guessed + " ... on Mutation { b: " + guessed + " } }",
		"inline without a type":             "mutation { a: " + guessed + " ... { ... @include(if: true) { b: " + guessed + " } } }",
		"one of them left out":              "mutation { a: " + guessed + " b: " + strings.Replace(guessed, ") {", ") @skip(if: true) {", 1) + " }",
		"behind comments that end in CR":    "mutation { a #\"\r:\r" + guessed + " b #\"\r:#{\n" + guessed + " }",
		"behind a quote in a comment":       "mutation { #\"\n a: " + guessed + " #\"\n b: " + guessed + " }",
		"behind an escaped quote":           `mutation { a: auth_login(email: "x\"){", password: "y\\") { expires } b: ` + guessed + " }",
		"behind an escaped escape":          `mutation { a: auth_login(email: "\\\\", password: "\\\"") { expires } b: ` + guessed + " }",
		"behind an escape of Unicode":       `mutation { a: auth_login(email: "\u0022", password: "\u{22}") { expires } b: ` + guessed + " }",
		"behind text in three quotes":       `mutation { a: auth_login(email: """\""", password: "x") { expires } b: auth_login(email: """\""", password: "x") { expires } }`,
		"behind text of one in three":       `mutation { a: auth_login(email: """"x""", password: "x") { expires } b: auth_login(email: """"x""", password: "x") { expires } }`,
		"with commas and no space":          "mutation{a,:," + guessed + ",b:," + guessed + "}",
		"behind a byte order mark":          "mutation { a: " + guessed + " \ufeff b: " + guessed + " }",
		"two operations of which none runs": "mutation A { " + guessed + " } mutation B { " + guessed + " }",
	} {
		t.Run("G-01 "+name, func(t *testing.T) {
			d := newDesk(t)
			want(t, d.ask(t, query, nil), http.StatusBadRequest, refused)
			if n := d.attempts(); n != 0 {
				t.Errorf("%d attempts were made, want none", n)
			}
		})
	}
	t.Run("G-01 a list of requests is none", func(t *testing.T) {
		d := newDesk(t)
		one := `{"query":"mutation { auth_logout }"}`
		want(t, d.send(http.MethodPost, "/graphql/system", "["+one+","+one+"]"), http.StatusBadRequest, "INVALID_PAYLOAD")
	})
	t.Run("G-01 of several operations one runs", func(t *testing.T) {
		d := newDesk(t)
		want(t, d.askFor(t, "mutation A { "+guessed+" } mutation B { "+guessed+" } mutation C { "+guessed+" }", "B", nil), http.StatusOK, "INVALID_CREDENTIALS")
		if n := d.attempts(); n != 1 {
			t.Errorf("%d attempts were made, want 1", n)
		}
	})
	t.Run("G-01 a mutation's name as text, alias, variable or comment is no attempt", func(t *testing.T) {
		d := newDesk(t)
		w := d.ask(t, `mutation auth_login($auth_logout: String!) { auth_refresh: auth_login(email: $auth_logout, password: "auth_login { auth_logout }") { expires } } # auth_login`,
			map[string]any{"auth_logout": "auth_refresh"})
		want(t, w, http.StatusOK, "INVALID_CREDENTIALS")
	})
}

func TestG03_NothingHelpsToGuess(t *testing.T) {
	for _, query := range []string{
		`{ __schema { types { name } } }`, `{ __type(name: "auth_tokens") { fields { name } } }`, `{ a: __schema { types { name } } }`,
		`{ ...F } fragment F on Query { __schema { types { name } } }`, `mutation { ... on Mutation { __schema { types { name } } } }`,
		`{ server_pin }`, `mutation { auth_logim }`, `mutation { auth_login(emai: "x") { expires } }`, `mutation { auth_login(email: "x", password: "y") { access_toke } }`,
		`mutation { auth_logout(mode: sesion) }`, `mutation($m: auth_mod) { auth_logout(mode: $m) }`, `{ server_ping @skp(if: true) }`, `{ ...F } fragment F on Quer { server_ping }`,
	} {
		t.Run("G-03 "+query, func(t *testing.T) {
			w := newDesk(t).ask(t, query, nil)
			want(t, w, http.StatusBadRequest, refused)
			for _, hint := range []string{"Did you mean", "auth_", "server_ping", "access_token", "skip", "session", "types", "Query", "Mutation", "email"} {
				if strings.Contains(w.Body.String(), hint) {
					t.Errorf("the answer says %q: %s", hint, w.Body)
				}
			}
		})
	}
	t.Run("G-03 a variable that is wrong is not repeated", func(t *testing.T) {
		w := newDesk(t).ask(t, `mutation($m: auth_mode) { auth_logout(mode: $m) }`, map[string]any{"m": "<canary>"})
		want(t, w, http.StatusBadRequest, refused)
		if strings.Contains(w.Body.String(), "canary") || strings.Contains(w.Body.String(), "cookie") {
			t.Errorf("got %s", w.Body)
		}
	})
	t.Run("G-03 there is no page to try queries on", func(t *testing.T) {
		d := newDesk(t)
		for _, path := range []string{"/graphql", "/graphiql", "/graphql/", "/graphql/system/"} {
			if w := d.send(http.MethodGet, path, "", "Accept", "text/html"); w.Code != http.StatusNotFound {
				t.Errorf("%s: got %d", path, w.Code)
			}
		}
	})
}

func TestG05_OnlyAPostOfJSONFromAKnownOriginActs(t *testing.T) {
	b, err := json.Marshal(map[string]string{"query": "mutation { " + in + " }"})
	if err != nil {
		t.Fatal(err)
	}
	body := string(b)
	get := "/graphql/system?query=mutation%7Bauth_login(email:%22admin@example.com%22,password:%22" + apitest.Password + "%22)%7Bexpires%7D%7D"
	for name, c := range map[string]struct {
		method, path, body string
		fields             []string
		status             int
	}{
		"a GET":                          {http.MethodGet, get, "", nil, 405},
		"a HEAD":                         {http.MethodHead, get, "", nil, 405},
		"a GET with a body":              {http.MethodGet, "/graphql/system", body, nil, 405},
		"a PUT":                          {http.MethodPut, "/graphql/system", body, nil, 405},
		"a query in a POST's address":    {http.MethodPost, get, "", nil, 400},
		"the same beside a body":         {http.MethodPost, get, body, nil, 400},
		"a form":                         {http.MethodPost, "/graphql/system", "query=mutation", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"plain text":                     {http.MethodPost, "/graphql/system", body, []string{"Content-Type", "text/plain"}, 415},
		"multipart":                      {http.MethodPost, "/graphql/system", body, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		"the type of GraphQL documents":  {http.MethodPost, "/graphql/system", "mutation { " + in + " }", []string{"Content-Type", "application/graphql"}, 415},
		"no type":                        {http.MethodPost, "/graphql/system", body, []string{"Content-Type", ""}, 415},
		"another site":                   {http.MethodPost, "/graphql/system", body, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"}, 403},
		"another site in an old browser": {http.MethodPost, "/graphql/system", body, []string{"Origin", "https://evil.test"}, 403},
		"another host of ours":           {http.MethodPost, "/graphql/system", body, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://x.example.org"}, 403},
	} {
		t.Run("G-05 "+name, func(t *testing.T) {
			d := newDesk(t)
			w := d.send(c.method, c.path, c.body, c.fields...)
			if w.Code != c.status || len(w.Header().Values("Set-Cookie")) > 0 {
				t.Errorf("got %d %v %s, want %d", w.Code, w.Header(), w.Body, c.status)
			}
			if n := d.attempts(); n != 0 {
				t.Errorf("%d attempts were made, want none", n)
			}
			if strings.Contains(d.log.String(), apitest.Password) {
				t.Error("the log has the password")
			}
		})
	}
	t.Run("a front end of a trusted origin may", func(t *testing.T) {
		w := newDesk(t).send(http.MethodPost, "/graphql/system", body, "Sec-Fetch-Site", "cross-site", "Origin", "https://app.example.org")
		want(t, w, http.StatusOK, "")
	})
}
