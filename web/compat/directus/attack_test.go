package directus_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/compat/directus"
)

// asks is what a person who is signed in can ask about themselves.
var asks = []struct{ method, path, body string }{
	{"GET", "/users/me", ""},
	{"HEAD", "/users/me", ""},
	{"PATCH", "/users/me", `{"first_name":"Eve"}`},
	{"POST", "/users/me/tfa/generate", `{"password":"` + password + `"}`},
	{"POST", "/users/me/tfa/enable", `{"secret":"x","otp":"000000"}`},
	{"POST", "/users/me/tfa/disable", `{"otp":"000000"}`},
	{"POST", "/users/me/tfa/disable", `{"otp":"000000","password":"` + password + `"}`},
}

func TestA01NobodyAsksAboutThemselvesWhoIsNotSignedIn(t *testing.T) {
	h := newHouse(t)
	h.people(t, "ann")
	k := h.signIn(t, "ann")
	refreshed := h.send("POST", "/auth/login", `{"email":"ann@example.org","password":"`+password+`","mode":"cookie"}`).Result().Cookies()
	for name, fields := range map[string][]string{
		"A-01 nobody":                       nil,
		"A-01 a refresh token":              {"Authorization", "Bearer " + k.Refresh},
		"A-01 a static token":               {"Authorization", "Bearer 0123456789abcdef0123456789abcdef"},
		"A-01 a token of somebody else's":   {"Authorization", "Bearer " + k.Access[:len(k.Access)-4] + "AAAA"},
		"A-01 a password":                   {"Authorization", "Basic YW5uOmQxcjNjdHU1"},
		"A-01 the cookie of another mode":   {"Cookie", refreshed[0].Name + "=" + refreshed[0].Value},
		"A-01 a refresh token as a session": {"Cookie", "directus_session_token=" + k.Refresh},
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range asks {
				w := h.send(a.method, a.path, a.body, fields...)
				if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s %s: got %d %s", a.method, a.path, w.Code, w.Body)
				}
			}
		})
	}
	t.Run("T-36 a token in the address is none", func(t *testing.T) {
		is(t, h.send("GET", "/users/me?access_token="+k.Access, ""), 401, "INVALID_CREDENTIALS")
	})
	t.Run("L-20 two tokens are none", func(t *testing.T) {
		is(t, h.send("GET", "/users/me", "", append(k.bearer(), k.bearer()...)...), 400, "INVALID_PAYLOAD")
	})
}

func TestATokenInTheFieldIsNeverRescuedByACookie(t *testing.T) {
	h := newHouse(t)
	h.people(t, "ann", "bob")
	ann, bob := h.cookie(t, "ann"), h.signIn(t, "bob")
	w := h.send("GET", "/users/me?fields=email", "", append(bob.bearer(), "Cookie", ann)...)
	if got := w.Body.String(); got != `{"data":{"email":"bob@example.org"}}` {
		t.Errorf("got %s, want who the field names", got)
	}
	w = h.send("GET", "/users/me", "", "Authorization", "Bearer a.b.c", "Cookie", ann)
	is(t, w, 401, "INVALID_TOKEN")
	if got := w.Result().Cookies(); len(got) != 0 {
		t.Errorf("got the cookies %v, want the good one left alone", got)
	}
	t.Run("a cookie that was refused is taken away", func(t *testing.T) {
		w := h.send("GET", "/users/me", "", "Cookie", "directus_session_token=a.b.c")
		is(t, w, 401, "INVALID_TOKEN")
		if got := w.Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 {
			t.Errorf("got the cookies %v, want one that is cleared", got)
		}
	})
}

func TestC06AnotherSiteChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.people(t, "ann")
	h.Acts()["invite"](t, []string{"bob@example.org"})
	invited := h.ticket(t, "bob@example.org")
	ann := h.cookie(t, "ann")
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		{"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.org"}, {"Origin", "http://sso.example.org"},
	} {
		t.Run(strings.Join(from, " "), func(t *testing.T) {
			for _, a := range append(asks[2:], []struct{ method, path, body string }{
				{"POST", "/users/register", `{"email":"eve@example.org","password":"plum jacket river"}`},
				{"POST", "/users/invite/accept", `{"token":"` + invited + `","password":"plum jacket river"}`},
			}...) {
				is(t, h.send(a.method, "https://sso.example.org"+a.path, a.body, append(from, "Cookie", ann)...), 403, "FORBIDDEN")
			}
		})
	}
	h.Acts()["silence"](t, nil)
	if got := h.send("GET", "/users/me?fields=first_name", "", "Cookie", ann).Body.String(); got != `{"data":{"first_name":null}}` {
		t.Errorf("got %s, want nothing changed", got)
	}
	t.Run("a front end of ours may", func(t *testing.T) {
		w := h.send("PATCH", "https://sso.example.org/users/me", `{"first_name":"Ann"}`, "Cookie", ann, "Origin", compattest.AppOrigin, "Sec-Fetch-Site", "cross-site")
		is(t, w, 200, "")
	})
}

