package graphql_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api/apitest"
	"github.com/signet-sso/signet/web/graphql"
	"github.com/signet-sso/signet/web/wire"
)

// mutations are the same questions on both interfaces.
var mutations = map[string]struct{ query, path, body string }{
	"auth_login": {
		`mutation { auth_login(email: "admin@example.com", password: "` + apitest.Password + `") { expires } }`,
		"/auth/login", `{"email":"admin@example.com","password":"` + apitest.Password + `"}`,
	},
	"auth_refresh":          {`mutation { auth_refresh(refresh_token: "x") { expires } }`, "/auth/refresh", `{"refresh_token":"x"}`},
	"auth_logout":           {`mutation { auth_logout(refresh_token: "x") }`, "/auth/logout", `{"refresh_token":"x"}`},
	"auth_password_request": {`mutation { auth_password_request(email: "a@example.com") }`, "/auth/password/request", `{"email":"a@example.com"}`},
	"auth_password_reset": {
		`mutation { auth_password_reset(token: "` + apitest.Ticket + `", password: "plum jacket river") }`,
		"/auth/password/reset", `{"token":"` + apitest.Ticket + `","password":"plum jacket river"}`,
	},
}

// failures are errors of every code, and others that say what nobody must read.
func failures() map[string]error {
	all := map[string]error{
		"a lock":                  broker.LockedError{Until: apitest.Start.Add(time.Minute)},
		"a database error":        fmt.Errorf("SELECT canary FROM secrets in /srv/canary.db: %w", errors.New("no such column")),
		"a database that is gone": fmt.Errorf("dial postgres://canary@db: %w", broker.ErrStoreDown),
		"time that is up":         fmt.Errorf("canary: %w", context.DeadlineExceeded),
	}
	for _, c := range broker.Codes() {
		all[string(c)] = &broker.Error{Code: c, Reason: "a reason", Retry: 7 * time.Second, Err: errors.New("canary")}
	}
	return all
}

func TestG06_EveryRefusalIsThatOfTheNativeInterface(t *testing.T) {
	for name, m := range mutations {
		for what, err := range failures() {
			t.Run("G-06 "+name+" "+what, func(t *testing.T) {
				d := newDesk(t)
				d.handler = d.bare
				d.Fail(err)
				native := d.send(http.MethodPost, m.path, m.body)
				w := d.ask(t, m.query, nil)
				wantCode, wantMessage := codeIn(t, native)
				code, message := codeIn(t, w)
				if wantCode == "ROUTE_NOT_FOUND" { // which names the path
					wantMessage = strings.Replace(wantMessage, m.path, "/graphql/system", 1)
				}
				if w.Code != http.StatusOK || code != wantCode || message != wantMessage || !strings.HasPrefix(w.Body.String(), `{"data":{"`+name+`":null},"errors":`) {
					t.Errorf("got %d %s, want the error of %s", w.Code, w.Body, native.Body)
				}
				if got, want := w.Header().Get("Retry-After"), native.Header().Get("Retry-After"); got != want {
					t.Errorf("got Retry-After %q, want %q", got, want)
				}
				if strings.Contains(w.Body.String(), "canary") {
					t.Errorf("G-07 the answer tells of the inside: %s", w.Body)
				}
			})
		}
	}
}

// hostile are values that a document writes by its escapes, or variables.
var hostile = map[string]string{
	"a NUL":                      `"\u0000"`,
	"a NUL in a longer text":     `"a\u{0}b"`,
	"a NUL of another language":  `"\x00"`,
	"a byte that is no UTF-8":    `"\xff"`,
	"an octal one":               `"\377"`,
	"half of a surrogate pair":   `"\ud800"`,
	"octal beyond a byte":        `"\400"`,
	"hex beyond Unicode":         `"\U00110000"`,
	"a letter":                   `"\q"`,
	"beyond Unicode":             `"\u{110000}"`,
	"a text with a minus":        `-"x"`,
	"a minus alone":              `-`,
	"a number":                   `1`,
	"a number beyond all bounds": `99999999999999999999999999`,
	"a name":                     `x`,
	"a list":                     `["x"]`,
	"an object":                  `{x: "x"}`,
	"null":                       `null`,
	"true":                       `true`,
	"a rune":                     `'x'`,
	"a raw string":               "`x`",
}

