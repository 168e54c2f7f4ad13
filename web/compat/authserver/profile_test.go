package authserver_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire"
)

func TestEveryCodeHasItsAnswer(t *testing.T) {
	const hidden = "what only the log may hold"
	adapter := wire.NewAdapter(authserver.Profile(), time.Now)
	unread := `{"detail":[{"loc":["body"],"msg":"a reason","type":"value_error"}]}`
	want := map[broker.Code]struct {
		status    int
		body      string
		challenge string
	}{
		broker.CodeCredentials:      {401, refused, "Bearer"},
		broker.CodeOTP:              {401, refused, "Bearer"},
		broker.CodeSuspended:        {401, refused, "Bearer"},
		broker.CodeNoProvider:       {401, refused, "Bearer"},
		broker.CodeProviderDisabled: {401, refused, "Bearer"},
		broker.CodeTokenMissing:     {401, `{"detail":"Not authenticated"}`, "Bearer"},
		broker.CodeTokenExpired:     {401, `{"detail":"Could not validate credentials"}`, `Bearer error="invalid_token"`},
		broker.CodeTokenInvalid:     {401, `{"detail":"Could not validate credentials"}`, `Bearer error="invalid_token"`},
		broker.CodeForbidden:        {403, `{"detail":"a reason"}`, ""},
		broker.CodePayload:          {422, unread, ""},
		broker.CodeMediaType:        {422, unread, ""},
		broker.CodeTooLarge:         {413, `{"detail":"Request Entity Too Large"}`, ""},
		broker.CodeCrossSite:        {403, `{"detail":"Forbidden"}`, ""},
		broker.CodeNotFound:         {404, `{"detail":"Not Found"}`, ""},
		broker.CodeMethod:           {405, `{"detail":"Method Not Allowed"}`, ""},
		broker.CodeConflict:         {409, `{"detail":"Conflict"}`, ""},
		broker.CodeLimited:          {429, `{"detail":"Too Many Requests"}`, ""},
		broker.CodeUnavailable:      {503, `{"detail":"Service Unavailable"}`, ""},
		broker.CodeInternal:         {500, `{"detail":"Internal Server Error"}`, ""},
	}
	for _, code := range broker.Codes() {
		t.Run(string(code), func(t *testing.T) {
			w := httptest.NewRecorder()
			adapter.Fail(w, httptest.NewRequest(http.MethodGet, "/user/?email=x", nil), &broker.Error{Code: code, Reason: "a reason", Err: errors.New(hidden)})
			is(t, w, want[code].status, want[code].body)
			if strings.Contains(w.Body.String(), hidden) {
				t.Errorf("the answer tells what the log is for: %s", w.Body)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != want[code].challenge {
				t.Errorf("WWW-Authenticate is %q, want %q", got, want[code].challenge)
			}
			if got, waits := w.Header().Get("Retry-After") != "", code == broker.CodeLimited || code == broker.CodeUnavailable; got != waits {
				t.Errorf("Retry-After is there: %t, want %t", got, waits)
			}
		})
	}
	t.Run("who is forbidden without a reason is no administrator", func(t *testing.T) {
		w := httptest.NewRecorder()
		adapter.Fail(w, httptest.NewRequest(http.MethodGet, "/users/", nil), broker.Fail(broker.CodeForbidden, ""))
		is(t, w, 403, `{"detail":"Not an admin user"}`)
	})
}

// fault is an answer to a request that cannot be read, by loc, message and type.
func fault(loc, msg, kind string) string {
	loc = strings.ReplaceAll(loc, ".", `","`)
	return `{"detail":[{"loc":["` + loc + `"],"msg":"` + msg + `","type":"` + kind + `"}]}`
}

func TestWhatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin", "b")
	admin := h.bearer(t)
	long := strings.Repeat("x", wire.MaxBody)
	const good = "username=admin@example.org&password=" + secret
	for _, c := range []struct {
		rule, method, path, body, kind string
		status                         int
		want                           string
	}{
		{"a form with a name twice", "POST", "/admin_token/", good + "&username=b@example.org", formBody, 422, fault("body.username", "it is there more than once", "value_error")},
		{"a form with a password twice", "POST", "/admin_token/", good + "&password=x", formBody, 422, fault("body.password", "it is there more than once", "value_error")},
		{"a form that is none", "POST", "/admin_token/", good + "&x=%zz", formBody, 422, fault("body", "the form is malformed", "value_error")},
		{"a form that is too large", "POST", "/admin_token/", good + "&x=" + long, formBody, 413, `{"detail":"Request Entity Too Large"}`},
		{"a grant of another kind", "POST", "/admin_token/", good + "&grant_type=password2", formBody, 422, "*"},
		{"a blank form", "POST", "/admin_token/", "username=&password=", formBody, 422, "*"},
		{"credentials in the query", "POST", "/admin_token/?" + good, "", formBody, 422, "*"},
		{"no body", "POST", "/token/", "", "", 422, fault("body", "the body must be application/json", "value_error")},
		{"a form in the place of JSON", "POST", "/token/", "email=b@example.org&password=" + secret, formBody, 422, fault("body", "the body must be application/json", "value_error")},
		{"a list", "POST", "/token/", `[]`, jsonBody, 422, fault("body", "the body is not a JSON object", "value_error")},
		{"a name twice", "POST", "/token/", `{"email":"a@example.org","email":"b@example.org","password":"x"}`, jsonBody, 422, fault("body", "the body has a name twice", "value_error")},
		{"a number for a text", "POST", "/token/", `{"email":"b@example.org","password":7}`, jsonBody, 422, fault("body", `\"password\" is of the wrong type`, "value_error")},
		{"null for a text", "POST", "/token/", `{"email":"b@example.org","password":null}`, jsonBody, 422, fault("body.password", "field required", "value_error.missing")},
		{"a body that is too large", "POST", "/token/", `{"email":"` + long + `"}`, jsonBody, 413, `{"detail":"Request Entity Too Large"}`},
		{"an address of two", "POST", "/token/", `{"email":"b@example.org, c@example.org","password":"x"}`, jsonBody, 422, fault("body.email", "value is not a valid email address", "value_error.email")},
		{"a number for a refresh token", "POST", "/refresh/", `{"refresh_token":1}`, jsonBody, 422, "*"},
		{"an address twice in a query", "GET", "/user/?email=b@example.org&email=admin@example.org", "", "", 422, fault("query.email", "it is there more than once", "value_error")},
		{"a query that is none", "GET", "/user/?email=b@example.org&x=%zz", "", "", 422, fault("query", "the query is malformed", "value_error")},
		{"an address in query and body", "PUT", "/user/?email=b@example.org", `{"email":"admin@example.org","new_email":"c@example.org"}`, jsonBody, 422, fault("query.email", "it is there more than once", "value_error")},
		{"a password in query and body", "PUT", "/user/?email=b@example.org&password=one-right-password", `{"password":"other-right-password"}`, jsonBody, 422, fault("query.password", "it is there more than once", "value_error")},
		{"a new address that is none", "PUT", "/user/?email=b@example.org&new_email=b", "", "", 422, fault("query.new_email", "value is not a valid email address", "value_error.email")},
		{"an address to remove in the body", "DELETE", "/user/", `{"email":"b@example.org"}`, jsonBody, 422, fault("query.email", "field required", "value_error.missing")},
		{"a list from nowhere on", "GET", "/users/?after=-1", "", "", 422, fault("query.after", "value is not a valid integer", "type_error.integer")},
		{"a list from beyond all on", "GET", "/users/?after=9223372036854775807", "", "", 422, "*"},
		{"a list from two places on", "GET", "/users/?after=1&after=2", "", "", 422, "*"},
		{"an address that is too long", "GET", "/user/?email=" + strings.Repeat("x", 9000), "", "", 414, "*"},
		{"another site's page", "PUT", "/user/?email=b@example.org&new_email=c@example.org", "", "origin", 403, `{"detail":"Forbidden"}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			fields := append([]string{"Content-Type", c.kind}, admin...)
			if c.kind == "origin" {
				fields = append([]string{"Origin", "https://evil.example"}, admin...)
			}
			is(t, h.send(c.method, c.path, c.body, fields...), c.status, c.want)
		})
	}
	t.Run("and nothing of it changed anybody", func(t *testing.T) {
		is(t, h.send("GET", "/user/?email=admin@example.org", "", admin...), 200, `{"id":1,"email":"admin@example.org"}`)
		is(t, h.send("GET", "/user/?email=b@example.org", "", admin...), 200, `{"id":2,"email":"b@example.org"}`)
		is(t, h.send("GET", "/users/?after=2", "", admin...), 200, `[]`)
		h.tokens(t, "b")
	})
}

func TestOtherSitesPagesActForNobody(t *testing.T) {
	h := newHouse(t)
	h.people(t, "admin")
	for _, c := range []struct{ method, path, kind, body string }{
		{"POST", "/admin_token/", formBody, "username=admin@example.org&password=" + secret},
		{"POST", "/token/", jsonBody, `{"email":"admin@example.org","password":"` + secret + `"}`},
		{"POST", "/refresh/", jsonBody, `{"refresh_token":"x"}`},
		{"POST", "/user/", jsonBody, `{"email":"b@example.org","password":"` + secret + `"}`},
		{"PUT", "/user/?email=admin@example.org", jsonBody, ""},
		{"DELETE", "/user/?email=admin@example.org", jsonBody, ""},
	} {
		w := h.send(c.method, c.path, c.body, "Content-Type", c.kind, "Sec-Fetch-Site", "cross-site")
		if w.Code != 403 || w.Body.String() != `{"detail":"Forbidden"}` {
			t.Errorf("%s %s: got %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
}

func TestWhoseAPathIs(t *testing.T) {
	crossSite, err := wire.NewCrossSite(compattest.PublicURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := func(path string) bool {
		return path == "/token" || path == "/x/verify" || strings.HasPrefix(path, "/users/")
	}
	for prefix, want := range map[string]map[string]bool{
		"":   {"/token/": true, "/token": false, "/user": true, "/users/": true, "/users/me": false, "/refresh//": false, "/": false, "/docs": false, "/Token/": false},
		"/x": {"/x": true, "/x/": true, "/x/token": true, "/x/anything": true, "/x/verify": false, "/xy": false, "/token/": false},
	} {
		s := authserver.New(authserver.Config{
			Settings: authserver.Settings{Prefix: prefix}, Administration: new(broker.Administration), CrossSite: crossSite, Elsewhere: elsewhere, Now: time.Now,
		})
		for path, own := range want {
			if got := s.Owns(path); got != own {
				t.Errorf("prefix %q owns %q: %t, want %t", prefix, path, got, own)
			}
		}
	}
	t.Run("without administration nobody is administered", func(t *testing.T) {
		s := authserver.New(authserver.Config{CrossSite: crossSite, Now: time.Now})
		if s.Owns("/user/") || s.Owns("/users") || !s.Owns("/token/") || !s.Owns("/token") {
			t.Error("it owns what it does not serve")
		}
	})
}

func TestThePagesAboutTheInterface(t *testing.T) {
	t.Run("below a prefix there is one of its own", func(t *testing.T) {
		h := newHouse(t, below)
		for _, path := range []string{"/old/docs", "/old/redoc"} {
			w := h.send("GET", path, "")
			for _, words := range []string{"POST /old/admin_token/", "PUT /old/user/", "<html"} {
				if !strings.Contains(w.Body.String(), words) {
					t.Errorf("%s: got %d %s, want %q in it", path, w.Code, w.Body, words)
				}
			}
			if strings.Contains(w.Body.String(), "{prefix}") || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s: got %s", path, w.Body)
			}
		}
	})
	t.Run("the browser takes the page's own style, and nothing else", func(t *testing.T) {
		w := newHouse(t, below).send("GET", "/old/docs", "")
		_, style, _ := strings.Cut(w.Body.String(), "<style>")
		style, _, found := strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		if got := w.Header().Get("Content-Security-Policy"); !found || !strings.Contains(style, "prefers-color-scheme: dark") || got != want {
			t.Errorf("got %q of a style %q, want %q", got, style, want)
		}
	})
	t.Run("without one Signet's own stands for it", func(t *testing.T) {
		h := newHouse(t)
		w := h.send("GET", "/redoc", "")
		is(t, w, 303, "*")
		is(t, h.send("GET", w.Header().Get("Location"), ""), 200, "*")
	})
}

func TestTheSlashAlonePartsPapermergeFromThis(t *testing.T) {
	const body = `{"email":"b@example.org","password":"` + secret + `"}`
	for _, c := range []struct {
		name   string
		change func(*compattest.Setup)
		path   string
		status int
	}{
		{"where both are on", func(*compattest.Setup) {}, "/token", 422},
		{"where only this one is", func(s *compattest.Setup) { s.Web.Papermerge = nil }, "/token", 307},
		{"below a prefix of its own", below, "/old/token", 307},
		{"below the same prefix", func(s *compattest.Setup) { below(s); s.Web.Papermerge.Prefix = "/old" }, "/old/token", 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.change)
			h.people(t, "b")
			w := h.send("POST", c.path, body)
			is(t, w, c.status, "*")
			if to := w.Header().Get("Location"); c.status == 307 && to != c.path+"/" || c.status != 307 && to != "" {
				t.Errorf("sent to %q", to)
			}
			is(t, h.send("POST", c.path+"/", body), 200, "*")
		})
	}
}
