package introspection_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/web"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// is compares status and error of an answer.
func is(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var v struct {
		Error string `json:"error"`
	}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("body %q: %v", w.Body, err)
		}
	}
	if w.Code != status || v.Error != code {
		t.Errorf("got %d %q, want %d %q; body %s", w.Code, v.Error, status, code, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

func TestI01_HowAServiceProvesItself(t *testing.T) {
	r := one(t)
	l := r.signIn(t)
	ask := "token=" + l.Access
	escaped := url.QueryEscape(secret)
	for _, c := range []struct {
		rule, query, form, authorization string
		status                           int
		code                             string
	}{
		{"by Basic, encoded as a form is", "", ask, basic("api", escaped), 200, ""},
		{"by Basic, as many clients write it", "", ask, basic("api", secret), 200, ""},
		{"by Basic in small letters", "", ask, strings.Replace(basic("api", escaped), "Basic", "basic", 1), 200, ""},
		{"by the form", "", ask + "&client_id=api&client_secret=" + escaped, "", 200, ""},
		{"by both with the same", "", ask + "&client_id=api&client_secret=" + escaped, basic("api", escaped), 200, ""},
		{"by Basic beside its id in the form", "", ask + "&client_id=api", basic("api", escaped), 200, ""},
		{"by the form, with the same in the query, as Papermerge does", "?client_id=api&client_secret=" + escaped + "&token=x", ask + "&client_id=api&client_secret=" + escaped, "", 200, ""},

		{"not at all", "", ask, "", 401, "invalid_client"},
		{"not by the query", "?client_id=api&client_secret=" + escaped, ask, "", 401, "invalid_client"},
		{"not by an access token", "", ask, "Bearer " + l.Access, 401, "invalid_client"},
		{"not by an access token beside the id", "", ask + "&client_id=api", "Bearer " + l.Access, 401, "invalid_client"},
		{"not by an access token as secret", "", ask, basic("api", l.Access), 401, "invalid_client"},
		{"not by a password", "", ask, basic("alice", "plum+jacket+river"), 401, "invalid_client"},
		{"not by a wrong secret", "", ask, basic("api", escaped+"x"), 401, "invalid_client"},
		{"not by a wrong secret of a hashed one", "", ask, basic("archive", escaped+"x"), 401, "invalid_client"},
		{"not by a wrong secret in the form", "", ask + "&client_id=api&client_secret=x", "", 401, "invalid_client"},
		{"not as an unknown client", "", ask, basic("nobody", escaped), 401, "invalid_client"},
		{"not by an id alone", "", ask + "&client_id=api", "", 401, "invalid_client"},
		{"not by an empty secret", "", ask, basic("api", ""), 401, "invalid_client"},
		{"not by another scheme", "", ask, strings.Replace(basic("api", escaped), "Basic", "Digest", 1), 401, "invalid_client"},
		{"not by Basic that is none", "", ask, "Basic ???", 401, "invalid_client"},
		{"not by Basic without a colon", "", ask, "Basic " + base64.StdEncoding.EncodeToString([]byte("api")), 401, "invalid_client"},

		{"not by two that differ", "", ask + "&client_id=archive&client_secret=" + escaped, basic("api", escaped), 400, "invalid_request"},
		{"not by two secrets that differ", "", ask + "&client_id=api&client_secret=x", basic("api", escaped), 400, "invalid_request"},
		{"not by an id that is there twice", "", ask + "&client_id=api&client_id=api&client_secret=" + escaped, "", 400, "invalid_request"},
		{"not by a secret that is there twice", "", ask + "&client_id=api&client_secret=x&client_secret=" + escaped, "", 400, "invalid_request"},
	} {
		t.Run("I-01 a service proves itself "+c.rule, func(t *testing.T) {
			for _, path := range []string{"/oauth2/introspect", "/oauth2/revoke"} {
				form := c.form
				if path == "/oauth2/revoke" && c.status == 200 {
					form = strings.Replace(form, ask, "token=unknown", 1)
				}
				var fields []string
				if c.authorization != "" {
					fields = []string{"Authorization", c.authorization}
				}
				w := r.send(path+c.query, form, fields...)
				is(t, w, c.status, c.code)
				if challenge := w.Header().Values("WWW-Authenticate"); (c.status == 401) != slices.Equal(challenge, []string{`Basic realm="signet"`}) {
					t.Errorf("WWW-Authenticate is %q", challenge)
				}
				if path == "/oauth2/introspect" && c.status == 200 && !strings.HasPrefix(w.Body.String(), `{"active":true,`) {
					t.Errorf("got %s", w.Body)
				}
			}
		})
	}
	t.Run("I-01 two Authorization fields are none", func(t *testing.T) {
		q := httptest.NewRequest(http.MethodPost, "/oauth2/introspect", strings.NewReader(ask))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header["Authorization"] = []string{basic("api", escaped), basic("api", escaped)}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, q)
		is(t, w, 400, "invalid_request")
	})
	if v := r.introspect(t, l.Access); v["active"] != true {
		t.Error("one of those who are not proven has revoked the token")
	}
}

func TestI01_SecretsCannotBeGuessedFromOneAddress(t *testing.T) {
	r := one(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 20, Window: time.Hour} })
	for i := range 40 {
		w := r.send([]string{"/oauth2/introspect", "/oauth2/revoke"}[i%2], "token=x", "Authorization", basic("api", "wrong"))
		if i < 20 {
			is(t, w, 401, "invalid_client")
			continue
		}
		is(t, w, 429, "temporarily_unavailable")
		if w.Header().Get("Retry-After") != "3600" {
			t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
		}
	}
	is(t, r.send("/oauth2/introspect", about("api", "x")), 429, "temporarily_unavailable")
	q := httptest.NewRequest(http.MethodPost, "/oauth2/introspect", strings.NewReader(about("api", "x")))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.RemoteAddr = "203.0.113.10:1"
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	is(t, w, 200, "")
	t.Run("nobody else who has that address is kept from anything", func(t *testing.T) {
		w := r.send("/auth/refresh", `{"refresh_token":"`+r.signIn(t).Refresh+`"}`, "Content-Type", "application/json")
		if w.Code != http.StatusOK {
			t.Errorf("refresh: got %d %s", w.Code, w.Body)
		}
	})
	t.Run("who has the right one asks as often as they like", func(t *testing.T) {
		r := one(t, func(c *web.Config) { c.Logins = web.ClientLimit{Attempts: 20, Window: time.Hour} })
		for range 100 {
			is(t, r.send("/oauth2/introspect", about("archive", "x")), 200, "")
		}
	})
}

