package oauth2_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

// says makes a server's answer of a text.
func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// refused checks that nobody was proven and that the text can be logged.
func refused(t *testing.T, id drivers.Identity, err, want error, secrets ...string) {
	t.Helper()
	if id.Subject != "" {
		t.Errorf("got %q beside an error", id.Subject)
	}
	for _, one := range []error{drivers.ErrCredentials, drivers.ErrRefused, drivers.ErrReply, drivers.ErrUnavailable} {
		if errors.Is(err, one) != (one == want) {
			t.Errorf("got %v, want just %q", err, want)
			return
		}
	}
	for _, s := range secrets {
		if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the error shows %q: %v", s, err)
		}
	}
	if len(err.Error()) > 1000 {
		t.Errorf("the error is %d bytes long", len(err.Error()))
	}
}

func TestR03_WhatTheCallerChoosesDoesNotCount(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s), func(c *oauth2.Config) {
		c.AuthorizeURL += "?state=fixed&code_challenge=x&code_challenge_method=plain&redirect_uri=https://evil.test&scope=all&client_id=other&audience=kept"
	})
	to, err := d.Redirect.AuthURL(t.Context(), "the state", drivers.Attempt{RedirectURI: s.RedirectURI, Verifier: strings.Repeat("v", 43)})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"state": "the state", "code_challenge_method": "S256", "redirect_uri": s.RedirectURI, "scope": "profile mail", "client_id": s.ClientID, "audience": "kept",
	} {
		if got := u.Query()[name]; len(got) != 1 || got[0] != want {
			t.Errorf("R-03 got %s %q, want once %q", name, got, want)
		}
	}
}

func TestR17_VerifiedAddresses(t *testing.T) {
	for said, want := range map[string]bool{
		`,"verified":true`: true, `,"verified":false`: false, ``: false, `,"verified":"true"`: false, `,"verified":"false"`: false,
		`,"verified":1`: false, `,"verified":null`: false, `,"verified":[true]`: false, `,"verified":{"true":true}`: false, `,"":true`: false,
	} {
		t.Run("R-17 the claim "+said, func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.SetProfile(`{"id":1,"email":"a@example.org"` + said + `}`)
			if id := signIn(t, s, open(t, own(s))); id.EmailVerified != want || id.Email != "a@example.org" {
				t.Errorf("got %q, verified %v, want %v", id.Email, id.EmailVerified, want)
			}
			for _, trust := range []string{oauth2.TrustNever, ""} {
				if id := signIn(t, s, open(t, own(s), func(c *oauth2.Config) { c.EmailTrust = trust })); id.EmailVerified {
					t.Errorf("trust %q: it counts as verified", trust)
				}
			}
		})
	}
	for email, want := range map[string]bool{
		"a@example.org": true, "a@EXAMPLE.org": true, "a@sub.example.org": false, "a@badexample.org": false, "a@example.org.evil.test": false,
		"a@evil.test@example.org": false, "@example.org": false, "a@example.org@evil.test": false, "example.org": false, "": false,
	} {
		t.Run(fmt.Sprintf("R-17 the operator vouches for example.org, so %q is %v", email, want), func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.SetProfile(`{"id":1,"email":"` + email + `","verified":false}`)
			d := open(t, own(s), func(c *oauth2.Config) {
				c.EmailTrust, c.EmailDomains = oauth2.TrustDomains, []string{"example.org"}
			})
			if id := signIn(t, s, d); id.EmailVerified != want {
				t.Errorf("got verified %v", id.EmailVerified)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	for said, want := range map[string]string{
		`9007199254740993`: "9007199254740993", `9007199254740992`: "9007199254740992", `"9007199254740993"`: "9007199254740993",
		`18446744073709551617`: "18446744073709551617", `"1e3"`: "1e3", `"` + strings.Repeat("x", 255) + `"`: strings.Repeat("x", 255),
	} {
		t.Run("R-21 "+said[:min(30, len(said))]+" is kept as it is written", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.SetProfile(`{"id":` + said + `}`)
			if id := signIn(t, s, open(t, own(s))); id.Subject != want {
				t.Errorf("got %q, want %q", id.Subject, want)
			}
		})
	}
	for said, row := range map[string]string{
		`{}`: "R-20", `{"id":""}`: "R-20", `{"id":" "}`: "R-20", `{"id":0}`: "R-20", `{"id":"0"}`: "R-20", `{"id":"00"}`: "R-20", `{"id":null}`: "R-20",
		`{"id":{"id":1}}`: "R-20", `{"id":[1]}`: "R-20", `{"id":true}`: "R-20", `{"ID":1}`: "R-20", `{"id":-1}`: "R-20", `{"id":-0}`: "R-20",
		`{"id":1e3}`: "R-21", `{"id":1.0}`: "R-21", `{"id":"a\u0000b"}`: "R-21", `{"id":"a\r\nb"}`: "R-21", `{"id":"a "}`: "R-21", `{"id":"a\u202eb"}`: "R-21",
		`{"id":"` + strings.Repeat("x", 256) + `"}`: "R-21", `{"id":"` + strings.Repeat("x", 128<<10) + `"}`: "R-21", `{"id":` + strings.Repeat("9", 256) + `}`: "R-21",
		`{"id":"A@example.org","email":"a@example.org"}`: "R-22",
		`{"id":1,"id":2}`: "R-51", `{"id":1} {"id":2}`: "R-51", `[{"id":1}]`: "R-51", `null`: "R-51", ``: "R-51", "{\"id\":\"\xff\"}": "R-51",
	} {
		t.Run(row+" "+said[:min(40, len(said))]+" proves nobody", func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			f := begin(t, s, open(t, own(s)))
			s.AnswerProfile(says(200, said))
			id, err := f.exchange(t)
			refused(t, id, err, drivers.ErrReply)
		})
	}
}

