package openid_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// claim is a lie about one claim of the ID token; nil leaves it out.
func claim(name string, value any) func(header, claims map[string]any) {
	return func(_, claims map[string]any) {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func TestIDTokenClaims(t *testing.T) {
	future := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, lie := range map[string]func(header, claims map[string]any){
		"R-08 no nonce":                      claim("nonce", nil),
		"R-08 another nonce":                 claim("nonce", "another"),
		"R-08 a list of nonces":              claim("nonce", []string{attempt().Nonce}),
		"R-20 no subject":                    claim("sub", nil),
		"R-20 an empty subject":              claim("sub", ""),
		"R-20 a blank subject":               claim("sub", "  "),
		"R-20 a subject that is null":        claim("sub", raw("null")),
		"R-20 a subject that is a number":    claim("sub", 0),
		"R-20 a subject that is an object":   claim("sub", map[string]any{"id": "x"}),
		"R-21 a subject of 256 bytes":        claim("sub", strings.Repeat("s", 256)),
		"R-21 a subject of 60 kB":            claim("sub", strings.Repeat("s", 60_000)),
		"R-21 a subject with a line break":   claim("sub", "a\nb"),
		"R-30 no issuer":                     claim("iss", nil),
		"R-30 another issuer":                claim("iss", "https://evil.test"),
		"R-30 a list of issuers":             claim("iss", []string{"https://evil.test"}),
		"R-31 another audience":              claim("aud", "another"),
		"R-31 no audience":                   claim("aud", nil),
		"R-31 several without azp":           claim("aud", []string{"relying:party", "another"}),
		"R-31 another authorized party":      claim("azp", "another"),
		"R-31 an authorized party of a list": claim("azp", []string{"relying:party"}),
		"R-32 no expiry":                     claim("exp", nil),
		"R-32 one that has passed":           claim("exp", future(-2*time.Minute)),
		"R-32 an expiry that is text":        claim("exp", "9999999999"),
		"R-32 an expiry that is null":        claim("exp", raw("null")),
		"R-32 an expiry of 1e308":            claim("exp", raw("1e308")),
		"R-32 a negative expiry":             claim("exp", -5),
		"R-32 an expiry of 2^63":             claim("exp", raw("9223372036854775808")),
		"R-61 issued in the future":          claim("iat", future(5*time.Minute)),
		"R-61 issued at no time":             claim("iat", nil),
		"R-61 not valid yet":                 claim("nbf", future(5*time.Minute)),
		"R-61 a nbf that is text":            claim("nbf", "soon"),
		"R-35 a wrong at_hash":               claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"R-35 an at_hash of another length":  claim("at_hash", "AAAA"),
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(lie)
			r.refused(t, drivers.ErrReply)
		})
	}
	for name, lie := range map[string]func(header, claims map[string]any){
		"R-35 without at_hash":           claim("at_hash", nil),
		"R-31 with us among several":     func(_, c map[string]any) { c["aud"], c["azp"] = []string{"another", "relying:party"}, "relying:party" },
		"R-32 with an expiry as a float": claim("exp", raw("4102444800.5")),
	} {
		t.Run(name+" it is taken", func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(lie)
			r.proven(t)
		})
	}
	t.Run("R-21 a subject of 255 bytes is kept to the letter", func(t *testing.T) {
		r := newRelying(t)
		q := r.Person()
		q.Subject = strings.Repeat("s", 254) + "S"
		r.SetPerson(q)
		r.proven(t)
	})
	t.Run("R-30 an issuer that differs by a slash or a letter is another", func(t *testing.T) {
		for _, change := range []func(string) string{
			func(s string) string { return s + "/" }, strings.ToUpper,
			func(s string) string { return strings.Replace(s, "http://", "https://", 1) },
		} {
			r := newRelying(t)
			r.IDToken(claim("iss", change(r.Issuer())))
			r.refused(t, drivers.ErrReply)
		}
	})
	t.Run("R-51 a claim that is there twice is refused", func(t *testing.T) {
		r := newRelying(t)
		r.RewriteJSON(func(h, c string) (string, string) { return h, `{"sub":"mallory",` + c[1:] })
		r.refused(t, drivers.ErrReply)
	})
}

func TestR61ClockSkew(t *testing.T) {
	for offset, good := range map[time.Duration]bool{
		55 * time.Second: true, -55 * time.Second: true, 10 * time.Minute: false, -10 * time.Minute: false,
	} {
		t.Run("R-61 "+offset.String(), func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(func(_, c map[string]any) {
				now := time.Now().Add(offset).Unix()
				c["iat"], c["exp"], c["auth_time"] = now, now, now
				if offset > 0 {
					c["exp"] = now + 300
				}
			})
			if good {
				r.proven(t)
				return
			}
			r.refused(t, drivers.ErrReply)
		})
	}
}

func TestR34Strength(t *testing.T) {
	t.Run("R-34 max_age is asked for, and what is missing or old is refused", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.MaxAge = time.Hour })
		r.proven(t)
		to, err := r.Redirect.AuthURL(t.Context(), "s", attempt())
		if err != nil || !strings.Contains(to, "max_age=3600") {
			t.Errorf("got %s, %v", to, err)
		}
		for _, value := range []any{nil, time.Now().Add(-2 * time.Hour).Unix(), "now"} {
			r.Honest()
			r.IDToken(claim("auth_time", value))
			r.refused(t, drivers.ErrRefused)
		}
	})
	t.Run("R-34 an authentication context is asked for, and another is refused", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.ACR = []string{"phr", "phrh"} })
		for value, good := range map[string]bool{"phrh": true, "pwd": false, "": false} {
			r.Honest()
			r.IDToken(claim("acr", value))
			if id, err := r.signIn(t); (err == nil) != good {
				t.Errorf("%q: got %q, %v", value, id.Subject, err)
			}
		}
	})
}