func TestI02_NothingIsSaidOfATokenThatIsNotInForce(t *testing.T) {
	r := one(t)
	l := r.signIn(t)
	gone := r.signIn(t)
	is(t, r.send("/oauth2/revoke", about("api", gone.Access)), 200, "")
	part := strings.Split(l.Access, ".")
	for rule, c := range map[string]struct{ id, token string }{
		"unknown":             {"api", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"},
		"garbage":             {"api", "\x00\xff\r\n"},
		"revoked":             {"api", gone.Access},
		"a refresh token":     {"api", l.Refresh},
		"of another audience": {"elsewhere", l.Access},
		"unsigned":            {"api", part[0] + "." + part[1] + "."},
		"a JWE":               {"api", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVydGV4dA.dGFn"},
		"of 10 KiB":           {"api", strings.Repeat("a", 10<<10)},
	} {
		t.Run("I-02 a token that is "+rule, func(t *testing.T) {
			if w := r.send("/oauth2/introspect", about(c.id, c.token)); !isInactive(w) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("I-02 a token of 1 MB", func(t *testing.T) {
		for _, path := range []string{"/oauth2/introspect", "/oauth2/revoke"} {
			is(t, r.send(path, about("api", strings.Repeat("a", 1<<20))), 413, "invalid_request")
		}
	})
	t.Run("I-02 one that is in force, to a service of one of its audiences", func(t *testing.T) {
		if w := r.send("/oauth2/introspect", about("archive", l.Access)); !strings.Contains(w.Body.String(), `"aud":["apps","archive"]`) {
			t.Errorf("got %s", w.Body)
		}
	})
}

func TestI06_HowAServiceAsks(t *testing.T) {
	r := one(t)
	l := r.signIn(t)
	who := "&client_id=api&client_secret=" + url.QueryEscape(secret)
	for _, path := range []string{"/oauth2/introspect", "/oauth2/revoke"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
			t.Run("I-06 "+method+" is no way to ask at "+path, func(t *testing.T) {
				q := httptest.NewRequest(method, path+"?token="+l.Access+who, nil)
				q.Header.Set("Accept", "text/html")
				w := httptest.NewRecorder()
				r.ServeHTTP(w, q)
				is(t, w, 405, "invalid_request")
				if w.Header().Get("Allow") != "POST" {
					t.Errorf("Allow is %q", w.Header().Get("Allow"))
				}
			})
		}
		for rule, c := range map[string]struct {
			query, body string
			fields      []string
		}{
			"no token":                 {"", who[1:], nil},
			"an empty one":             {"", "token=" + who, nil},
			"one in the query":         {"?token=" + l.Access, who[1:], nil},
			"two":                      {"", "token=" + l.Access + "&token=" + l.Access + who, nil},
			"two hints":                {"", "token=x&token_type_hint=a&token_type_hint=b" + who, nil},
			"a malformed form":         {"", "token=%zz" + who, nil},
			"JSON":                     {"", `{"token":"` + l.Access + `"}`, []string{"Content-Type", "application/json", "Authorization", basic("api", secret)}},
			"no type":                  {"", "token=" + l.Access + who, []string{"Content-Type", ""}},
			"a compressed form":        {"", "token=" + l.Access + who, []string{"Content-Encoding", "gzip"}},
			"a form in another coding": {"", "token=" + l.Access + who, []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-16"}},
		} {
			t.Run("I-06 "+rule+" is no request at "+path, func(t *testing.T) {
				is(t, r.send(path+c.query, c.body, c.fields...), 400, "invalid_request")
			})
		}
	}
	for _, more := range []string{
		"&token_type_hint=refresh_token", "&token_type_hint=nonsense", "&token_type_hint=", "&resource=a&resource=b", "&client_assertion=x",
	} {
		t.Run("I-06 "+more+" is not looked at", func(t *testing.T) {
			if w := r.send("/oauth2/introspect", "token="+l.Access+who+more); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"active":true,`) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			end := r.signIn(t)
			is(t, r.send("/oauth2/revoke", "token="+end.Refresh+who+strings.Replace(more, "refresh_token", "access_token", 1)), 200, "")
			if v := r.introspect(t, end.Access); v["active"] != false {
				t.Errorf("it was not revoked: %v", v)
			}
		})
	}
}
