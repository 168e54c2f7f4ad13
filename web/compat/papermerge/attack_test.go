package papermerge_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
	"github.com/signet-sso/signet/web/compat/compattest"
	"github.com/signet-sso/signet/web/wire"
)

// exchange is the address of an exchange that would go well, changed.
func exchange(code string, change ...func(url.Values)) string {
	q := url.Values{"provider": {"oidc"}, "client_id": {"papermerge"}, "code": {code}, "redirect_url": {callback}}
	for _, f := range change {
		f(q)
	}
	return "/token?" + q.Encode()
}

func with(name, value string) func(url.Values) { return func(q url.Values) { q.Add(name, value) } }

func TestWhatIsNoExchange(t *testing.T) {
	b := newBehind(t, sqlite())
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		word   string
	}{
		"two codes":                             {with("code", "another"), 422, `"loc":["query","code"]`},
		"the same code twice":                   {func(q url.Values) { q.Add("code", q.Get("code")) }, 422, `"loc":["query","code"]`},
		"two clients":                           {with("client_id", "another"), 422, `"loc":["query","client_id"]`},
		"two providers":                         {with("provider", "db"), 422, `"loc":["query","provider"]`},
		"two pages":                             {with("redirect_url", "http://evil/"), 422, `"loc":["query","redirect_url"]`},
		"two pages under two names":             {with("redirect_uri", "http://evil/"), 422, `"loc":["query","redirect_uri"]`},
		"a NUL in the code":                     {func(q url.Values) { q.Set("code", q.Get("code")+"\x00") }, 401, "Auth provider error"},
		"a line break in the code":              {func(q url.Values) { q.Set("code", q.Get("code")+"\r\nX: y") }, 401, "Auth provider error"},
		"a NUL behind the page":                 {func(q url.Values) { q.Set("redirect_url", callback+"\x00") }, 401, "redirect_url is not among"},
		"the page in capitals":                  {func(q url.Values) { q.Set("redirect_url", "HTTP://PM/oidc/callback") }, 401, "redirect_url is not among"},
		"the page with a query":                 {func(q url.Values) { q.Set("redirect_url", callback+"?x=1") }, 401, "redirect_url is not among"},
		"the page with somebody else's in it":   {func(q url.Values) { q.Set("redirect_url", "http://pm@evil/oidc/callback") }, 401, "redirect_url is not among"},
		"a callback of our own, as R-07":        {func(q url.Values) { q.Set("redirect_url", compattest.PublicURL+"/auth/login/okta/callback") }, 401, "redirect_url is not among"},
		"the client in capitals":                {func(q url.Values) { q.Set("client_id", "Papermerge") }, 401, "client_id is not that"},
		"a provider's name in capitals":         {func(q url.Values) { q.Set("provider", "OIDC") }, 422, `"loc":["query","provider"]`},
		"X-07 an address of 9 KiB":              {func(q url.Values) { q.Set("code", strings.Repeat("c", 9<<10)) }, 414, "detail"},
		"X-07 two hundred parameters":           {func(q url.Values) { q["x"] = make([]string, 200) }, 422, "detail"},
		"L-08 a name and a password in the URL": {func(q url.Values) { clear(q); q.Set("username", "ada"); q.Set("password", "secret") }, 400, "Unknown or empty auth provider"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := b.provider.Calls(oidctest.Token)
			w := send(b, "POST", exchange(b.code(t), c.change), "")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.word) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.word)
			}
			none(t, w)
			if n := b.provider.Calls(oidctest.Token) - asked; n != 0 {
				t.Errorf("the provider was asked %d times, want not at all", n)
			}
		})
	}
	t.Run("a query that is none", func(t *testing.T) {
		w := send(b, "POST", "/token?provider=oidc&code=%zz", "")
		is(t, w, 422, `{"detail":[{"loc":["query"],"msg":"the query is malformed","type":"value_error"}]}`)
	})
}

// none checks that an answer brings no token, and repeats nothing of the
// request's.
func none(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if h := w.Header(); h.Get("Set-Cookie") != "" || h.Get("Authorization") != "" || strings.Contains(w.Body.String(), "code-") || strings.Contains(w.Body.String(), "evil") {
		t.Errorf("got %v %s, want neither a token nor what was sent", h, w.Body)
	}
}

