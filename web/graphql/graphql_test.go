package graphql_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/api/apitest"
	"github.com/signet-sso/signet/web/graphql"
	"github.com/signet-sso/signet/web/wire"
)

const (
	login = `mutation { auth_login(email: "admin@example.com", password: "d1r3ctu5") { access_token expires refresh_token } }`
	wrong = `mutation { auth_login(email: "admin@example.com", password: "guess") { access_token } }`
)

type noAudit struct{}

func (noAudit) Record(context.Context, broker.Event) {}

// desk is the interface over a fake broker, asked without a network.
type desk struct {
	*apitest.Broker
	handler http.Handler
	log     strings.Builder
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Broker: apitest.New(t)}
	cross, err := wire.NewCrossSite("https://sso.example.org", []string{"https://app.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	g, err := graphql.New(graphql.Config{
		Broker: d.Broker, CrossSite: cross, Native: api.Profile(), Now: d.Now,
		Cookies: wire.NewCookies(wire.CookieConfig{Refresh: "signet_refresh", Session: "signet_session", SameSite: http.SameSiteLaxMode, Secure: true}),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	g.Register(r)
	o := &wire.Observer{Log: slog.New(slog.NewJSONHandler(&d.log, nil)), Audit: noAudit{}, Now: d.Now, Random: rand.Reader, Panicked: wire.NewAdapter(api.Profile(), d.Now)}
	d.handler = o.Wrap(r)
	return d
}

// ask sends a query with variables and returns status, header and body.
func (d *desk) ask(t testing.TB, query string, variables map[string]any, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	b, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql/system", strings.NewReader(string(b)))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// result is an answer to a mutation.
type result struct {
	Data struct {
		Login *struct {
			Access  *string `json:"access_token"`
			Refresh *string `json:"refresh_token"`
			Expires float64
		} `json:"auth_login"`
		Renewed *struct {
			Access *string `json:"access_token"`
		} `json:"auth_refresh"`
	}
}

func read(t testing.TB, w *httptest.ResponseRecorder) (out result) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	return out
}

// want compares status and body; * in the body stands for any text.
func want(t testing.TB, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	rest, ok := w.Body.String(), true
	for i, part := range strings.Split(body, "*") {
		at := strings.Index(rest, part)
		if at < 0 || i == 0 && at != 0 {
			ok = false
			break
		}
		rest = rest[at+len(part):]
	}
	if w.Code != status || !ok {
		t.Errorf("got %d %s, want %d %s", w.Code, w.Body, status, body)
	}
}

func TestSignInRefreshAndLogout(t *testing.T) {
	d := newDesk(t)
	t.Run("mode json gives both tokens", func(t *testing.T) {
		got := read(t, d.ask(t, login, nil)).Data.Login
		if got.Expires != 900000 || got.Access == nil || got.Refresh == nil {
			t.Fatalf("got %+v", got)
		}
		w := d.ask(t, `mutation($t: String) { auth_refresh(refresh_token: $t, mode: json) { access_token } }`, map[string]any{"t": *got.Refresh})
		if r := read(t, w).Data.Renewed; r == nil || r.Access == nil {
			t.Errorf("refresh: got %s", w.Body)
		}
	})
	t.Run("mode cookie has the refresh token in the cookie only", func(t *testing.T) {
		w := d.ask(t, strings.Replace(login, `"d1r3ctu5"`, `"d1r3ctu5", mode: cookie`, 1), nil)
		want(t, w, 200, `{"data":{"auth_login":{"access_token":"*","expires":900000,"refresh_token":null}}}`)
		c := w.Header().Get("Set-Cookie")
		if !strings.HasPrefix(c, "signet_refresh=") || !strings.Contains(c, "HttpOnly; Secure; SameSite=Lax") {
			t.Fatalf("cookie %q", c)
		}
		cookie, _, _ := strings.Cut(c, ";")
		w = d.ask(t, `mutation { auth_refresh(mode: cookie) { access_token refresh_token } }`, nil, "Cookie", cookie)
		want(t, w, 200, `{"data":{"auth_refresh":{"access_token":"*","refresh_token":null}}}`)
		cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
		w = d.ask(t, `mutation { auth_logout }`, nil, "Cookie", cookie)
		want(t, w, 200, `{"data":{"auth_logout":true}}`)
		if got := w.Header().Get("Set-Cookie"); !strings.Contains(got, "Max-Age=0") {
			t.Errorf("logout: cookie %q", got)
		}
	})
	t.Run("mode session has no token in the body", func(t *testing.T) {
		w := d.ask(t, strings.Replace(login, `"d1r3ctu5"`, `"d1r3ctu5", mode: session`, 1), nil)
		want(t, w, 200, `{"data":{"auth_login":{"access_token":null,"expires":86400000,"refresh_token":null}}}`)
	})
	t.Run("variables, an operation name and an alias are as usual", func(t *testing.T) {
		w := d.ask(t, `mutation In($e: String!, $p: String!) { me: auth_login(email: $e, password: $p, mode: json) { expires } }`,
			map[string]any{"e": "admin@example.com", "p": apitest.Password})
		want(t, w, 200, `{"data":{"me":{"expires":900000}}}`)
	})
	t.Run("a second factor goes along", func(t *testing.T) {
		w := d.ask(t, strings.Replace(login, `"d1r3ctu5"`, `"d1r3ctu5", otp: "000000"`, 1), nil)
		want(t, w, 200, `{"data":{"auth_login":null},"errors":[{"message":"Invalid user OTP.","path":["auth_login"],"extensions":{"code":"INVALID_OTP"}}]}`)
	})
	t.Run("without a token there is nothing to refresh or to end", func(t *testing.T) {
		want(t, d.ask(t, `mutation { auth_refresh { expires } }`, nil), 200, `{"data":{"auth_refresh":null},"errors":[{"message":"Invalid payload.*"code":"INVALID_PAYLOAD"`)
		want(t, d.ask(t, `mutation { auth_logout }`, nil), 200, `{"data":{"auth_logout":null},"errors":[*"code":"INVALID_PAYLOAD"`)
	})
}

func TestPasswords(t *testing.T) {
	d := newDesk(t)
	want(t, d.ask(t, `mutation { auth_password_request(email: "nobody@example.com") }`, nil), 200, `{"data":{"auth_password_request":true}}`)
	want(t, d.ask(t, `mutation { auth_password_reset(token: "a-good-ticket", password: "plum jacket river") }`, nil), 200, `{"data":{"auth_password_reset":true}}`)
	want(t, d.ask(t, `mutation { auth_password_reset(token: "guess", password: "plum jacket river") }`, nil), 200,
		`{"data":{"auth_password_reset":null},"errors":[{"message":"Invalid token.","path":["auth_password_reset"],"extensions":{"code":"INVALID_TOKEN"}}]}`)
	if n := len(d.Asked()); n != 2 {
		t.Errorf("the broker was asked %d times, want 2", n)
	}
}

func TestG06_RefusalsAreThoseOfTheRestInterface(t *testing.T) {
	for err, code := range map[error]string{
		broker.Fail(broker.CodeCredentials, ""):                                         "INVALID_CREDENTIALS",
		broker.LockedError{Until: apitest.Start.Add(time.Minute)}:                       "REQUESTS_EXCEEDED",
		broker.ErrStoreDown:                                                             "SERVICE_UNAVAILABLE",
		broker.Fail(broker.CodeProviderDisabled, ""):                                    "INVALID_PROVIDER",
		fmt.Errorf("SELECT canary FROM secrets at /srv/signet.db: %w", broker.ErrSpent): "INTERNAL_SERVER_ERROR",
	} {
		d := newDesk(t)
		d.Fail(err)
		w := d.ask(t, login, nil)
		want(t, w, 200, `{"data":{"auth_login":null},"errors":[{"message":"*","path":["auth_login"],"extensions":{"code":"`+code+`"`)
		if code == "REQUESTS_EXCEEDED" && w.Header().Get("Retry-After") != "60" {
			t.Errorf("Retry-After: got %q", w.Header().Get("Retry-After"))
		}
		if strings.Contains(w.Body.String(), "canary") {
			t.Errorf("G-07 the answer tells of the inside: %s", w.Body)
		}
	}
	want(t, newDesk(t).ask(t, wrong, nil), 200,
		`{"data":{"auth_login":null},"errors":[{"message":"Invalid user credentials.","path":["auth_login"],"extensions":{"code":"INVALID_CREDENTIALS"}}]}`)
}

func TestG07_APanicTellsNothing(t *testing.T) {
	d := newDesk(t)
	d.Panic("canary at /srv/signet")
	w := d.ask(t, login, nil)
	if w.Code != 200 && w.Code != 500 || strings.Contains(w.Body.String(), "canary") || !strings.Contains(w.Body.String(), "INTERNAL_SERVER_ERROR") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !strings.Contains(d.log.String(), "canary") {
		t.Error("the log does not say what happened")
	}
}

func TestG01_OneRequestIsOneAttempt(t *testing.T) {
	many := func(one string) string {
		var b strings.Builder
		b.WriteString("mutation {")
		for i := range 400 {
			fmt.Fprintf(&b, "a%d: %s ", i, one)
		}
		return b.String() + "}"
	}
	in := `auth_login(email: "admin@example.com", password: "guess") { expires }`
	for name, query := range map[string]string{
		"two":              "mutation { " + in + " b: " + in + " }",
		"two kinds":        "mutation { " + in + ` auth_password_reset(token: "x", password: "y") }`,
		"two operations":   "mutation A { " + in + " } mutation B { " + in + " }",
		"a fragment":       "mutation { a: " + in + " ...F } fragment F on Mutation { b: " + in + " }",
		"inline":           "mutation { a: " + in + " ... on Mutation { b: " + in + " } }",
		"behind a comment": "mutation { a # auth_login\r\n: " + in + " b #\r:#\n" + in + " }",
		"behind a string":  `mutation { a: auth_login(email: """x\""" y""", password: "guess") { expires } b: ` + in + ` c: auth_login(email: """z""", password: "guess") { expires } }`,
		"an escaped quote": `mutation { a: auth_login(email: "x\"", password: "guess") { expires } b: ` + in + ` c: auth_login(email: "z\\", password: "guess") { expires } }`,
		"with commas":      "mutation { a,:," + in + ",b:," + in + "}",
		"400 logins":       many(in),
		"400 resets":       many(`auth_password_reset(token: "x", password: "plum jacket river")`),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			w := d.ask(t, query, nil)
			want(t, w, 400, `{"errors":[{"message":"Invalid payload.*"code":"INVALID_PAYLOAD"`)
			if n := len(d.SignIns()) + len(d.Asked()); n != 0 {
				t.Errorf("%d attempts were made", n)
			}
		})
	}
	t.Run("a mutation's name as text, alias or variable is no attempt", func(t *testing.T) {
		d := newDesk(t)
		w := d.ask(t, `mutation($auth_logoutx: String!) { auth_login: auth_login(email: $auth_logoutx, password: "auth_login") { expires } } # auth_login`,
			map[string]any{"auth_logoutx": "auth_refresh"})
		want(t, w, 200, `{"data":{"auth_login":null}`)
		if n := len(d.SignIns()); n != 1 {
			t.Errorf("%d attempts were made, want 1", n)
		}
	})
}

