package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
	"github.com/signet-sso/signet/web/api/apitest"
)

// offered switches GraphQL on, with limits per address.
func offered(logins, mails int) func(*web.Config) {
	return func(c *web.Config) {
		c.GraphQL = true
		c.Logins = web.ClientLimit{Attempts: logins, Window: time.Hour}
		c.Mails = web.ClientLimit{Attempts: mails, Window: time.Hour}
	}
}

// mutate makes a mutation from a peer and returns the code of its error, "" for
// none, with the answer.
func (h *house) mutate(t *testing.T, peer, mutation string) (string, *httptest.ResponseRecorder) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": "mutation { " + mutation + " }"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql/system", strings.NewReader(string(body)))
	r.RemoteAddr = peer + ":1"
	r.Header.Set("Content-Type", "application/json")
	w := h.do(r)
	var v struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s: %v", w.Code, w.Body, err)
	}
	if len(v.Errors) == 0 {
		return "", w
	}
	return v.Errors[0].Extensions.Code, w
}

func signInAs(password string) string {
	return `auth_login(email: "ADMIN@example.com", password: "` + password + `") { expires }`
}

func TestB04_GraphQLIsADoorLikeTheOthers(t *testing.T) {
	const peer = "203.0.113.9"
	rest := func(h *house, password string) int {
		return h.from(peer, http.MethodPost, "/auth/login", `{"email":"admin@example.com","password":"`+password+`"}`)
	}
	t.Run("B-04 guesses by GraphQL shut the account for everybody", func(t *testing.T) {
		h, _ := realHouse(t)
		for i := range 5 {
			if code, _ := h.mutate(t, peer, signInAs("guess")); code != "INVALID_CREDENTIALS" {
				t.Fatalf("guess %d: got %q", i, code)
			}
		}
		if got := rest(h, apitest.Password); got != http.StatusTooManyRequests {
			t.Errorf("the native interface: got %d, want 429", got)
		}
	})
	t.Run("B-04 a ban from elsewhere counts, with the time to wait", func(t *testing.T) {
		h, _ := realHouse(t)
		for range 5 {
			rest(h, "guess")
		}
		code, w := h.mutate(t, peer, signInAs(apitest.Password))
		if code != "REQUESTS_EXCEEDED" || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("B-04 both doors have one bucket per address", func(t *testing.T) {
		h := newHouse(t, offered(4, 0))
		for range 2 {
			h.mutate(t, peer, signInAs("guess"))
			rest(h, "guess")
		}
		code, w := h.mutate(t, peer, signInAs(apitest.Password))
		if code != "REQUESTS_EXCEEDED" || w.Header().Get("Retry-After") != "3600" || rest(h, apitest.Password) != http.StatusTooManyRequests {
			t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
		if n := len(h.SignIns()); n != 4 {
			t.Errorf("the broker was asked %d times, want 4", n)
		}
		if code, _ := h.mutate(t, "203.0.113.10", `auth_logout(refresh_token: "x")`); code != "" {
			t.Errorf("another address: got %q", code)
		}
	})
}

func TestB14_LettersAskedForByGraphQLCount(t *testing.T) {
	h := newHouse(t, offered(0, 6))
	for i := range 20 {
		code, _ := h.mutate(t, "203.0.113.9", fmt.Sprintf(`auth_password_request(email: "person%d@example.com")`, i))
		if want := map[bool]string{true: "REQUESTS_EXCEEDED"}[i >= 6]; code != want {
			t.Fatalf("request %d: got %q, want %q", i, code, want)
		}
	}
	if got := h.from("203.0.113.9", http.MethodPost, "/auth/password/request", `{"email":"a@example.com"}`); got != http.StatusTooManyRequests {
		t.Errorf("the native interface: got %d, want 429", got)
	}
	if n := len(h.Asked()); n != 6 {
		t.Errorf("the broker was asked %d times, want 6", n)
	}
}

func TestB18_TokensCannotBeGuessedByGraphQL(t *testing.T) {
	for name, guess := range map[string]string{
		"refresh": `auth_refresh(refresh_token: "guess") { expires }`,
		"reset":   `auth_password_reset(token: "guess", password: "plum jacket river")`,
	} {
		t.Run("B-18 "+name, func(t *testing.T) {
			h := newHouse(t, offered(20, 0))
			judged := 0
			for range 100 {
				if code, _ := h.mutate(t, "203.0.113.9", guess); code != "REQUESTS_EXCEEDED" {
					judged++
				}
			}
			if judged != 20 {
				t.Errorf("%d guesses were judged, want 20", judged)
			}
			if got := h.from("203.0.113.9", http.MethodPost, "/auth/confirm", `{"token":"`+apitest.Ticket+`"}`); got != http.StatusTooManyRequests {
				t.Errorf("another door: got %d, want 429", got)
			}
		})
	}
	t.Run("who has the right one uses it as often as they like", func(t *testing.T) {
		h := newHouse(t, offered(20, 0))
		for i := range 100 {
			if code, _ := h.mutate(t, "203.0.113.9", `auth_password_reset(token: "`+apitest.Ticket+`", password: "plum jacket river")`); code != "" {
				t.Fatalf("use %d: got %q", i, code)
			}
		}
	})
}

func TestWhereGraphQLIs(t *testing.T) {
	const ping = `{"query":"{ server_ping }"}`
	on, off := newHouse(t, offered(0, 0)), newHouse(t)
	for _, c := range []struct {
		name, method, path string
		h                  *house
		status             int
		holds              string
	}{
		{"it is at the system's path", "POST", "/graphql/system", on, 200, `{"data":{"server_ping":"pong"}}`},
		{"collections are not served", "POST", "/graphql", on, 404, "ROUTE_NOT_FOUND"},
		{"a path below is unknown", "POST", "/graphql/system/", on, 404, "ROUTE_NOT_FOUND"},
		{"another method is told the right one", "GET", "/graphql/system", on, 405, "METHOD_NOT_ALLOWED"},
		{"it can be switched off", "POST", "/graphql/system", off, 404, "ROUTE_NOT_FOUND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.h.ask(c.method, c.path, ping, "Accept", "text/html")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.holds)
			}
			if c.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") != http.MethodPost {
				t.Errorf("got Allow %q, want POST", w.Header().Get("Allow"))
			}
		})
	}
	t.Run("a query that is wrong is refused as one", func(t *testing.T) {
		if w := on.ask(http.MethodPost, "/graphql/system", `{"query":"{ nothing }"}`); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "GRAPHQL_VALIDATION_EXCEPTION") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("the log says what was done", func(t *testing.T) {
		on.mutate(t, "203.0.113.9", signInAs("x"))
		on.ask(http.MethodPost, "/graphql/system", `{"query":"mutation { auth_login(email: \"admin@example.com\", password: \"`+apitest.Password+`\") { expires } }"}`)
		log := on.log.String()
		for _, part := range []string{`"outcome":"refused","code":"credentials"`, `"provider":"local","outcome":"signed_in"`, `"route":"/graphql/system"`} {
			if !strings.Contains(log, part) {
				t.Errorf("the log lacks %s: %s", part, log)
			}
		}
		if strings.Contains(log, apitest.Password) {
			t.Error("the log has the password")
		}
	})
}
