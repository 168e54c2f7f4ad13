package authserver_test

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestASignInTellsNothingOfWhoThereIs(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin", "barred", "waiting")
	h.Acts()["status"](t, []string{"barred", "suspended"})
	for _, path := range []string{"/token/", "/admin_token/"} {
		for _, name := range []string{"nobody", "barred", "admin"} {
			w := h.send("POST", "/token/", `{"email":"`+name+`@example.org","password":"wrong"}`)
			if path == "/admin_token/" {
				w = h.form("username=" + name + "@example.org&password=wrong")
			}
			is(t, w, 401, refused)
			if w.Header().Get("WWW-Authenticate") != "Bearer" || len(w.Header().Values("Set-Cookie")) > 0 {
				t.Errorf("%s of %s: got %v", path, name, w.Header())
			}
		}
	}
	t.Run("nor does the right password of who was suspended", func(t *testing.T) {
		is(t, h.send("POST", "/token/", `{"email":"barred@example.org","password":"`+secret+`"}`), 401, refused)
		is(t, h.form("username=barred@example.org&password="+secret), 401, refused)
	})
}

func TestPeopleSignInByTheirAddressOnly(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin")
	a, err := h.Broker.Named(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"admin", a.ID, "admin@", "@example.org", "admin@example.org,b@example.org", "admin%00@example.org", "%01admin@example.org"} {
		is(t, h.form("username="+name+"&password="+secret), 401, refused)
	}
	for _, name := range []string{"admin@example.org", "ADMIN@EXAMPLE.ORG", "+admin@example.org+"} {
		is(t, h.form("username="+name+"&password="+secret), 200, "*")
	}
}

func TestWhoIsNoAdministratorLeavesNothingBehind(t *testing.T) {
	h := newHouse(t)
	h.people(t, "b")
	before := h.tokens(t, "b")
	is(t, h.form("username=b@example.org&password="+secret), 403, `{"detail":"Not an admin user"}`)
	live, err := h.Admin.Sessions(t.Context(), "b")
	if err != nil || len(live) != 1 || live[0].Mode != sessions.ModeStatic {
		t.Errorf("got the sessions %+v, %v, want the one before", live, err)
	}
	is(t, h.send("POST", "/refresh/", `{"refresh_token":"`+before.Refresh+`"}`), 200, "*")
}

func TestAnAdministratorsTokenIsAllThereIs(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin")
	admin := h.bearer(t)
	live, err := h.Admin.Sessions(t.Context(), "admin")
	if err != nil || len(live) != 1 || live[0].Mode != sessions.ModeAccess || !live[0].Ends.Equal(compattest.Start.Add(15*time.Minute)) {
		t.Fatalf("got %+v, %v, want a session that ends with its token", live, err)
	}
	h.Pass(15*time.Minute - time.Second)
	is(t, h.send("GET", "/users/", "", admin...), 200, "*")
	h.Pass(time.Second)
	is(t, h.send("GET", "/users/", "", admin...), 401, `{"detail":"Could not validate credentials"}`)
}