func TestG03_NothingHelpsToGuess(t *testing.T) {
	d := newDesk(t)
	for _, query := range []string{
		`{ __schema { types { name } } }`, `{ __type(name: "auth_tokens") { fields { name } } }`, `mutation { auth_logim }`,
		`mutation { auth_login(emai: "x") { access_tokem } }`, `{ nothing }`, `{`, `query { server_pin }`,
	} {
		w := d.ask(t, query, nil)
		body := w.Body.String()
		if strings.Contains(body, "Did you mean") || strings.Contains(body, "auth_tokens") || strings.Contains(body, `"types"`) || strings.Contains(body, "suggest") {
			t.Errorf("%s: got %s", query, body)
		}
		if w.Code != http.StatusBadRequest && !strings.Contains(body, `:null`) && body != `{"data":{}}` {
			t.Errorf("%s: got %d %s", query, w.Code, body)
		}
	}
	want(t, d.ask(t, `{ server_ping }`, nil), 200, `{"data":{"server_ping":"pong"}}`)
}

func TestG04_WhatAsksForTooMuchIsRefused(t *testing.T) {
	d := newDesk(t)
	deep := strings.Repeat("{ a", 50) + strings.Repeat("}", 50)
	for name, query := range map[string]string{
		"depth 50":          deep,
		"10,000 fields":     "{" + strings.Repeat(" server_ping", 5000) + "}",
		"10,000 aliases":    "{" + strings.Repeat(" a:server_ping", 4000) + "}",
		"cyclic fragments":  "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
		"10,000 directives": "{ server_ping" + strings.Repeat(" @skip(if:false)", 3000) + "}",
		"many fragments":    "{" + strings.Repeat(" ...A", 1000) + "} fragment A on Query { server_ping }",
	} {
		want(t, d.ask(t, query, nil), 400, `{"errors":[{"message":"Invalid payload.*"code":"INVALID_PAYLOAD"`)
		_ = name
	}
	want(t, d.ask(t, "{ server_ping #"+strings.Repeat("x", 1<<20)+"\n}", nil), 413, `{"errors":[{"message":"*","extensions":{"code":"CONTENT_TOO_LARGE"`)
}

