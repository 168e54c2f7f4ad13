package introspection_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/broker"
)

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
