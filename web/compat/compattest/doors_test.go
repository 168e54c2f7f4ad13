package compattest_test

import (
	"encoding/base32"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/web/compat/compattest"
)

// doors are where a password of here opens something, NAME, PASSWORD and OTP
// standing for what is sent.
var doors = map[string]struct{ path, body string }{
	"authserver":                {"/token/", `{"email":"NAME@example.org","password":"PASSWORD","otp":"OTP"}`},
	"authserver administrators": {"/admin_token/", "username=NAME@example.org&password=PASSWORD&otp=OTP"},
	"native":                    {"/auth/login", `{"email":"NAME@example.org","password":"PASSWORD","otp":"OTP"}`},
	"papermerge":                {"/api/token", `{"username":"NAME","password":"PASSWORD","otp":"OTP"}`},
	"ethics":                    {"/api/auth/login/", `{"username":"NAME","password":"PASSWORD","otp":"OTP"}`},
	"graphql": {"/graphql/system",
		`{"query":"mutation { auth_login(email: \"NAME@example.org\", password: \"PASSWORD\", otp: \"OTP\") { access_token } }"}`},
}

func post(h http.Handler, path, body string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// token matches the access token of an answer.
var token = regexp.MustCompile(`"(?:access_)?token":"(ey[\w.-]+)"`)

// knock tries a door and returns the token that it gives, "" for none.
func knock(h http.Handler, door, name, password, otp string) string {
	d := doors[door]
	w := post(h, d.path, strings.NewReplacer("NAME", name, "PASSWORD", password, "OTP", otp).Replace(d.body))
	m := token.FindStringSubmatch(w.Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// enrol gives somebody a second factor and returns what shows its codes.
func enrol(t *testing.T, h *compattest.House, name string) (code func() string) {
	t.Helper()
	bearer := []string{"Authorization", "Bearer " + knock(h, "native", name, "secret", "")}
	w := post(h, "/users/me/tfa/generate", `{"password":"secret"}`, bearer...)
	m := regexp.MustCompile(`"secret":"(\w+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("got %d %s, want a secret", w.Code, w.Body)
	}
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(m[1])
	if err != nil {
		t.Fatal(err)
	}
	code = func() string {
		h.Pass(time.Minute) // each counts once
		shown, err := factor.Code(seed, factor.Step(h.Now()))
		if err != nil {
			t.Fatal(err)
		}
		return shown
	}
	if w := post(h, "/users/me/tfa/enable", `{"secret":"`+m[1]+`","otp":"`+code()+`"}`, bearer...); w.Code != http.StatusNoContent {
		t.Fatalf("got %d %s, want a second factor", w.Code, w.Body)
	}
	return code
}

func newHouse(t *testing.T, change ...func(*compattest.Setup)) *compattest.House {
	t.Helper()
	h := compattest.New(t, compattest.Engines()["SQLite"], nil, change...)
	h.Acts()["add"](t, []string{"leela", "secret", "admin"})
	return h
}

func TestM06ASecondFactorIsAskedForAtEveryDoor(t *testing.T) {
	h := newHouse(t)
	code := enrol(t, h, "leela")
	for door := range doors {
		t.Run(door, func(t *testing.T) {
			h.Pass(time.Hour) // what went wrong at the door before is forgotten
			if knock(h, door, "leela", "secret", "") != "" || knock(h, door, "leela", "secret", "000000") != "" {
				t.Error("got a token without the code")
			}
			shown := code()
			if knock(h, door, "leela", "wrong", shown) != "" {
				t.Error("got a token for the code alone")
			}
			if knock(h, door, "leela", "secret", shown) == "" {
				t.Error("got no token for password and code")
			}
			if knock(h, door, "leela", "secret", shown) != "" {
				t.Error("M-01 got a token for a code that was used")
			}
		})
	}
}

func TestB04GuessesAtOneDoorShutAllOthers(t *testing.T) {
	for guessed := range doors {
		t.Run(guessed, func(t *testing.T) {
			h := newHouse(t)
			for range 10 {
				knock(h, guessed, "leela", "guess", "")
			}
			for door := range doors {
				if knock(h, door, "leela", "secret", "") != "" {
					t.Errorf("%s is open still", door)
				}
			}
			h.Pass(16 * time.Minute)
			if knock(h, guessed, "leela", "secret", "") == "" {
				t.Error("the door stays shut")
			}
		})
	}
	t.Run("M-03 so do guesses at the second factor", func(t *testing.T) {
		h := newHouse(t)
		code := enrol(t, h, "leela")
		for range 4 {
			for _, door := range []string{"papermerge", "ethics", "native"} {
				knock(h, door, "leela", "secret", "000000")
			}
		}
		shown := code()
		for door := range doors {
			if knock(h, door, "leela", "secret", shown) != "" {
				t.Errorf("%s is open still", door)
			}
		}
	})
}

func TestWhoIsBarredIsBarredAtEveryDoor(t *testing.T) {
	h := newHouse(t)
	h.Acts()["add"](t, []string{"fry", "secret", "admin"}) // the last administrator cannot be barred
	had := map[string]string{}
	for door := range doors {
		had[door] = knock(h, door, "leela", "secret", "")
	}
	if _, err := h.Admin.SetStatus(t.Context(), "leela", broker.Suspended); err != nil {
		t.Fatal(err)
	}
	for door, access := range had {
		if knock(h, door, "leela", "secret", "") != "" {
			t.Errorf("%s is open still", door)
		}
		for _, path := range []string{"/verify", "/auth/me", "/users/me", "/api/auth/account?username=leela", "/guard/nginx"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+access)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if access == "" || w.Code != http.StatusUnauthorized {
				t.Errorf("T-26 the token of %s at %s: got %d, want 401", door, path, w.Code)
			}
		}
	}
}

// TestT14NoTokenOfAnInterfaceIsRenewed: those interfaces have no refresh, so that
// their tokens end for good, and one in the cookie of the session mode is out of
// place.
func TestT14NoTokenOfAnInterfaceIsRenewed(t *testing.T) {
	late := map[string]time.Duration{"papermerge": 5 * time.Hour, "ethics": 110 * time.Minute, "authserver administrators": 14 * time.Minute}
	for door, wait := range late {
		for name, c := range map[string]struct{ path, body, cookie string }{
			"as a refresh token":                {"/auth/refresh", `{"refresh_token":"TOKEN"}`, ""},
			"as a refresh token of a cookie":    {"/auth/refresh", `{}`, "directus_refresh_token"},
			"as a session":                      {"/auth/refresh", `{"mode":"session"}`, "directus_session_token"},
			"as a session that becomes json":    {"/auth/refresh", `{"mode":"json","refresh_token":"TOKEN"}`, "directus_session_token"},
			"by GraphQL":                        {"/graphql/system", `{"query":"mutation { auth_refresh(refresh_token: \"TOKEN\") { access_token } }"}`, ""},
			"by GraphQL as a session":           {"/graphql/system", `{"query":"mutation { auth_refresh(mode: session) { access_token } }"}`, "directus_session_token"},
			"by the guard, late in its life":    {"/guard/nginx", "", "directus_session_token"},
			"by Papermerge's, late in its life": {"/verify", "", "access_token"},
		} {
			t.Run(door+" "+name, func(t *testing.T) {
				h := newHouse(t)
				access := knock(h, door, "leela", "secret", "")
				if access == "" {
					t.Fatal("got no token")
				}
				h.Pass(wait)
				fields := []string{"X", ""}
				if c.cookie != "" {
					fields = []string{"Cookie", c.cookie + "=" + access}
				}
				w := post(h, c.path, strings.ReplaceAll(c.body, "TOKEN", access), fields...)
				if c.body == "" {
					r := httptest.NewRequest(http.MethodGet, c.path, nil)
					r.Header.Set(fields[0], fields[1])
					w = httptest.NewRecorder()
					h.ServeHTTP(w, r)
				}
				for _, set := range w.Result().Cookies() {
					if set.Value != "" {
						t.Errorf("got a cookie %s", set.Name)
					}
				}
				if m := token.FindString(w.Body.String()); m != "" {
					t.Errorf("got %s", m)
				}
			})
		}
	}
}

// TestL14NobodyIsCalledLikeSomebodysID: who has no user name is known to
// applications by the id, in the guard's header and in tokens.subject: username.
func TestL14NobodyIsCalledLikeSomebodysID(t *testing.T) {
	h := newHouse(t, func(s *compattest.Setup) { s.Broker.Subject = broker.SubjectUsername })
	boss, err := h.Admin.Add(t.Context(), broker.NewAccount{Email: "boss@example.org", Confirmed: true, Password: "secret", Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Bearer " + knock(h, "native", "leela", "secret", "")
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", bearer)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, id := range []string{boss.ID, strings.ToUpper(boss.ID)} {
		if w := ask(http.MethodPatch, "/auth/me", `{"username":"`+id+`"}`); w.Code != http.StatusBadRequest {
			t.Errorf("a change of name: got %d %s, want 400", w.Code, w.Body)
		}
		w := post(h, "/api/auth/register/", `{"username":"`+id+`","email":"mallory@example.com","password":"an0ther p0ssword"}`)
		if w.Code != http.StatusBadRequest {
			t.Errorf("a registration: got %d %s, want 400", w.Code, w.Body)
		}
	}
	if got := ask(http.MethodGet, "/verify", "").Header().Get("Remote-User"); got != "leela" {
		t.Errorf("an application is told of %q, want leela", got)
	}
}

// TestC06TheFrontEndOfEthicsActsByNoCookie: it is another system's, and its clients
// send tokens. A script in it, whosever it is, must not use the visitor's sessions.
func TestC06TheFrontEndOfEthicsActsByNoCookie(t *testing.T) {
	h := newHouse(t)
	w := post(h, "/auth/login", `{"email":"leela@example.org","password":"secret","mode":"session"}`)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got %d %s, want a session cookie", w.Code, w.Body)
	}
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, compattest.PublicURL+path, strings.NewReader(body))
		r.AddCookie(cookies[0])
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", compattest.Frontend)
		r.Header.Set("Sec-Fetch-Site", "same-site")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/auth/me", ""}, {"GET", "/admin/api/users", ""}, {"GET", "/users/me", ""},
		{"POST", "/auth/refresh", `{"mode":"session"}`}, {"PATCH", "/auth/me", `{"first_name":"x"}`},
		{"POST", "/admin/api/users", `{"username":"zapp","password":"plum jacket river"}`},
		{"POST", "/token", `{"username":"leela","password":"secret"}`},
	} {
		w := ask(c.method, c.path, c.body)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s %s: %s may read the answer", c.method, c.path, got)
		}
		if c.method != "GET" && w.Code != http.StatusForbidden {
			t.Errorf("%s %s: got %d %s, want 403", c.method, c.path, w.Code, w.Body)
		}
	}
	w = ask("POST", "/api/auth/login/", `{"username":"leela","password":"secret"}`)
	if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != compattest.Frontend {
		t.Errorf("at its own addresses: got %d %v", w.Code, w.Header())
	}
}
