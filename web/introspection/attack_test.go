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

	"github.com/signet-sso/signet/broker"
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

func TestI03_WhatHappensToAPersonIsKnownToEveryReplica(t *testing.T) {
	for engine, opener := range engines {
		t.Run(engine, func(t *testing.T) {
			open := opener(t)
			r1, r2 := newReplica(t, open), newReplica(t, open)
			alice := r1.addAlice(t)
			for _, c := range []struct {
				rule string
				does func(l broker.Login) error
				want any // of active
			}{
				{"I-03 nothing", func(broker.Login) error { return nil }, true},
				{"I-03 a new group", func(broker.Login) error {
					_, err := r1.admin.SetGroups(t.Context(), alice.ID, []string{"staff"})
					return err
				}, true},
				{"I-03 administration", func(broker.Login) error { _, err := r1.admin.SetAdmin(t.Context(), alice.ID, true); return err }, true},
				{"I-03 logout", func(l broker.Login) error { return r1.broker.Leave(t.Context(), broker.Farewell{Refresh: l.Refresh}) }, false},
				{"I-03 a new password", func(broker.Login) error { return r1.admin.SetPassword(t.Context(), alice.ID, password) }, false},
				{"I-03 a revoked token", func(l broker.Login) error {
					return r1.broker.Revoke(t.Context(), broker.Inquiry{ID: "api", Secrets: []string{secret}, Token: l.Refresh})
				}, false},
				{"I-03 suspension", func(broker.Login) error {
					_, err := r1.admin.EvenTheLast().SetStatus(t.Context(), alice.ID, broker.Suspended)
					return err
				}, false},
			} {
				t.Run(c.rule, func(t *testing.T) {
					l := r1.signIn(t)
					for _, r := range []*replica{r2, r1} {
						if v := r.introspect(t, l.Access); v["active"] != true {
							t.Fatalf("before: %v", v)
						}
					}
					if err := c.does(l); err != nil {
						t.Fatal(err)
					}
					for i, r := range []*replica{r2, r1} {
						v := r.introspect(t, l.Access)
						if v["active"] != c.want {
							t.Fatalf("R%d: got %v", 2-i, v)
						}
						if c.want == false && len(v) != 1 {
							t.Errorf("R%d says more: %v", 2-i, v)
						}
						switch c.rule {
						case "I-03 a new group":
							if groups, _ := json.Marshal(v["groups"]); string(groups) != `["staff"]` || v["scope"] != nil {
								t.Errorf("R%d: got groups %s, scope %v", 2-i, groups, v["scope"])
							}
						case "I-03 administration":
							if v["is_admin"] != true || v["scope"] != "document.upload node.view" {
								t.Errorf("R%d: got %v", 2-i, v)
							}
						}
					}
				})
			}
		})
	}
}

func TestStatementsPerIntrospection(t *testing.T) {
	for engine, opener := range engines {
		t.Run(engine, func(t *testing.T) {
			r := newReplica(t, opener(t))
			r.addAlice(t)
			l := r.signIn(t)
			for token, want := range map[string]int{l.Access: 1, l.Refresh: 0, "garbage": 0, l.Access + "A": 0} {
				r.counts.take()
				r.introspect(t, token)
				if got := r.counts.take(); got != want {
					t.Errorf("%.20s… took %d statements, want %d", token, got, want)
				}
			}
		})
	}
}

func TestI08_RevocationOverHTTP(t *testing.T) {
	r := one(t)
	l := r.signIn(t)
	for _, token := range []string{"unknown", l.Refresh + "x", strings.Repeat("x", 10<<10)} {
		w := r.send("/oauth2/revoke", about("api", token))
		is(t, w, 200, "")
		if w.Body.Len() > 0 {
			t.Errorf("I-08 got the body %s", w.Body)
		}
	}
	if v := r.introspect(t, l.Access); v["active"] != true {
		t.Fatalf("got %v", v)
	}
	is(t, r.send("/oauth2/revoke", about("api", l.Refresh)), 200, "")
	if v := r.introspect(t, l.Access); v["active"] != false || len(v) != 1 {
		t.Errorf("I-08 after its refresh token: got %v", v)
	}
	if w := r.send("/auth/refresh", `{"refresh_token":"`+l.Refresh+`"}`, "Content-Type", "application/json"); w.Code != http.StatusUnauthorized {
		t.Errorf("I-08 refresh: got %d", w.Code)
	}
	is(t, r.send("/oauth2/revoke", about("api", l.Refresh)), 200, "")
}

func TestI09_ADatabaseThatIsGoneIsNoSuccess(t *testing.T) {
	for engine, opener := range engines {
		t.Run(engine, func(t *testing.T) {
			open := opener(t)
			r, other := newReplica(t, open), newReplica(t, open)
			r.addAlice(t)
			l := r.signIn(t)
			if err := r.db.Close(); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct{ path, token string }{
				{"/oauth2/revoke", l.Refresh}, {"/oauth2/revoke", l.Access}, {"/oauth2/introspect", l.Access},
			} {
				w := r.send(c.path, about("api", c.token))
				is(t, w, 503, "temporarily_unavailable")
				if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "sql") {
					t.Errorf("I-09 %s: got %v %s", c.path, w.Header(), w.Body)
				}
			}
			if v := other.introspect(t, l.Access); v["active"] != true {
				t.Errorf("the session is alive: got %v", v)
			}
		})
	}
}
