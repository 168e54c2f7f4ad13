package oauth2_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

func TestR09_TheVerifierIsSentOnceAndInTheBody(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	f := begin(t, s, open(t, own(s)))
	if _, err := f.exchange(t); err != nil {
		t.Fatal(err)
	}
	calls := s.TokenCalls()
	if len(calls) != 1 {
		t.Fatalf("R-09 got %d token calls, want one", len(calls))
	}
	for name, want := range map[string]string{
		"code_verifier": f.attempt.Verifier, "redirect_uri": s.RedirectURI, "grant_type": "authorization_code", "code": f.reply.Get("code"),
	} {
		if got := calls[0].Form[name]; len(got) != 1 || got[0] != want {
			t.Errorf("R-09 got %s %q, want once %q", name, got, want)
		}
	}
	if got := calls[0].Header.Get("Accept"); got != "application/json" {
		t.Errorf("got Accept %q: GitHub, for one, answers in a form then", got)
	}
	for _, call := range s.Calls("")[1:] { // the first is the browser's
		if got := call.Header.Get("User-Agent"); got != "Signet" {
			t.Errorf("%s: got User-Agent %q: GitHub and Reddit refuse the usual one", call.Path, got)
		}
	}
	if len(calls[0].Query) != 0 {
		t.Errorf("R-09 the address has the query %v", calls[0].Query)
	}
}

func TestWhatIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*flow){
		"R-09 a code without a verifier": func(f *flow) { f.attempt.Verifier = "" },
		"a code with a NUL":              func(f *flow) { f.reply.Set("code", "a\x00") },
		"a code with a line break":       func(f *flow) { f.reply.Set("code", "a\r\nb") },
		"a code with a blank":            func(f *flow) { f.reply.Set("code", "a b") },
		"an endless code":                func(f *flow) { f.reply.Set("code", strings.Repeat("x", 9<<10)) },
		"one of two codes":               func(f *flow) { f.reply.Add("code", "b") },
		"no code":                        func(f *flow) { f.reply.Del("code") },
	} {
		t.Run(name, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			f := begin(t, s, open(t, own(s)))
			change(&f)
			id, err := f.exchange(t)
			refused(t, id, err, drivers.ErrReply)
			if n := len(s.TokenCalls()); n != 0 {
				t.Errorf("got %d token calls, want none", n)
			}
		})
	}
}

func TestR51_TokenAnswers(t *testing.T) {
	const good = `"access_token":"t","token_type":"Bearer"`
	for name, one := range map[string]struct {
		status int
		text   string
		want   error
	}{
		"no token":                      {200, `{"token_type":"Bearer"}`, drivers.ErrReply},
		"an empty token":                {200, `{"access_token":"","token_type":"Bearer"}`, drivers.ErrReply},
		"a token that is no text":       {200, `{"access_token":{"t":1},"token_type":"Bearer"}`, drivers.ErrReply},
		"a MAC token":                   {200, `{"access_token":"t","token_type":"MAC"}`, drivers.ErrReply},
		"a line break in the token":     {200, `{"access_token":"t\r\nX-Evil: 1","token_type":"Bearer"}`, drivers.ErrReply},
		"a line break and no blank":     {200, `{"access_token":"t\r\nX-Evil:1","token_type":"Bearer"}`, drivers.ErrReply},
		"a NUL in the token":            {200, `{"access_token":"t\u0000","token_type":"Bearer"}`, drivers.ErrReply},
		"a blank in the token":          {200, `{"access_token":"t t","token_type":"Bearer"}`, drivers.ErrReply},
		"an error with status 200":      {200, `{"error":"bad_verification_code",` + good + `}`, drivers.ErrReply},
		"another error with 200":        {200, `{"error":"strange"}`, drivers.ErrReply},
		"HTML":                          {200, `<html><body>sign in</body></html>`, drivers.ErrReply},
		"a form":                        {200, `access_token=t&token_type=bearer`, drivers.ErrReply},
		"a name twice":                  {200, `{` + good + `,"access_token":"u"}`, drivers.ErrReply},
		"more than one document":        {200, `{` + good + `}{}`, drivers.ErrReply},
		"a list":                        {200, `[{` + good + `}]`, drivers.ErrReply},
		"a lifetime that is no number":  {200, `{` + good + `,"expires_in":"x"}`, drivers.ErrReply},
		"an invalid grant":              {400, `{"error":"invalid_grant"}`, drivers.ErrReply},
		"an invalid request":            {400, `{"error":"invalid_request"}`, drivers.ErrReply},
		"a client that is not ours":     {401, `{"error":"invalid_client"}`, drivers.ErrUnavailable},
		"GitHub's wrong secret":         {200, `{"error":"incorrect_client_credentials"}`, drivers.ErrUnavailable},
		"too many calls":                {429, `{}`, drivers.ErrUnavailable},
		"a fault with HTML":             {502, `<html>`, drivers.ErrUnavailable},
		"an error longer than a letter": {400, `{"error":"` + strings.Repeat("x", 100_000) + `"}`, drivers.ErrReply},
	} {
		t.Run("R-51 "+name, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			f := begin(t, s, open(t, own(s)))
			s.AnswerToken(says(one.status, one.text))
			id, err := f.exchange(t)
			refused(t, id, err, one.want, s.ClientSecret, f.reply.Get("code"), f.attempt.Verifier)
			if n := len(s.Calls("/profile")); n != 0 {
				t.Errorf("the profile was asked for %d times", n)
			}
		})
	}
	for _, life := range []string{`-1`, `1e18`, `999999999999999999`, `0`, `null`, `"3600"`} {
		t.Run("R-51 a lifetime of "+life+" is no crash", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			f := begin(t, s, open(t, own(s)))
			s.AnswerToken(says(200, `{`+good+`,"expires_in":`+life+`}`))
			s.AnswerProfile(says(200, oauth2test.Profile))
			id, err := f.exchange(t)
			if life == `1e18` {
				refused(t, id, err, drivers.ErrReply)
			} else if err != nil || id.Subject != oauth2test.Subject {
				t.Errorf("got %q, %v", id.Subject, err)
			}
		})
	}
}

