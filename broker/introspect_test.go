package broker_test

import (
	gocmp "cmp"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
)

// revoke has the service api revoke a token.
func (h *house) revoke(t testing.TB, token string) broker.Code {
	t.Helper()
	return codeOf(h.Revoke(t.Context(), broker.Inquiry{ID: "api", Secrets: []string{literal}, Token: token}))
}

func TestAnActiveTokenIsToldWithThePersonAsTheyAre(t *testing.T) {
	h, _ := withServices(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u-bob", Name: "Bob B.", Groups: []string{"family"}}})
	l := h.signIn(t, "corp", "bob", "pw")
	i, code := h.inquire(t, "api", l.Access, literal)
	if code != "" || !i.Active {
		t.Fatalf("got %+v %q", i, code)
	}
	signed, err := h.Ring.Verify(l.Access)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(signed, i.Claims); d != "" {
		t.Errorf("nothing has changed since (-token +told):\n%s", d)
	}
	if i.Username != "bob" {
		t.Errorf("got the user name %q", i.Username)
	}
	t.Run("and what has changed since is told, while the token stays what it is", func(t *testing.T) {
		if _, err := h.admin.SetAdmin(t.Context(), signed.AccountID, true); err != nil {
			t.Fatal(err)
		}
		h.settings.Permissions = map[string][]string{"family": {"node.delete"}}
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		want := signed
		want.IsAdmin, want.AdminAccess, want.Role, want.Scopes = true, true, "admin", []string{"node.delete"}
		i, code := h.inquire(t, "api", l.Access, literal)
		if d := cmp.Diff(want, i.Claims); d != "" || code != "" {
			t.Errorf("got %q (-want +told):\n%s", code, d)
		}
	})
}

func TestStatementsPerInquiry(t *testing.T) {
	h, _ := withServices(t)
	h.add(t, "alice")
	l := h.signIn(t, "local", "alice", "right password")
	for _, c := range []struct {
		rule string
		ask  func()
		want int
	}{
		{"a token takes 1", func() { h.inquire(t, "api", l.Access, literal) }, 1},
		{"one that nobody made takes 0", func() { h.inquire(t, "api", l.Access[:len(l.Access)-4]+"AAAA", literal) }, 0},
		{"a refresh token takes 0", func() { h.inquire(t, "api", l.Refresh, literal) }, 0},
		{"garbage takes 0", func() { h.inquire(t, "api", "garbage", literal) }, 0},
		{"a wrong secret takes 0", func() { h.inquire(t, "api", l.Access, "wrong") }, 0},
		{"revoking garbage takes 0", func() { h.revoke(t, "garbage") }, 0},
		{"revoking takes 1", func() { h.revoke(t, l.Access) }, 1},
		{"one that is revoked takes 1", func() { h.inquire(t, "api", l.Access, literal) }, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h.counts.take()
			c.ask()
			if got := h.counts.take(); len(got) != c.want {
				t.Errorf("got %d statements %v, want %d", len(got), got, c.want)
			}
		})
	}
}

