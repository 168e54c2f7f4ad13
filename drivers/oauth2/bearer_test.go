package oauth2_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/drivertest"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

// asking lets access tokens in.
func asking(s *oauth2test.Server) func(*oauth2.Config) {
	return func(c *oauth2.Config) { c.Bearer = oauth2.Bearer{Introspect: true, IntrospectURL: s.IntrospectURL()} }
}

// unsigned is a JWT that nobody signed.
func unsigned(payload string) string {
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestTheBearerContract(t *testing.T) {
	for _, auth := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(auth, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			strange := map[string]bool{}
			s.SayOf(func(token string, answer map[string]any) {
				if strange[token] {
					answer["client_id"], answer["aud"] = "another", []string{"another"}
				}
			})
			drivertest.TestBearer(t, drivertest.BearerFixture{
				Driver: open(t, own(s), asking(s), func(c *oauth2.Config) { c.ClientAuth = auth }), Subject: oauth2test.Subject,
				Secret: s.ClientSecret, Now: time.Now, Foreign: unsigned(`{"iss":"https://another.test"}`),
				Token:   func(testing.TB) string { return s.Give() },
				Strange: func(testing.TB) string { token := s.Give(); strange[token] = true; return token },
				End:     func(testing.TB, string) { s.Revoke() },
				Break:   s.Break,
			})
		})
	}
}

func TestATokenIsWhatASignInWouldSay(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s), asking(s))
	want := signIn(t, s, d)
	want.Upstream = nil
	got, err := d.Bearer.ReadBearer(t.Context(), s.Give())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Identity); diff != "" {
		t.Errorf("-sign-in +token:\n%s", diff)
	}
	if left := time.Until(got.Expires); left <= 59*time.Minute || left > time.Hour {
		t.Errorf("it counts for %v, want the token's hour", left)
	}
	t.Run("whatever introspection calls the person", func(t *testing.T) {
		s.SayOf(func(_ string, answer map[string]any) {
			answer["sub"], answer["username"], answer["email"] = "mallory", "mallory", "m@evil.test"
		})
		got, err := d.Bearer.ReadBearer(t.Context(), s.Give())
		if diff := cmp.Diff(want, got.Identity); err != nil || diff != "" {
			t.Errorf("%v; -sign-in +token:\n%s", err, diff)
		}
	})
}