func TestR49UserInfo(t *testing.T) {
	for name, lie := range map[string]func(map[string]any){
		"another subject": func(c map[string]any) { c["sub"] = "mallory" },
		"no subject":      func(c map[string]any) { delete(c, "sub") },
		"a number":        func(c map[string]any) { c["sub"] = 1 },
	} {
		t.Run("R-49 "+name, func(t *testing.T) {
			r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
			r.UserInfo(lie)
			r.refused(t, drivers.ErrReply)
		})
	}
	t.Run("what is signed wins", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
		r.UserInfo(func(c map[string]any) { c["email"], c["nickname"] = "evil@evil.test", "countess" })
		if id := r.proven(t); id.Email != "ada@example.org" || id.Claims["nickname"] != "countess" {
			t.Errorf("got %q and %v", id.Email, id.Claims["nickname"])
		}
	})
}

func TestR51TokenAnswers(t *testing.T) {
	for name, lie := range map[string]func(map[string]any){
		"no ID token":                       func(a map[string]any) { delete(a, "id_token") },
		"an ID token that is a number":      func(a map[string]any) { a["id_token"] = 1 },
		"an ID token that is none":          func(a map[string]any) { a["id_token"] = "a.b" },
		"a token of another type":           func(a map[string]any) { a["token_type"] = "MAC" },
		"no type":                           func(a map[string]any) { delete(a, "token_type") },
		"an error with 200":                 func(a map[string]any) { a["error"] = "server_is_sad" },
		"an access token with a line break": func(a map[string]any) { a["access_token"] = "a\r\nX-Evil: 1" },
		"no access token":                   func(a map[string]any) { delete(a, "access_token") },
		"an access token that is an object": func(a map[string]any) { a["access_token"] = map[string]any{} },
	} {
		t.Run("R-51 "+name, func(t *testing.T) {
			r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
			r.Token(lie)
			if id, err := r.signIn(t); err == nil || id.Subject != "" {
				t.Errorf("got %q, %v, want a refusal", id.Subject, err)
			}
			if n := r.Calls(oidctest.UserInfo); n != 0 {
				t.Errorf("%d calls with such a token, want none", n)
			}
		})
	}
	for name, lie := range map[string]any{"-1": -1, "1e18": raw("1e18"), "a text": "soon", "null": nil} {
		t.Run("R-51 a life of "+name+" harms nobody", func(t *testing.T) {
			r := newRelying(t)
			r.Token(func(a map[string]any) { a["expires_in"] = lie })
			if id, err := r.signIn(t); err != nil && id.Subject != "" {
				t.Errorf("got %q, %v", id.Subject, err)
			}
		})
	}
	for name, serve := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>"))
		},
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"members twice": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"a","access_token":"b","token_type":"Bearer"}`))
		},
		"a form": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
			_, _ = w.Write([]byte("access_token=a&token_type=bearer"))
		},
		"an empty object": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte("{}"))
		},
	} {
		t.Run("R-51 "+name, func(t *testing.T) {
			r := newRelying(t)
			r.Answer(oidctest.Token, serve)
			if id, err := r.signIn(t); err == nil || id.Subject != "" {
				t.Errorf("got %q, %v, want a refusal", id.Subject, err)
			}
		})
	}
}

func TestR51AnAnswerThatSaysItIsAPage(t *testing.T) {
	r := newRelying(t)
	r.Answer(oidctest.Token, oidctest.Raw(200, "text/html", `{"access_token":"a","token_type":"Bearer","id_token":"a.b.c"}`))
	if id, err := r.signIn(t); !errors.Is(err, drivers.ErrReply) || !strings.Contains(err.Error(), "text/html") {
		t.Errorf("got %q, %v, want ErrReply that names the type", id.Subject, err)
	}
}

func TestR54Groups(t *testing.T) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "g"
	}
	for name, c := range map[string]struct {
		groups any
		want   string
	}{
		"a text is one name":          {"admin,users", "admin,users"},
		"what is no text is left out": {[]any{"a", 1, nil, []string{"admin"}, map[string]any{}, "b"}, "a|b"},
		"a number is no group":        {7, ""},
		"an object is none":           {map[string]any{"admin": true}, ""},
		"ten thousand are none":       {many, ""},
	} {
		t.Run("R-54 "+name, func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(claim("groups", c.groups))
			if got := strings.Join(r.proven(t).Groups, "|"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestR54AnOverageOfGroupsIsTold(t *testing.T) {
	var log bytes.Buffer
	r := newRelying(t, func(c *openid.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	r.IDToken(func(_, c map[string]any) {
		delete(c, "groups")
		c["_claim_names"] = map[string]any{"groups": "src1"}
		c["_claim_sources"] = map[string]any{"src1": map[string]any{"endpoint": "https://graph.evil.test/groups"}}
	})
	if id := r.proven(t); len(id.Groups) != 0 || !strings.Contains(log.String(), "openid.groups_overage") {
		t.Errorf("got %q and the log %s", id.Groups, log.String())
	}
}

func TestR17VerifiedAddresses(t *testing.T) {
	for name, value := range map[string]any{"absent": nil, "false": false, "a text": "true", "a number": 1, "null": raw("null"), "a list": []bool{true}} {
		t.Run("R-17 "+name+" is not verified", func(t *testing.T) {
			r := newRelying(t)
			r.IDToken(claim("email_verified", value))
			if id := r.proven(t); id.EmailVerified {
				t.Error("it was taken as verified")
			}
		})
	}
}