func TestR22_ANameThatIsGivenAwayIsSomebodyElse(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	d := open(t, own(s))
	before := signIn(t, s, d)
	s.SetProfile(strings.Replace(oauth2test.Profile, `"id":4711`, `"id":4712`, 1))
	if after := signIn(t, s, d); after.Login != before.Login || after.Subject == before.Subject {
		t.Errorf("got %q and %q for the same login", before.Subject, after.Subject)
	}
}

func TestR45_HugeAnswers(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 32<<20)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]http.HandlerFunc{
		"two mebibytes": says(200, `{"id":1,"x":"`+strings.Repeat("x", 2<<20)+`"}`),
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		},
		"a gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		"a depth of 100,000":  says(200, `{"id":1,"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`),
		"objects in the deep": says(200, strings.Repeat(`{"x":`, 100_000)+"1"+strings.Repeat("}", 100_000)),
	} {
		for _, config := range []func(*oauth2test.Server) oauth2.Config{own, ownGitea} {
			s := oauth2test.New(t, asGitea)
			d := open(t, config(s))
			t.Run("R-45 a profile of "+name, func(t *testing.T) {
				f := begin(t, s, d)
				s.AnswerProfile(h)
				defer s.AnswerProfile(nil)
				id, err := f.exchange(t)
				refused(t, id, err, drivers.ErrReply)
			})
			t.Run("R-45 tokens of "+name, func(t *testing.T) {
				f := begin(t, s, d)
				s.AnswerToken(h)
				defer s.AnswerToken(nil)
				id, err := f.exchange(t)
				refused(t, id, err, drivers.ErrReply)
			})
		}
	}
}

var asGitea = oauth2test.Options{Authorize: "/login/oauth/authorize", Token: "/login/oauth/access_token", Profile: "/api/v1/user"}

func ownGitea(s *oauth2test.Server) oauth2.Config {
	return oauth2.Config{Name: "g", Preset: "gitea", BaseURL: s.Origin, ClientID: s.ClientID, ClientSecret: s.ClientSecret, Insecure: true}
}

func TestR47_RedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Int32
	elsewhere := oauth2test.New(t, oauth2test.Options{})
	elsewhere.Answer("/stolen", func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, config := range []func(*oauth2test.Server) oauth2.Config{own, ownGitea} {
			s := oauth2test.New(t, asGitea)
			d := open(t, config(s))
			away := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.Origin+"/stolen", status) }
			t.Run(fmt.Sprint("R-47 ", status), func(t *testing.T) {
				f := begin(t, s, d)
				s.AnswerToken(away)
				id, err := f.exchange(t)
				refused(t, id, err, drivers.ErrReply, s.ClientSecret)
				s.AnswerToken(nil)
				f = begin(t, s, d)
				s.AnswerProfile(away)
				id, err = f.exchange(t)
				refused(t, id, err, drivers.ErrUnavailable)
				if n := followed.Load(); n != 0 {
					t.Errorf("%d calls arrived elsewhere", n)
				}
			})
		}
	}
}

func TestR54_Groups(t *testing.T) {
	many := `"g"` + strings.Repeat(`,"g"`, 9_999)
	for said, want := range map[string][]string{
		`"teams":["staff","Admins"]`: {"staff", "Admins"}, `"teams":"admin,users"`: {"admin,users"}, `"teams":[["admin"],"b"]`: {"b"},
		`"teams":[1,true,null,{"name":"x"},"b"]`: {"b"}, `"teams":[` + many + `]`: nil, `"teams":{"admin":true}`: nil, `"teams":7`: nil,
		`"teams":["\u0430dmin"]`: {"аdmin"}, `"teams":["a\u0000b","c"]`: {"c"}, `"other":["a"]`: nil, `"teams":null`: nil, `"teams":[]`: nil,
		`"_claim_names":{"teams":"src1"}`: nil,
	} {
		t.Run("R-54 "+said[:min(50, len(said))], func(t *testing.T) {
			s := oauth2test.New(t, oauth2test.Options{})
			s.SetProfile(`{"id":1,` + said + `}`)
			got := signIn(t, s, open(t, own(s), func(c *oauth2.Config) { c.Fields.Groups = "teams" })).Groups
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestR57_TokensStayInUpstream(t *testing.T) {
	s := oauth2test.New(t, oauth2test.Options{})
	var log bytes.Buffer
	d := open(t, own(s), func(c *oauth2.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	access := "an-access-token"
	f := begin(t, s, d)
	s.AnswerToken(says(200, `{"access_token":"`+access+`","refresh_token":"a-refresh-token"}`))
	s.AnswerProfile(says(200, `{"id":1,"teams":7,"oauth":{"token":"`+access+`"}}`))
	id, err := f.exchange(t)
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprint(id.Claims); strings.Contains(shown, access) {
		t.Errorf("R-57 the claims show the token: %s", shown)
	}
	if !strings.Contains(string(id.Upstream), access) {
		t.Errorf("got upstream %s", id.Upstream)
	}
	for _, secret := range []string{access, "a-refresh-token", s.ClientSecret, f.reply.Get("code")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("R-57 the log shows %q", secret)
		}
	}
}