func TestWhoseATokenCouldBe(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s), asking(s), func(c *oauth2.Config) { c.Hosts = []string{"ID.example.org"} })
	for name, c := range map[string]struct {
		token string
		want  bool
	}{
		"an opaque one":                     {"gho_16C7e42F292c6912E7710c838347Ae178B4a", true},
		"a JWT of nobody":                   {unsigned(`{"sub":"x"}`), true},
		"a JWT of the server":               {unsigned(`{"iss":"` + s.Origin + `"}`), true},
		"a JWT of a host that is listed":    {unsigned(`{"iss":"https://id.example.org/x"}`), true},
		"a JWT of another":                  {unsigned(`{"iss":"https://evil.test"}`), false},
		"a JWT of a host that begins alike": {unsigned(`{"iss":"https://127.0.0.1.evil.test"}`), false},
		"a JWT with the host in its user":   {unsigned(`{"iss":"https://127.0.0.1@evil.test"}`), false},
		"a JWT whose issuer is no address":  {unsigned(`{"iss":"127.0.0.1"}`), false},
		"nothing":                           {"", false},
		"a blank":                           {"a b", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.Bearer.Issued(c.token); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	if n := len(s.Calls("")); n != 0 {
		t.Errorf("it took %d calls, want none", n)
	}
}

// unread wants a token to prove nobody, in a text that a log can carry.
func unread(t *testing.T, s *oauth2test.Server, d drivers.Driver, token string, want error) {
	t.Helper()
	b, err := d.Bearer.ReadBearer(t.Context(), token)
	if !errors.Is(err, want) || b.Identity.Subject != "" || !b.Expires.IsZero() {
		t.Fatalf("got %q, %v, want %v", b.Identity.Subject, err, want)
	}
	if errors.Is(err, drivers.ErrUnavailable) != errors.Is(want, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrReply) ||
		errors.Is(err, drivers.ErrMisconfigured) != (want == drivers.ErrMisconfigured) {
		t.Errorf("got %v, which is not %v alone", err, want)
	}
	if text := err.Error(); len(text) > 600 || len(token) > 8 && strings.Contains(text, token) || strings.Contains(text, s.ClientSecret) || strings.ContainsAny(text, "\r\n\x00") {
		t.Errorf("the error cannot be logged: %q", text)
	}
}

func TestIntrospectionAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		member string
		value  any
		want   error
	}{
		"active: false":                  {"active", false, drivers.ErrCredentials},
		"active as text":                 {"active", "true", drivers.ErrUnavailable},
		"another client":                 {"client_id", "another", drivers.ErrCredentials},
		"a client that is a list":        {"client_id", []string{"signet"}, drivers.ErrCredentials},
		"an issuer elsewhere":            {"iss", "https://evil.test", drivers.ErrCredentials},
		"an expiry in the past":          {"exp", time.Now().Add(-2 * time.Second).Unix(), drivers.ErrCredentials},
		"an expiry that is text":         {"exp", "9999999999", drivers.ErrCredentials},
		"T-14 a refresh token":           {"token_type", "refresh_token", drivers.ErrCredentials},
		"RFC 9449 a token bound to keys": {"cnf", map[string]any{}, drivers.ErrCredentials},
		"RFC 9068 a program's own token": {"sub", "signet", drivers.ErrCredentials},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.SayOf(func(_ string, answer map[string]any) { answer[c.member] = c.value })
			unread(t, s, open(t, own(s), asking(s)), s.Give(), c.want)
			if n := len(s.Calls("/profile")); n != 0 {
				t.Errorf("the profile was asked %d times, want none", n)
			}
		})
	}
	t.Run("without an expiry it counts for a minute", func(t *testing.T) {
		s := oauth2test.New(t, oauth2test.Options{})
		s.SayOf(func(_ string, answer map[string]any) { delete(answer, "exp") })
		b, err := open(t, own(s), asking(s)).Bearer.ReadBearer(t.Context(), s.Give())
		if left := time.Until(b.Expires); err != nil || left > time.Minute || left < 50*time.Second {
			t.Errorf("it counts for %v, %v", left, err)
		}
	})
}

// answers is an answer of a kind.
func answers(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a caller who went away
	}
}