func TestG06_WhatNoJSONHoldsIsRefusedHereToo(t *testing.T) {
	for name, literal := range hostile {
		for _, query := range []string{
			`mutation { auth_login(email: "admin@example.com", password: %s) { expires } }`,
			`mutation { auth_login(email: %s, password: "x") { expires } }`,
			`mutation { auth_login(email: "admin@example.com", password: "x", otp: %s, mode: json) { expires } }`,
			`mutation { auth_password_request(email: %s) }`,
			`mutation { auth_password_request(email: "a@example.com", reset_url: %s) }`,
			`mutation { auth_password_reset(token: "a-good-ticket", password: %s) }`,
			`mutation ($p: String = %s) { auth_login(email: "a", password: $p) { expires } }`,
		} {
			query = fmt.Sprintf(query, literal)
			if literal == "null" && (strings.Contains(query, "otp") || strings.Contains(query, "reset_url")) {
				continue // as good as absent
			}
			t.Run("G-06 "+name+" in "+query, func(t *testing.T) {
				d := newDesk(t)
				w := d.ask(t, query, nil)
				code, _ := codeIn(t, w)
				if !(w.Code == http.StatusBadRequest && code == refused || w.Code == http.StatusOK && code == "INVALID_PAYLOAD") {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				if n := d.attempts(); n != 0 || len(d.audit.names) > 0 {
					t.Errorf("%d attempts were made, recorded %v", n, d.audit.names)
				}
			})
		}
	}
	t.Run("G-06 variables are of the types that the schema says", func(t *testing.T) {
		for _, v := range []any{nil, 1, true, []string{"x"}, map[string]string{"x": "y"}, "a\x00b"} {
			d := newDesk(t)
			w := d.ask(t, `mutation ($p: String!) { auth_login(email: "admin@example.com", password: $p) { expires } }`, map[string]any{"p": v})
			if n := d.attempts(); w.Code != http.StatusBadRequest || n != 0 {
				t.Errorf("%v: got %d %s after %d attempts", v, w.Code, w.Body, n)
			}
		}
	})
	t.Run("escapes of good text are that text", func(t *testing.T) {
		d := newDesk(t)
		want(t, d.ask(t, `mutation { auth_login(email: "admin\u0040example.com", password: "\u{64}1r3ctu5") { expires } }`, nil), http.StatusOK, "")
	})
}

func TestG07_APanicTellsNothing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(mutations)) {
		t.Run("G-07 "+name, func(t *testing.T) {
			d := newDesk(t)
			d.Panic("canary at /srv/signet")
			w := d.ask(t, mutations[name].query, nil)
			want(t, w, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR")
			if strings.Contains(w.Body.String(), "canary") || strings.Contains(w.Body.String(), ".go") {
				t.Errorf("the answer tells of the inside: %s", w.Body)
			}
			if log := d.log.String(); !strings.Contains(log, "canary") || !strings.Contains(log, "apitest/broker.go") {
				t.Errorf("the log does not say where it was: %s", log)
			}
			if !slices.Equal(d.audit.names, []string{wire.EventPanic}) {
				t.Errorf("recorded %v", d.audit.names)
			}
			d.Panic(nil)
			want(t, d.ask(t, "mutation { "+in+" }", nil), http.StatusOK, "")
		})
	}
}

// complaint says what is wrong with an answer to a sign-in in a mode.
func complaint(mode string, w *httptest.ResponseRecorder) string {
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), "=")
	right := map[string]bool{
		"json":    cookie == "" && !strings.Contains(w.Body.String(), "null"),
		"cookie":  cookie == "signet_refresh" && strings.Contains(w.Body.String(), `"refresh_token":null`),
		"session": cookie == "signet_session" && strings.Count(w.Body.String(), "null") == 2,
	}
	if !right[mode] {
		return fmt.Sprintf("mode %s: got %d with cookie %q and %s", mode, w.Code, cookie, w.Body)
	}
	return ""
}

// leaving is a broker whose client goes away after the sign-in.
type leaving struct {
	graphql.Broker
	away func()
}

func (l leaving) SignIn(ctx context.Context, c broker.Credentials) (broker.Login, error) {
	defer l.away()
	return l.Broker.SignIn(ctx, c)
}

func TestAnswersBelongToTheirRequest(t *testing.T) {
	t.Run("requests at once get their own answers and cookies", func(t *testing.T) {
		d := newDesk(t)
		done := make(chan string)
		for i := range 64 {
			go func() {
				mode := []string{"json", "cookie", "session"}[i%3]
				w := d.ask(t, `mutation ($m: auth_mode) { auth_login(email: "admin@example.com", password: "`+apitest.Password+`", mode: $m) { access_token refresh_token } }`, map[string]any{"m": mode})
				done <- complaint(mode, w)
			}()
		}
		for range 64 {
			if c := <-done; c != "" {
				t.Error(c)
			}
		}
	})
	t.Run("when nobody waits any more, no cookie is set", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := newDesk(t, func(b graphql.Broker) graphql.Broker { return leaving{b, cancel} })
		body, err := json.Marshal(map[string]string{"query": `mutation { auth_login(email: "admin@example.com", password: "` + apitest.Password + `", mode: cookie) { expires } }`})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql/system", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		want(t, w, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE")
		if c := w.Header().Values("Set-Cookie"); len(c) > 0 {
			t.Errorf("got cookies %q", c)
		}
	})
}