// TestC06OtherSitesCannotMakeABrowserExchangeTheirCodes: the victim would work
// in the account of whoever's code it was.
func TestC06OtherSitesCannotMakeABrowserExchangeTheirCodes(t *testing.T) {
	b := newBehind(t, sqlite())
	for name, fields := range map[string][]string{
		"another origin":               {"Origin", "https://evil.example"},
		"an origin that is hidden":     {"Origin", "null"},
		"another site, as the browser": {"Sec-Fetch-Site", "cross-site"},
		"a sister site":                {"Sec-Fetch-Site", "same-site", "Origin", "https://wiki.example.org"},
		"two origins":                  {"Origin", "https://sso.example.org", "Origin", "https://evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{exchange(b.code(t)), "/api" + exchange(b.code(t))} {
				w := send(b, "POST", path, "", fields...)
				if w.Code != http.StatusForbidden && w.Code != http.StatusUnprocessableEntity {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				none(t, w)
			}
		})
	}
	t.Run("and not by a link", func(t *testing.T) {
		for _, method := range []string{"GET", "HEAD"} {
			if w := send(b, method, exchange(b.code(t)), ""); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s: got %d", method, w.Code)
			}
		}
	})
	t.Run("while Papermerge's own page can", func(t *testing.T) {
		access(t, send(b, "POST", exchange(b.code(t)), "", "Sec-Fetch-Site", "same-origin", "Origin", "https://papermerge.example.org"))
	})
}

func TestABodyMakesItAPassword(t *testing.T) {
	b := newBehind(t, sqlite())
	b.Acts()["add"](t, []string{"socrates", "secret"})
	code := b.code(t)
	t.Run("whatever the query says", func(t *testing.T) {
		w := send(b, "POST", exchange(code), `{"username":"socrates","password":"secret"}`)
		if who := b.Acts()["claims"](t, []string{access(t, w), "preferred_username"}); who != `{"preferred_username":"socrates"}` {
			t.Errorf("got %s", who)
		}
	})
	t.Run("and an empty object is one without a name", func(t *testing.T) {
		is(t, send(b, "POST", exchange(code), `{}`), 422, `{"detail":[{"loc":["body","username"],"msg":"field required","type":"value_error.missing"}]}`)
	})
	t.Run("and a blank is no JSON", func(t *testing.T) {
		if w := send(b, "POST", exchange(code), " "); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("a form is not read", func(t *testing.T) {
		if w := send(b, "POST", "/token", "code=x", "Content-Type", "application/x-www-form-urlencoded"); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("X-03 nor what is larger than any name and password", func(t *testing.T) {
		body := `{"username":"a","password":"` + strings.Repeat("x", wire.MaxBody) + `"}`
		is(t, send(b, "POST", "/token", body), 413, `{"detail":"Request Entity Too Large"}`)
	})
	t.Run("a body in pieces, of which there is none, is empty", func(t *testing.T) {
		server := httptest.NewServer(b)
		defer server.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+exchange(code), struct{ *strings.Reader }{strings.NewReader("")})
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("got %s, want the exchange", answer.Status)
		}
	})
}

func TestOddTokensAtTheGuard(t *testing.T) {
	h := compattest.New(t, sqlite(), nil)
	h.Acts()["add"](t, []string{"socrates", "secret"})
	good := signIn(t, h, "socrates")
	const invalid, missing = `{"detail":"Invalid token"}`, `{"detail":"Not authenticated"}`
	for name, c := range map[string]struct {
		fields []string
		body   string
	}{
		"L-20 an empty field":             {[]string{"Authorization", ""}, missing},
		"L-20 no token":                   {[]string{"Authorization", "Bearer"}, invalid},
		"L-20 two fields":                 {[]string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, invalid},
		"L-20 two tokens":                 {[]string{"Authorization", "Bearer " + good + " " + good}, invalid},
		"L-20 64 KiB":                     {[]string{"Authorization", "Bearer " + strings.Repeat("x", 64<<10)}, invalid},
		"L-20 no text":                    {[]string{"Authorization", "Bearer \xff\xfe"}, invalid},
		"L-20 another scheme":             {[]string{"Authorization", "Basic c29jcmF0ZXM6c2VjcmV0"}, missing},
		"a good cookie, and a bad field":  {[]string{"Cookie", "access_token=" + good, "Authorization", "Bearer abc"}, invalid},
		"a bad cookie, and a good field":  {[]string{"Cookie", "access_token=abc", "Authorization", "Bearer " + good}, invalid},
		"T-03 a dot behind":               {[]string{"Cookie", "access_token=" + good + "."}, invalid},
		"T-03 two parts":                  {[]string{"Cookie", "access_token=a.b"}, invalid},
		"T-08 five parts":                 {[]string{"Cookie", "access_token=a.b.c.d.e"}, invalid},
		"C-10 quotes round it":            {[]string{"Cookie", `access_token="` + good[:20] + `"`}, invalid},
		"C-10 a cookie that is none":      {[]string{"Cookie", `access_token=a"b`}, invalid},
		"C-09 64 KiB of cookie":           {[]string{"Cookie", "access_token=" + strings.Repeat("x", 64<<10)}, invalid},
		"a cookie of another name":        {[]string{"Cookie", "access_tokens=" + good}, missing},
		"the session cookie of our pages": {[]string{"Cookie", "directus_session_token=" + good}, missing},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				w := send(h, method, "/verify", "", c.fields...)
				is(t, w, 401, c.body)
				if w.Header().Get("Remote-User") != "" || w.Header().Get("Set-Cookie") != "" {
					t.Errorf("got %v", w.Header())
				}
			}
		})
	}
	t.Run("T-36 tokens in the address are not looked at", func(t *testing.T) {
		is(t, send(h, "GET", "/verify?access_token="+good, ""), 401, missing)
	})
	t.Run("T-14 nor are other kinds of tokens good", func(t *testing.T) {
		w := send(h, "POST", "/auth/login", `{"email":"socrates@example.org","password":"secret"}`)
		_, rest, _ := strings.Cut(w.Body.String(), `"refresh_token":"`)
		refresh, _, _ := strings.Cut(rest, `"`)
		if refresh == "" {
			t.Fatalf("got %d %s, want a refresh token", w.Code, w.Body)
		}
		is(t, send(h, "GET", "/verify", "", "Cookie", "access_token="+refresh), 401, invalid)
	})
}

