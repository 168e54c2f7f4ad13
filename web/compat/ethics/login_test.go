package ethics_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/compattest"
)

func TestHowLongATokenLives(t *testing.T) {
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, false, func(s *compattest.Setup) {
		s.Web.Ethics.TokenTTL, s.Web.Ethics.MaxTTL, s.Web.Ethics.Zone = 90*time.Minute, 100*time.Hour+30*time.Minute, athens
	})
	h.people(t, "known1")
	for _, c := range []struct {
		expiry, want string // "" is 400
	}{
		{"", "2026-11-23T15:30:00"},
		{`,"expiry":null`, "2026-11-23T15:30:00"},
		{`,"expiry":-1`, "2026-11-23T15:30:00"},
		{`,"expiry":1`, "2026-11-23T15:00:00"},
		{`,"expiry":100`, "2026-11-27T18:00:00"},
		{`,"expiry":101`, "2026-11-27T18:30:00"},
		{`,"expiry":336`, "2026-11-27T18:30:00"},
		{`,"expiry":2562048`, "2026-11-27T18:30:00"}, // hours that overflow nanoseconds
		{`,"expiry":5124096`, "2026-11-27T18:30:00"}, // and come out positive
		{`,"expiry":9223372036854775807`, "2026-11-27T18:30:00"},
		{`,"expiry":9223372036854775808`, ""},
		{`,"expiry":1e300`, ""},
		{`,"expiry":0`, ""},
		{`,"expiry":-0`, ""},
		{`,"expiry":-2`, ""},
		{`,"expiry":-2562048`, ""},
		{`,"expiry":-9223372036854775808`, ""},
		{`,"expiry":1.5`, ""},
		{`,"expiry":1e1`, ""},
		{`,"expiry":"2"`, ""},
		{`,"expiry":true`, ""},
		{`,"expiry":[2]`, ""},
	} {
		t.Run(fmt.Sprintf("%q", c.expiry), func(t *testing.T) {
			w := h.post("/login/", `{"username":"known1","password":"testPass2"`+c.expiry+`}`)
			var v struct{ Expiry, Token string }
			if c.want == "" {
				if w.Code != 400 || !strings.Contains(w.Body.String(), `"error":"Bad Request","message":"\"expiry\" is `) {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				return
			}
			if err := json.Unmarshal(w.Body.Bytes(), &v, json.MatchCaseInsensitiveNames(true)); err != nil || v.Expiry != c.want {
				t.Fatalf("got %d %s, want %s", w.Code, w.Body, c.want)
			}
			ends, err := time.ParseInLocation("2006-01-02T15:04:05", v.Expiry, athens)
			claims, err2 := h.Broker.Whoami(t.Context(), v.Token)
			if err != nil || err2 != nil || !claims.ExpiresAt.Equal(ends) {
				t.Errorf("the token ends at %s, want %s (%v %v)", claims.ExpiresAt, ends, err, err2)
			}
			live, err := h.Admin.Sessions(t.Context(), "known1")
			i := slices.IndexFunc(live, func(s sessions.Session) bool { return s.ID == claims.SessionID })
			if err != nil || i < 0 || live[i].Mode != sessions.ModeAccess || !live[i].Ends.Equal(ends) {
				t.Errorf("its session is none that ends with it: %v %+v", err, live)
			}
		})
	}
}

func TestASecondFactorIsAskedForHereToo(t *testing.T) {
	h := newHouse(t, false, func(s *compattest.Setup) { s.Settings.Providers[0].MFA = "required" })
	h.people(t, "known1")
	is(t, h.post("/login/", `{"username":"known1","password":"testPass2"}`), 400, `{"error":"invalid_credentials"}`)
	is(t, h.post("/login/", `{"username":"known1","password":"testPass2","otp":"000000"}`), 400, `{"error":"invalid_credentials"}`)
}

func TestTriesAreCountedPerAddress(t *testing.T) {
	limited := func(s *compattest.Setup) {
		s.Web.Logins = web.ClientLimit{Attempts: 4, Window: time.Hour}
		s.Web.Mails = web.ClientLimit{Attempts: 4, Window: time.Hour}
	}
	bearer := func(t *testing.T, h house) []string {
		t.Helper()
		h.people(t, "known1")
		return []string{"Authorization", "Bearer " + h.token(t, "known1")}
	}
	for _, c := range []struct {
		rule, method, path, query, body string
		strict, proven                  bool
		status                          int
	}{
		{"signing in", "POST", "/login", "", `{"username":"nobody","password":"x"}`, false, false, 400},
		{"registering", "POST", "/register", "", `{"username":"x1","email":"x@gmail.com","password":"testPass2"}`, false, false, 201},
		{"asking for the letter once more", "POST", "/account/confirm/resend", "?username=nobody", "", false, false, 200},
		{"forgetting a password", "POST", "/forgot-password", "?username=nobody", "", false, false, 201},
		{"a token to confirm", "POST", "/account/confirm", "", `{"email":"x@gmail.com","token":"guess"}`, false, false, 200},
		{"a token to reset", "POST", "/reset-password", "", `{"username":"x","token":"guess","password":"p"}`, false, false, 400},
		{"a token to reset of nobody", "POST", "/reset-password", "", `{"username":"x","token":"guess","password":"p"}`, true, false, 404},
		{"one's password before", "PUT", "/account", "", `{"username":"known1","oldPassword":"guess","password":"testPass3"}`, false, true, 401},
		{"who has an account, where that is told", "GET", "/account/confirmed", "?username=nobody", "", true, false, 404},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := newHouse(t, c.strict, limited)
			var fields []string
			if c.proven {
				fields = bearer(t, h)
			}
			for i := range 4 {
				path := c.path
				if i%2 == 0 { // both spellings count together
					path += "/"
				}
				is(t, h.send(c.method, path+c.query, c.body, fields...), c.status, "*")
			}
			for _, slash := range []string{"", "/"} {
				w := h.send(c.method, c.path+slash+c.query, c.body, fields...)
				is(t, w, 429, `{"error":"too_many_requests"}`)
				if w.Header().Get("Retry-After") != "3600" {
					t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
				}
			}
		})
	}
}

func TestAnAccountIsLockedHereToo(t *testing.T) {
	for _, name := range []string{"known1", "nobody"} {
		h := newHouse(t, false)
		h.people(t, "known1")
		for range 10 {
			is(t, h.post("/login/", `{"username":"`+name+`","password":"wrong"}`), 400, `{"error":"invalid_credentials"}`)
		}
		is(t, h.post("/login/", `{"username":"`+name+`","password":"testPass2"}`), 429, `{"error":"too_many_requests"}`)
	}
}