func TestWhoMayNotComeInIsOutAtOnce(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, h house, k tokens){
		"suspended": func(t *testing.T, h house, _ tokens) { h.Acts()["status"](t, []string{"ann", "suspended"}) },
		"removed":   func(t *testing.T, h house, _ tokens) { h.Acts()["remove"](t, []string{"ann"}) },
		"signed out": func(_ *testing.T, h house, k tokens) {
			h.send("POST", "/auth/logout", `{"refresh_token":"`+k.Refresh+`"}`)
		},
		"new password": func(t *testing.T, h house, _ tokens) { reset(t, h, "ann") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.people(t, "ann")
			k := h.signIn(t, "ann")
			is(t, h.send("GET", "/users/me", "", k.bearer()...), 200, "")
			end(t, h, k)
			for _, a := range asks {
				if w := h.send(a.method, a.path, a.body, k.bearer()...); w.Code != http.StatusUnauthorized {
					t.Errorf("%s %s: got %d %s", a.method, a.path, w.Code, w.Body)
				}
			}
		})
	}
	t.Run("P-26 who has not confirmed has no token yet", func(t *testing.T) {
		h := newHouse(t)
		is(t, h.send("POST", "/users/register", `{"email":"zoe@example.org","password":"plum jacket river"}`), 204, "")
		ticket := h.ticket(t, "zoe@example.org")
		is(t, h.send("POST", "/auth/login", `{"email":"zoe@example.org","password":"plum jacket river"}`), 401, "INVALID_CREDENTIALS")
		is(t, h.send("POST", "/users/invite/accept", `{"token":"`+ticket+`","password":"another long one"}`), 401, "INVALID_TOKEN")
	})
}

// reset sets a new password with a letter.
func reset(t *testing.T, h house, name string) {
	t.Helper()
	is(t, h.send("POST", "/auth/password/request", `{"email":"`+name+`@example.org"}`), 204, "")
	is(t, h.send("POST", "/auth/password/reset", `{"token":"`+h.ticket(t, name+"@example.org")+`","password":"plum jacket river"}`), 204, "")
}

func TestM03GuessesAtTheSecondFactorCount(t *testing.T) {
	enrolled := func(t *testing.T) (h house, k tokens, seed string) {
		h = newHouse(t)
		h.people(t, "ann")
		k = h.signIn(t, "ann")
		return h, k, enrol(t, h, k)
	}
	t.Run("M-03 wrong codes lock the account", func(t *testing.T) {
		h, k, seed := enrolled(t)
		for range 10 {
			is(t, h.send("POST", "/users/me/tfa/disable", `{"otp":"000000"}`, k.bearer()...), 401, "INVALID_OTP")
		}
		right := `{"otp":"` + fresh(t, h, seed) + `"}`
		w := h.send("POST", "/users/me/tfa/disable", right, k.bearer()...)
		is(t, w, 429, "REQUESTS_EXCEEDED")
		if w.Header().Get("Retry-After") == "" {
			t.Error("nobody says when to come again")
		}
	})
	t.Run("M-03 so do wrong passwords, which are asked for before a factor is made", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "ann")
		k := h.signIn(t, "ann")
		for range 10 {
			is(t, h.send("POST", "/users/me/tfa/generate", `{"password":"wrong"}`, k.bearer()...), 401, "INVALID_CREDENTIALS")
		}
		is(t, h.send("POST", "/users/me/tfa/generate", `{"password":"`+password+`"}`, k.bearer()...), 429, "REQUESTS_EXCEEDED")
	})
	t.Run("M-03 a stolen token does not take the factor away later", func(t *testing.T) {
		h, k, seed := enrolled(t)
		h.Pass(6 * time.Minute)
		is(t, h.send("POST", "/users/me/tfa/disable", `{"otp":"`+fresh(t, h, seed)+`"}`, k.bearer()...), 403, "FORBIDDEN")
		is(t, h.send("POST", "/users/me/tfa/disable", `{"otp":"`+fresh(t, h, seed)+`","password":"wrong"}`, k.bearer()...), 401, "INVALID_CREDENTIALS")
	})
	t.Run("a secret of the client's own choice never counts", func(t *testing.T) {
		h := newHouse(t)
		h.people(t, "ann")
		k := h.signIn(t, "ann")
		is(t, h.send("POST", "/users/me/tfa/generate", `{"password":"`+password+`"}`, k.bearer()...), 200, "")
		const own = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		is(t, h.send("POST", "/users/me/tfa/enable", `{"secret":"`+own+`","otp":"`+fresh(t, h, own)+`"}`, k.bearer()...), 401, "INVALID_OTP")
	})
}