func TestWhoseRefreshTokensAreTaken(t *testing.T) {
	renew := func(h house, token string) int {
		return h.send("POST", "/refresh/", `{"refresh_token":"`+token+`"}`).Code
	}
	native := func(t *testing.T, h house, name string) string {
		t.Helper()
		l, err := h.Broker.SignIn(t.Context(), broker.Credentials{Login: name, Password: secret, Mode: sessions.ModeJSON})
		if err != nil {
			t.Fatal(err)
		}
		return l.Refresh
	}
	t.Run("one that stays is a person's own, and another's sign-in does not end it", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "a", "b")
		a, b := h.tokens(t, "a"), h.tokens(t, "b")
		w := h.send("POST", "/refresh/", `{"refresh_token":"`+b.Refresh+`"}`)
		claims, err := h.Broker.Whoami(t.Context(), read(t, w).Access)
		if err != nil || claims.Subject != "b@example.org" {
			t.Errorf("got %+v, %v, want b", claims, err)
		}
		if got := renew(h, a.Refresh); got != 200 {
			t.Errorf("got %d", got)
		}
	})
	t.Run("where they stay, none that rotates is", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "a")
		if got := renew(h, native(t, h, "a")); got != 401 {
			t.Errorf("got %d, want 401", got)
		}
	})
	t.Run("where they rotate, one that stayed goes on, once", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "a")
		a := h.tokens(t, "a")
		h.Broker.Lifetimes.Grace = 0
		w := h.send("POST", "/auth/refresh", `{"refresh_token":"`+a.Refresh+`","mode":"json"}`)
		is(t, w, 200, "*")
		if got := renew(h, a.Refresh); got != 401 {
			t.Errorf("got %d, want 401: it is used up", got)
		}
	})
	t.Run("none is that was changed, or is too long, or of who is gone", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "a", "b")
		a, b := h.tokens(t, "a"), h.tokens(t, "b")
		for _, token := range []string{a.Refresh[1:], a.Refresh + "A", a.Refresh[:len(a.Refresh)-1] + "_", a.Access, "null"} {
			if got := renew(h, token); got != 401 {
				t.Errorf("%s: got %d, want 401", token, got)
			}
		}
		h.Acts()["status"](t, []string{"a", "suspended"})
		h.Acts()["remove"](t, []string{"b"})
		for name, token := range map[string]string{"suspended": a.Refresh, "removed": b.Refresh} {
			if got := h.send("POST", "/refresh/", `{"refresh_token":"`+token+`"}`); got.Code != 401 || got.Body.String() != refused {
				t.Errorf("%s: got %d %s", name, got.Code, got.Body)
			}
		}
	})
	t.Run("in a query or a cookie none is", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "a")
		a := h.tokens(t, "a")
		is(t, h.send("POST", "/refresh/?refresh_token="+a.Refresh, `{}`, "Cookie", "refresh_token="+a.Refresh), 422, "*")
	})
}

func TestASecondFactorIsAskedForHereToo(t *testing.T) {
	h := newHouse(t, func(s *compattest.Setup) { s.Settings.Providers[0].MFA = broker.MFARequired })
	h.people(t, "admin")
	for _, otp := range []string{"", "000000"} {
		is(t, h.send("POST", "/token/", `{"email":"admin@example.org","password":"`+secret+`","otp":"`+otp+`"}`), 401, refused)
		is(t, h.form("username=admin@example.org&password="+secret+"&otp="+otp), 401, refused)
	}
}

func TestTriesAreCountedPerAddress(t *testing.T) {
	limited := func(s *compattest.Setup) { s.Web.Logins = web.ClientLimit{Attempts: 4, Window: time.Hour} }
	for _, c := range []struct {
		rule, method, path, body string
		strict                   bool
		status                   int
	}{
		{"signing in", "POST", "/token/", `{"email":"nobody@example.org","password":"x"}`, false, 401},
		{"signing in as an administrator", "POST", "/admin_token/", `username=nobody@example.org&password=x`, false, 401},
		{"refreshing", "POST", "/refresh/", `{"refresh_token":"guess"}`, false, 401},
		{"an administrator's token to read", "GET", "/users/", "", false, 401},
		{"an administrator's token to change", "PUT", "/user/?email=b@example.org", "", false, 401},
		{"an administrator's token to remove", "DELETE", "/user/?email=b@example.org", "", false, 401},
		{"an administrator's token to add", "POST", "/user/", `{}`, false, 401},
		{"who there is, where that is told", "GET", "/user/?email=b@example.org", "", true, 404},
		{"who there is in all, where that is told", "GET", "/users/", "", true, 200},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := newHouse(t, limited, func(s *compattest.Setup) { s.Web.Authserver.Strict = c.strict })
			send := func() int {
				if c.path == "/admin_token/" {
					return h.form(c.body).Code
				}
				return h.send(c.method, c.path, c.body, "Authorization", "Bearer guess").Code
			}
			for range 4 {
				if got := send(); got != c.status {
					t.Fatalf("got %d, want %d", got, c.status)
				}
			}
			if got := send(); got != 429 {
				t.Errorf("got %d, want 429", got)
			}
		})
	}
}

func TestAnAccountIsLockedHereToo(t *testing.T) {
	for _, name := range []string{"admin", "nobody"} {
		h := newHouse(t)
		h.people(t, "admin")
		for range 5 {
			is(t, h.form("username="+name+"@example.org&password=wrong"), 401, refused)
			is(t, h.send("POST", "/token/", `{"email":"`+name+`@EXAMPLE.org","password":"wrong"}`), 401, refused)
		}
		w := h.form("username=" + name + "@example.org&password=" + secret)
		is(t, w, 429, `{"detail":"Too Many Requests"}`)
		if w.Header().Get("Retry-After") == "" {
			t.Error("nobody is told when to come again")
		}
	}
}