func TestIntrospectionOnTheWire(t *testing.T) {
	const active = `{"active":true,"client_id":"signet"`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"HTML":                      {answers(200, "text/html", "<h1>"), drivers.ErrUnavailable},
		"something behind it":       {answers(200, "application/json", active+`} {}`), drivers.ErrUnavailable},
		"R-51 a member twice":       {answers(200, "application/json", active+`,"active":false}`), drivers.ErrUnavailable},
		"R-45 more than a megabyte": {answers(200, "application/json", active+strings.Repeat(" ", 2<<20)+"}"), drivers.ErrUnavailable},
		"R-47 a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, drivers.ErrMisconfigured},
		"401":                 {answers(401, "application/json", `{"error":"invalid_client"}`), drivers.ErrMisconfigured},
		"404":                 {answers(404, "text/plain", ``), drivers.ErrMisconfigured},
		"429":                 {answers(429, "application/json", `{}`), drivers.ErrUnavailable},
		"500":                 {answers(500, "application/json", active+"}"), drivers.ErrUnavailable},
		"400 about the token": {answers(400, "application/json", `{"error":"invalid_request"}`), drivers.ErrCredentials},
	} {
		t.Run(name+" proves nobody", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.Answer("/introspect", c.answer)
			unread(t, s, open(t, own(s), asking(s)), s.Give(), c.want)
			if n := len(s.Calls("/other")) + len(s.Calls("/profile")); n != 0 {
				t.Errorf("the token went elsewhere %d times", n)
			}
		})
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"401":                    {answers(401, "application/json", `{}`), drivers.ErrCredentials},
		"403":                    {answers(403, "application/json", `{}`), drivers.ErrCredentials},
		"500":                    {answers(500, "text/html", ``), drivers.ErrUnavailable},
		"a profile of nobody":    {answers(200, "application/json", `{"login":"alice"}`), drivers.ErrCredentials},
		"a profile that is null": {answers(200, "application/json", `null`), drivers.ErrCredentials},
	} {
		t.Run("the profile's "+name+" proves nobody", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.AnswerProfile(c.answer)
			unread(t, s, open(t, own(s), asking(s)), s.Give(), c.want)
		})
	}
	t.Run("R-40 an answer that never comes ends with the deadline", func(t *testing.T) {
		s := oauth2test.New(t, oauth2test.Options{})
		s.Answer("/introspect", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		d := open(t, own(s), asking(s), func(c *oauth2.Config) { c.Timeout = 50 * time.Millisecond })
		unread(t, s, d, s.Give(), drivers.ErrUnavailable)
	})
}

func TestWhatIsNotAskedAbout(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s), asking(s))
	for name, token := range map[string]string{
		"another issuer's JWT": unsigned(`{"iss":"https://evil.test"}`), "an ID token": unsigned(`{"at_hash":"x"}`),
		"a logout token": unsigned(`{"events":{}}`), "one of a megabyte": strings.Repeat("x", 1<<20), "one with a line break": "a\r\nb",
	} {
		t.Run(name, func(t *testing.T) {
			unread(t, s, d, token, drivers.ErrCredentials)
			if n := len(s.Calls("")); n != 0 {
				t.Errorf("%d calls, want none", n)
			}
		})
	}
}

func TestTheQuestionAboutAToken(t *testing.T) {
	for _, auth := range []string{"client_secret_basic", "client_secret_post"} {
		s := oauth2test.New(t, oauth2test.Options{})
		token := s.Give()
		if _, err := open(t, own(s), asking(s), func(c *oauth2.Config) { c.ClientAuth = auth }).Bearer.ReadBearer(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		q := s.Calls("/introspect")[0]
		basic := auth == "client_secret_basic"
		if q.Form.Get("token") != token || q.Form.Has("client_secret") == basic || (q.Header.Get("Authorization") != "") != basic {
			t.Errorf("%s: asked with %v, Authorization %v", auth, len(q.Form), q.Header.Get("Authorization") != "")
		}
	}
}

func TestWhereToAskIsNeeded(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	for address, want := range map[string]string{"": "introspect_url", "introspect": "no absolute", "ftp://a.test/": "not https"} {
		c := own(s)
		c.Bearer = oauth2.Bearer{Introspect: true, IntrospectURL: address}
		if _, err := oauth2.Open(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", address, err, want)
		}
	}
	if open(t, own(s)).Bearer != nil {
		t.Error("access tokens are read though nobody asked for it")
	}
}

func TestCheckAsksAboutAMadeUpToken(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		failed string
	}{
		"an honest server":                 {nil, ""},
		"one that calls everything active": {answers(200, "application/json", `{"active":true}`), "introspection"},
		"one that does not let us ask":     {answers(403, "application/json", `{}`), "introspection"},
	} {
		t.Run(name, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.Answer("/introspect", c.answer)
			if _, failed := stepNames(open(t, own(s), asking(s)).Check.Check(t.Context(), "")); failed.Name != c.failed || (failed.Fix == "") != (c.failed == "") {
				t.Errorf("got %+v, want %q to fail", failed, c.failed)
			}
			if n := len(s.Calls("/introspect")); n != 1 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}