func TestI02_WhatIsNotInForceIsInactiveAndNothingElse(t *testing.T) {
	h, _ := withServices(t)
	h.settings.Services = append(h.settings.Services, broker.Service{ID: "elsewhere", Secret: literal, Audience: "elsewhere"})
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	h.add(t, "alice")
	live := h.signIn(t, "local", "alice", "right password")
	ended := h.signIn(t, "local", "alice", "right password")
	if err := h.Leave(t.Context(), broker.Farewell{Refresh: ended.Refresh}); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(live.Access, ".")
	for rule, c := range map[string]struct{ id, token string }{
		"unknown":                      {"api", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"},
		"garbage":                      {"api", "\x00\xff garbage"},
		"empty":                        {"api", ""},
		"of a session that has ended":  {"api", ended.Access},
		"a refresh token":              {"api", live.Refresh},
		"the refresh token of another": {"api", ended.Refresh},
		"of another audience":          {"elsewhere", live.Access},
		"without its signature":        {"api", parts[0] + "." + parts[1] + "."},
		"without an algorithm":         {"api", "eyJhbGciOiJub25lIn0." + parts[1] + "."},
		"a JWE":                        {"api", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVydGV4dA.dGFn"},
		"too long":                     {"api", live.Access + strings.Repeat("A", token.MaxLength)},
		"with a blank":                 {"api", live.Access + " "},
	} {
		t.Run("I-02 a token that is "+rule, func(t *testing.T) {
			if i, code := h.inquire(t, c.id, c.token, literal); code != "" || !reflect.DeepEqual(i, broker.Introspection{}) {
				t.Errorf("got %+v %q, want inactive and nothing else", i, code)
			}
		})
	}
	if i, code := h.inquire(t, "api", live.Access, literal); code != "" || !i.Active {
		t.Errorf("the one that is in force: got %+v %q", i, code)
	}
	t.Run("I-02 a token that has expired", func(t *testing.T) {
		h.clock.pass(15 * time.Minute)
		if i, code := h.inquire(t, "api", live.Access, literal); code != "" || !reflect.DeepEqual(i, broker.Introspection{}) {
			t.Errorf("got %+v %q, want inactive and nothing else", i, code)
		}
		if _, code := h.refresh(t, live.Refresh); code != "" {
			t.Errorf("its session lives on: got %q", code)
		}
	})
}

func TestI03_ALiveSessionIsNotEnough(t *testing.T) {
	for rule, does := range map[string]func(h *house, alice, bob broker.Account) error{
		"I-03 the account is not active": func(h *house, alice, _ broker.Account) error {
			_, err := h.raw.Exec(`UPDATE accounts SET status = 'suspended' WHERE id = $1`, alice.ID)
			return err
		},
		"I-03 the session is another's now": func(h *house, alice, bob broker.Account) error {
			_, err := h.raw.Exec(`UPDATE sessions SET account_id = $1 WHERE account_id = $2`, bob.ID, alice.ID)
			return err
		},
		"I-03 the provider is disabled": func(h *house, _, _ broker.Account) error {
			h.settings.Providers[0].Disabled = true
			return h.Use(h.settings)
		},
		"I-03 the provider is gone": func(h *house, _, _ broker.Account) error {
			h.settings.Providers = h.settings.Providers[1:]
			return h.Use(h.settings)
		},
		"I-03 the key is retired": func(h *house, _, _ broker.Account) error {
			for _, k := range h.Ring.List() {
				if k.State == token.StateCurrent {
					return h.Ring.Retire(t.Context(), k.ID)
				}
			}
			return nil
		},
	} {
		t.Run(rule, func(t *testing.T) {
			h, _ := withServices(t)
			alice, bob := h.add(t, "alice"), h.add(t, "bob")
			l := h.signIn(t, "local", "alice", "right password")
			if i, code := h.inquire(t, "api", l.Access, literal); code != "" || !i.Active {
				t.Fatalf("before: got %+v %q", i, code)
			}
			if err := does(h, alice, bob); err != nil {
				t.Fatal(err)
			}
			if i, code := h.inquire(t, "api", l.Access, literal); code != "" || !reflect.DeepEqual(i, broker.Introspection{}) {
				t.Errorf("got %+v %q, want inactive and nothing else", i, code)
			}
		})
	}
}

func TestTheDatabaseIsAway(t *testing.T) {
	h, _ := withServices(t)
	h.add(t, "alice")
	l := h.signIn(t, "local", "alice", "right password")
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("I-09 a token is not said to be dead, nor to be in force", func(t *testing.T) {
		if i, code := h.inquire(t, "api", l.Access, literal); code != broker.CodeUnavailable || i.Active {
			t.Errorf("introspect: got %+v %q", i, code)
		}
		for _, token := range []string{l.Access, l.Refresh} {
			if code := h.revoke(t, token); code != broker.CodeUnavailable {
				t.Errorf("revoke: got %q", code)
			}
		}
	})
}

func TestI08_RevokingEndsTheSession(t *testing.T) {
	for kind, pick := range map[string]func(broker.Login) string{
		"refresh": func(l broker.Login) string { return l.Refresh },
		"access":  func(l broker.Login) string { return l.Access },
	} {
		t.Run("I-08 the "+kind+" token takes the whole session with it, and no other", func(t *testing.T) {
			h, _ := withServices(t)
			h.add(t, "alice")
			first := h.signIn(t, "local", "alice", "right password")
			second, code := h.refresh(t, first.Refresh)
			if code != "" {
				t.Fatal(code)
			}
			other := h.signIn(t, "local", "alice", "right password")
			h.audit.take()
			if code := h.revoke(t, pick(second)); code != "" {
				t.Fatalf("got %q", code)
			}
			for _, l := range []broker.Login{first, second} {
				if i, code := h.inquire(t, "api", l.Access, literal); code != "" || i.Active {
					t.Errorf("its access token: got %+v %q", i, code)
				}
				if _, err := h.Whoami(t.Context(), l.Access); codeOf(err) != broker.CodeTokenInvalid {
					t.Errorf("its access token at another door: got %v", err)
				}
				if _, err := h.Guard(t.Context(), broker.Presented{Bearer: l.Access}); codeOf(err) != broker.CodeTokenInvalid {
					t.Errorf("its access token at the guard: got %v", err)
				}
				if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
					t.Errorf("its refresh token: got %q", code)
				}
			}
			if i, code := h.inquire(t, "api", other.Access, literal); code != "" || !i.Active {
				t.Errorf("the other session: got %+v %q", i, code)
			}
			events := h.audit.take()
			if i := slices.IndexFunc(events, func(e broker.Event) bool {
				return e.Name == broker.EventSessionEnd && e.Reason == "token_revoked" && e.Actor == "client:api" && e.SessionID == second.SessionID
			}); i < 0 {
				t.Errorf("got events %+v, want one of the revocation", events)
			}
			h.audit.take()
			if code := h.revoke(t, pick(second)); code != "" || len(h.audit.take()) > 0 {
				t.Errorf("again: got %q, want nothing to happen", code)
			}
		})
	}
	t.Run("I-08 what is unknown is no error and ends nothing", func(t *testing.T) {
		h, _ := withServices(t)
		h.settings.Services = append(h.settings.Services, broker.Service{ID: "elsewhere", Secret: literal, Audience: "elsewhere"})
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		h.add(t, "alice")
		l := h.signIn(t, "local", "alice", "right password")
		h.audit.take()
		for _, garbage := range []string{"", "x", l.Access + "x", l.Refresh[:len(l.Refresh)-1], strings.Repeat("x", 1<<20)} {
			if code := h.revoke(t, garbage); code != "" {
				t.Errorf("got %q", code)
			}
		}
		err := h.Revoke(t.Context(), broker.Inquiry{ID: "elsewhere", Secrets: []string{literal}, Token: l.Access})
		if err != nil {
			t.Errorf("a token of another audience: got %v", err)
		}
		if got := h.audit.take(); len(got) > 0 {
			t.Errorf("got events %v", names(got))
		}
		if i, _ := h.inquire(t, "api", l.Access, literal); !i.Active {
			t.Error("the session has ended")
		}
	})
}

func TestUsername(t *testing.T) {
	h, _ := withServices(t)
	h.settings.Providers[1].Kind = "oauth2" // says of no address that it is proven
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	h.add(t, "alice")
	for _, email := range []string{"proven@example.org", "unproven@example.org"} {
		h.corp.put(email, person{password: "pw", identity: drivers.Identity{Subject: email, Email: email, EmailVerified: email[0] == 'p'}})
	}
	for _, c := range []struct{ rule, provider, login, password, want string }{
		{"is the user name", "local", "alice", "right password", "alice"},
		{"is the address of who has none", "corp", "proven@example.org", "pw", "proven@example.org"},
		{"is the account's id where nobody has proven the address", "corp", "unproven@example.org", "pw", ""},
	} {
		t.Run("the name of a person "+c.rule, func(t *testing.T) {
			l := h.signIn(t, c.provider, c.login, c.password)
			if c.provider != "local" {
				if _, err := h.raw.ExecContext(t.Context(), `UPDATE accounts SET doc = json_remove(doc, '$.username') WHERE id = $1`, l.Claims.AccountID); err != nil {
					t.Fatal(err)
				}
			}
			i, code := h.inquire(t, "api", l.Access, literal)
			if want := gocmp.Or(c.want, l.Claims.AccountID); i.Username != want || code != "" {
				t.Errorf("got %q %q, want %q", i.Username, code, want)
			}
		})
	}
}