func TestG05_OnlyAPostOfJSONFromAKnownOriginActs(t *testing.T) {
	d := newDesk(t)
	send := func(method, kind, body string, fields ...string) *httptest.ResponseRecorder {
		path := "/graphql/system"
		if method == http.MethodGet {
			path += "?query=" + strings.NewReplacer(" ", "%20", `"`, "%22", "{", "%7B", "}", "%7D").Replace(login)
		}
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		return w
	}
	body, err := json.Marshal(map[string]string{"query": login})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		got    *httptest.ResponseRecorder
		status int
	}{
		"GET":              {send(http.MethodGet, "application/json", ""), 405},
		"a form":           {send(http.MethodPost, "application/x-www-form-urlencoded", "query="+login), 415},
		"plain text":       {send(http.MethodPost, "text/plain", string(body)), 415},
		"multipart":        {send(http.MethodPost, "multipart/form-data; boundary=x", string(body)), 415},
		"another site":     {send(http.MethodPost, "application/json", string(body), "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"), 403},
		"no query":         {send(http.MethodPost, "application/json", "{}"), 400},
		"a list":           {send(http.MethodPost, "application/json", "["+string(body)+"]"), 400},
		"a trusted origin": {send(http.MethodPost, "application/json", string(body), "Sec-Fetch-Site", "cross-site", "Origin", "https://app.example.org"), 200},
	} {
		if c.got.Code != c.status {
			t.Errorf("%s: got %d %s, want %d", name, c.got.Code, c.got.Body, c.status)
		}
	}
	if n := len(d.SignIns()); n != 1 {
		t.Errorf("%d sign-ins, want the trusted one", n)
	}
}