func TestAProviderWithoutASecretTakesNoCodes(t *testing.T) {
	b := newBehind(t, sqlite(), func(s *compattest.Setup) {
		i := len(s.Settings.Providers) - 1
		s.Settings.Providers[i].Driver.Codes = nil
	})
	is(t, send(b, "POST", exchange(b.code(t)), ""), 400, `{"detail":"OIDC client secret is empty"}`)
	is(t, send(b, "GET", "/papermerge-runtime-config.js", ""), 200, "window.__PAPERMERGE_RUNTIME_CONFIG__ = {\"login_provider\":\"db\"};\n")
}

func TestWithoutListedPagesThereIsNoExchange(t *testing.T) {
	b := newBehind(t, sqlite(), func(s *compattest.Setup) { s.Web.Papermerge.RedirectURLs = nil })
	w := send(b, "POST", exchange(b.code(t)), "")
	is(t, w, 401, `{"detail":"401 Unauthorized. Auth provider error: redirect_url is not among redirect_urls of the configuration."}`)
	for _, page := range []string{"", "%00"} {
		none(t, send(b, "POST", "/token?provider=oidc&client_id=papermerge&code=x&redirect_url="+page, ""))
	}
	is(t, send(b, "GET", "/papermerge-runtime-config.js", ""), 200, "window.__PAPERMERGE_RUNTIME_CONFIG__ = {\"login_provider\":\"db\"};\n")
}

func TestWhatPolicySaysOfACode(t *testing.T) {
	const nobody = `{"detail":"401 Unauthorized. Auth provider error: it does not vouch for anybody who may enter."}`
	for name, c := range map[string]struct {
		change func(*broker.Provider)
		body   string
	}{
		"S1 nobody without a known group":    {func(p *broker.Provider) { p.RequireGroups = []string{"FAMILY"} }, nobody},
		"nobody unknown where no one may be": {func(p *broker.Provider) { p.Signup = false }, nobody},
		"nobody without a second factor":     {func(p *broker.Provider) { p.MFA = broker.MFARequired }, `{"detail":"401 Unauthorized. Auth provider error: a second factor is needed, for which this page cannot ask."}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBehind(t, sqlite(), func(s *compattest.Setup) { c.change(&s.Settings.Providers[len(s.Settings.Providers)-1]) })
			w := send(b, "POST", exchange(b.code(t)), "")
			is(t, w, 401, c.body)
			none(t, w)
		})
	}
	t.Run("S1 but the first superuser, who is there on both sides", func(t *testing.T) {
		b := newBehind(t, sqlite(), func(s *compattest.Setup) {
			p := &s.Settings.Providers[len(s.Settings.Providers)-1]
			p.RequireGroups, p.Signup, p.Link = []string{"accounting"}, false, broker.LinkVerifiedEmail
		})
		is(t, send(b, "POST", exchange(b.code(t)), ""), 401, nobody)
		b.Acts()["add"](t, []string{"ada", "secret", "admin"})
		got := b.Acts()["claims"](t, []string{access(t, send(b, "POST", exchange(b.code(t)), "")), "is_admin", "scopes"})
		if got != `{"is_admin":true,"scopes":["document.upload","node.view"]}` {
			t.Errorf("got %s, want all scopes there are", got)
		}
	})
}