func TestR58_TheClientSecret(t *testing.T) {
	const secret = "s:e%c+r e/t=&é"
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run("R-58 it goes to the token endpoint only, with "+method, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.ClientSecret = secret
			signIn(t, s, open(t, own(s), func(c *oauth2.Config) { c.ClientAuth = method }))
			for _, call := range s.Calls("") {
				shown := call.Form.Get("client_secret") == secret || strings.HasPrefix(call.Header.Get("Authorization"), "Basic ")
				if shown != (call.Path == "/token") || strings.Contains(call.Query.Encode(), url.QueryEscape(secret)) {
					t.Errorf("%s %s: shown is %v", call.Method, call.Path, shown)
				}
			}
			call := s.TokenCalls()[0]
			if method == "client_secret_post" {
				if call.Header.Get("Authorization") != "" {
					t.Error("it is in the header too")
				}
				return
			}
			if call.Form.Has("client_secret") {
				t.Error("it is in the body too")
			}
			want := "Basic " + base64.StdEncoding.EncodeToString([]byte("signet:s%3Ae%25c%2Br+e%2Ft%3D%26%C3%A9"))
			if got := call.Header.Get("Authorization"); got != want {
				t.Errorf("got %q, want %q (RFC 6749 §2.3.1)", got, want)
			}
		})
		t.Run("R-58 a provider that repeats it does not bring it into the log, with "+method, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			f := begin(t, s, open(t, own(s), func(c *oauth2.Config) { c.ClientAuth = method }))
			s.AnswerToken(says(401, `{"error":"invalid_client","error_description":"`+s.ClientSecret+`","code":"`+f.reply.Get("code")+`"}`))
			id, err := f.exchange(t)
			refused(t, id, err, drivers.ErrUnavailable, s.ClientSecret, f.reply.Get("code"))
		})
	}
}

func TestR11_TheProvidersErrorReachesNobody(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	f := begin(t, s, open(t, own(s)))
	f.reply.Set("error", "access_denied")
	f.reply.Set("error_description", "<script>\x1b[2J\n"+strings.Repeat("x", 10_000))
	id, err := f.exchange(t)
	refused(t, id, err, drivers.ErrCredentials, "\x1b", "\n", f.reply.Get("code"))
	if n := len(s.TokenCalls()); n != 0 {
		t.Errorf("R-11 got %d token calls, want none", n)
	}
}

func TestProfileErrors(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a fault":                    says(500, `{}`),
		"a token that is not taken":  says(401, `{}`),
		"a person without the right": says(403, `{}`),
		"no such address":            says(404, `{}`),
	} {
		for _, config := range []func(*oauth2test.Server) oauth2.Config{own, ownGitea} {
			t.Run(name+" at sign-in is the provider's", func(t *testing.T) {
				s := oauth2test.New(t, asGitea)
				f := begin(t, s, open(t, config(s)))
				s.AnswerProfile(h)
				id, err := f.exchange(t)
				refused(t, id, err, drivers.ErrUnavailable, s.ClientSecret)
			})
		}
	}
}
