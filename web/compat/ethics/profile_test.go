package ethics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/wire"
)

// framework is what an answer looks like that the interface has no word for.
func framework(status, text, message, path string) string {
	if message != "" {
		message = `"message":"` + message + `",`
	}
	return `{"timestamp":"2022-05-01T12:30:45.123+00:00","status":` + status + `,"error":"` + text + `",` + message + `"path":"` + path + `"}`
}

func TestEveryCodeHasItsAnswer(t *testing.T) {
	const secret = "what only the log may hold"
	at := time.Date(2022, 5, 1, 14, 30, 45, 123456789, time.FixedZone("", 2*3600))
	profile := ethics.Profile(func() time.Time { return at })
	adapter := wire.NewAdapter(profile, func() time.Time { return at })
	want := map[broker.Code]struct {
		status int
		body   string
	}{
		broker.CodeCredentials:      {400, `{"error":"invalid_credentials"}`},
		broker.CodeOTP:              {400, `{"error":"invalid_credentials"}`},
		broker.CodeSuspended:        {400, `{"error":"invalid_credentials"}`},
		broker.CodeNoProvider:       {400, `{"error":"invalid_credentials"}`},
		broker.CodeProviderDisabled: {400, `{"error":"invalid_credentials"}`},
		broker.CodeForbidden:        {401, `{"error":"insufficient_permissions"}`},
		broker.CodeConflict:         {400, `{"error":"username_exists"}`},
		broker.CodeLimited:          {429, `{"error":"too_many_requests"}`},
		broker.CodePayload:          {400, framework("400", "Bad Request", "a reason", "/api/auth/account")},
		broker.CodeMediaType:        {415, framework("415", "Unsupported Media Type", "", "/api/auth/account")},
		broker.CodeTooLarge:         {413, framework("413", "Request Entity Too Large", "", "/api/auth/account")},
		broker.CodeTokenMissing:     {401, framework("401", "Unauthorized", "", "/api/auth/account")},
		broker.CodeTokenExpired:     {401, framework("401", "Unauthorized", "", "/api/auth/account")},
		broker.CodeTokenInvalid:     {401, framework("401", "Unauthorized", "", "/api/auth/account")},
		broker.CodeCrossSite:        {403, framework("403", "Forbidden", "", "/api/auth/account")},
		broker.CodeNotFound:         {404, framework("404", "Not Found", "", "/api/auth/account")},
		broker.CodeMethod:           {405, framework("405", "Method Not Allowed", "", "/api/auth/account")},
		broker.CodeUnavailable:      {503, framework("503", "Service Unavailable", "", "/api/auth/account")},
		broker.CodeInternal:         {500, framework("500", "Internal Server Error", "", "/api/auth/account")},
	}
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			w := httptest.NewRecorder()
			err := &broker.Error{Code: code, Reason: "a reason", Err: errors.New(secret)}
			adapter.Fail(w, httptest.NewRequest(http.MethodGet, "/api/auth/account?username=x", nil), err)
			is(t, w, want[code].status, want[code].body)
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("the answer tells what the log is for: %s", w.Body)
			}
			if got, waits := w.Header().Get("Retry-After") != "", code == broker.CodeLimited || code == broker.CodeUnavailable; got != waits {
				t.Errorf("Retry-After is there: %t, want %t", got, waits)
			}
			if w.Code == http.StatusInternalServerError && code != broker.CodeInternal {
				t.Errorf("nothing but a fault of ours is a 500")
			}
		})
	}
}

func TestWhatGoesWrongBeforeARouteIsToldInItsVoice(t *testing.T) {
	h := newHouse(t, false)
	for _, c := range []struct {
		rule, method, path, body string
		fields                   []string
		status                   int
		word                     string
	}{
		{"an unknown address", "GET", "/nothing", "", nil, 404, `"error":"Not Found","path":"/api/auth/nothing"`},
		{"the prefix itself", "GET", "", "", nil, 404, `"error":"Not Found","path":"/api/auth"`},
		{"two slashes at the end", "POST", "/login//", "{}", nil, 404, `"error":"Not Found","path":"/api/auth/login//"`},
		{"an address in capitals", "POST", "/Login/", "{}", nil, 404, `"error":"Not Found","path":"/api/auth/Login/"`},
		{"a wrong method", "DELETE", "/account", "", nil, 405, `"error":"Method Not Allowed","path":"/api/auth/account"`},
		{"a body of another type", "POST", "/login/", `{}`, []string{"Content-Type", "text/plain"}, 415, `"error":"Unsupported Media Type"`},
		{"no body", "POST", "/register/", "", nil, 415, `"error":"Unsupported Media Type"`},
		{"a body that is too large", "POST", "/login", `{"username":"` + strings.Repeat("x", wire.MaxBody) + `"}`, nil, 413, `"error":"Request Entity Too Large"`},
		{"a name twice", "POST", "/login", `{"username":"a","username":"b","password":"c"}`, nil, 400, `"error":"Bad Request"`},
		{"a text for a yes", "POST", "/login", `{"username":"a","password":"c","email":"true"}`, nil, 400, `"error":"Bad Request"`},
		{"an address that is too long", "GET", "/account?username=" + strings.Repeat("x", 9000), "", nil, 414, `"status":414,"error":"Request URI Too Long"`},
		{"a query that is none", "GET", "/account/confirmed?username=a&x=%zz", "", nil, 400, `"error":"Bad Request"`},
		{"too many parameters", "GET", "/account/confirmed?username=a" + strings.Repeat("&x=", 200), "", nil, 400, `"error":"Bad Request"`},
		{"another site's page", "POST", "/login/", `{"username":"a","password":"c"}`, []string{"Origin", "https://evil.example"}, 403, `"error":"Forbidden"`},
		{"another site's page, in the browser's words", "POST", "/forgot-password?username=a", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, `"error":"Forbidden"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := h.send(c.method, c.path, c.body, c.fields...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.word) || !strings.HasPrefix(w.Body.String(), `{"timestamp":"2026-11-23T12:00:00.000+00:00","status":`) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.word)
			}
			if w.Header().Get("Location") != "" {
				t.Errorf("redirected to %s", w.Header().Get("Location"))
			}
		})
	}
	t.Run("what a stranger wrote into the address is harmless in a page", func(t *testing.T) {
		w := h.send("GET", "/%3Cscript%3E%22", "")
		if w.Code != 404 || strings.ContainsAny(w.Body.String(), "<>") || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("the front end may call from a browser", func(t *testing.T) {
		w := h.post("/login/", `{"username":"a","password":"c"}`, "Origin", "https://ethics.example.org", "Sec-Fetch-Site", "cross-site")
		is(t, w, 400, `{"error":"invalid_credentials"}`)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != "https://ethics.example.org" {
			t.Errorf("Access-Control-Allow-Origin is %q", got)
		}
	})
}

func TestWithoutAPrefixOnlyItsOwnAddressesAreItsOwn(t *testing.T) {
	crossSite, err := wire.NewCrossSite("https://sso.example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]map[string]bool{
		"":          {"/account/confirm/": true, "/account/confirm": true, "/auth/login": false, "/": false, "/accounts": false},
		"/api/auth": {"/api/auth": true, "/api/auth/": true, "/api/auth/x": true, "/api/authx": false, "/account": false},
	} {
		e := ethics.New(ethics.Config{Settings: ethics.Settings{Prefix: prefix}, CrossSite: crossSite, Now: time.Now})
		for path, own := range want {
			if got := e.Owns(path); got != own {
				t.Errorf("prefix %q owns %q: %t, want %t", prefix, path, got, own)
			}
		}
	}
}