// enrol sets up a second factor and returns its secret.
func enrol(t *testing.T, h house, k tokens) (seed string) {
	t.Helper()
	w := h.send("POST", "/users/me/tfa/generate", `{"password":"`+password+`"}`, k.bearer()...)
	_, rest, _ := strings.Cut(w.Body.String(), `"secret":"`)
	seed, _, _ = strings.Cut(rest, `"`)
	is(t, h.send("POST", "/users/me/tfa/enable", `{"secret":"`+seed+`","otp":"`+fresh(t, h, seed)+`"}`, k.bearer()...), 204, "")
	return seed
}

// fresh is a code of a secret that was not shown yet.
func fresh(t *testing.T, h house, seed string) string {
	t.Helper()
	return strings.Trim(strings.TrimPrefix(code(t, h.House, []string{seed}), `{"code":`), `"}`)
}

func TestB12GuessesCountPerClientAddress(t *testing.T) {
	limited := func(s *compattest.Setup) {
		s.Web.Logins = web.ClientLimit{Attempts: 3, Window: time.Minute}
		s.Web.Mails = web.ClientLimit{Attempts: 3, Window: time.Minute}
	}
	for _, a := range []struct{ name, method, path, body string }{
		{"B-12 tokens of invitations", "POST", "/users/invite/accept", `{"token":"%d","password":"plum jacket river"}`},
		{"B-12 tokens of registrations", "GET", "/users/register/verify-email?token=%d", ""},
		{"P-24 letters", "POST", "/users/register", `{"email":"eve%d@example.org","password":"plum jacket river"}`},
	} {
		t.Run(a.name, func(t *testing.T) {
			h := newHouse(t, limited)
			try := func(i int) *httptest.ResponseRecorder {
				path, body := a.path, a.body
				if strings.Contains(path, "%d") {
					path = fmt.Sprintf(path, i)
				} else {
					body = fmt.Sprintf(body, i)
				}
				return h.send(a.method, path, body)
			}
			for i := range 3 {
				if w := try(i); w.Code == http.StatusTooManyRequests {
					t.Fatalf("the try %d was one too many", i)
				}
			}
			is(t, try(4), 429, "REQUESTS_EXCEEDED")
		})
	}
}

func TestThePrefixStandsBeforeEveryAddress(t *testing.T) {
	h := newHouse(t, func(s *compattest.Setup) {
		s.Web.Directus = &directus.Settings{Prefix: "/cms"}
		s.Web.Logins = web.ClientLimit{Attempts: 1, Window: time.Minute}
	})
	is(t, h.send("GET", "/cms/users/me", ""), 401, "INVALID_CREDENTIALS")
	is(t, h.send("GET", "/cms/server/ping", ""), 200, "")
	is(t, h.send("POST", "/cms/users/me", "{}"), 405, "METHOD_NOT_ALLOWED")
	is(t, h.send("GET", "/cms/users/1", ""), 404, "ROUTE_NOT_FOUND")
	for _, path := range []string{"/users/me", "/server/ping", "/cms/cms/users/me", "/cms", "/cms/auth"} {
		if w := h.send("GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
	const accept = `{"token":"x","password":"plum jacket river"}`
	is(t, h.send("POST", "/cms/users/invite/accept", accept), 401, "INVALID_TOKEN")
	is(t, h.send("POST", "/cms/users/invite/accept", accept), 429, "REQUESTS_EXCEEDED")
}
