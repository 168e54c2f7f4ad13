package openid_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func TestR48ClaimsThatAreElsewhere(t *testing.T) {
	r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
	elsewhere := r.Stranger(t, nil)
	r.IDToken(func(_, c map[string]any) {
		delete(c, "groups")
		c["picture"] = elsewhere.URL + "/face.png"
		c["_claim_names"] = map[string]string{"groups": "src1", "email": "src1"}
		c["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": elsewhere.URL, "access_token": "token-for-elsewhere"}}
	})
	r.UserInfo(func(c map[string]any) { delete(c, "groups") })
	id := r.proven(t)
	if n := elsewhere.Calls(); n != 0 {
		t.Errorf("R-48 %d calls of what claims point at, want none", n)
	}
	if len(id.Groups) != 0 || id.Claims["_claim_sources"] != nil {
		t.Errorf("got the groups %q and the sources %v, want neither", id.Groups, id.Claims["_claim_sources"])
	}
}

func TestR57TokensStayWithin(t *testing.T) {
	var log bytes.Buffer
	r := newRelying(t, func(c *openid.Config) {
		c.UserInfo, c.Logger = true, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var secrets []string
	r.Token(func(answer map[string]any) {
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			secrets = append(secrets, answer[name].(string))
		}
	})
	r.UserInfo(func(c map[string]any) {
		c["access_token"], c["id_token"] = secrets[0], secrets[2]
		c["groups"] = map[string]any{} // something to log about
	})
	r.IDToken(claim("groups", nil))
	id := r.proven(t)
	again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
	if err != nil {
		t.Fatal(err)
	}
	r.IDToken(claim("iss", "https://evil.test"))
	_, refusal := r.signIn(t)
	if refusal == nil || !strings.Contains(string(id.Upstream), secrets[1]) || log.Len() == 0 {
		t.Fatalf("nothing was looked at: refusal %v, log %q", refusal, log.String())
	}
	id.Upstream, again.Upstream = nil, nil
	shown, err := json.Marshal([]drivers.Identity{id, again})
	if err != nil {
		t.Fatal(err)
	}
	for i, secret := range secrets {
		for place, text := range map[string]string{"identity": string(shown), "log": log.String(), "error": refusal.Error()} {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("R-57 token %d is in the %s", i, place)
			}
		}
	}
}

func TestR17WhoseAddressIsVerified(t *testing.T) {
	type says map[string]any
	for name, c := range map[string]struct {
		signed, info says
		email        string
		verified     bool
	}{
		"both say the same":                        {says{"email": "ada@example.org", "email_verified": true}, says{"email": "ada@example.org", "email_verified": true}, "ada@example.org", true},
		"userinfo verifies the address signed":     {says{"email": "ada@example.org"}, says{"email": "ada@example.org", "email_verified": true}, "ada@example.org", true},
		"userinfo verifies another address":        {says{"email": "boss@example.org"}, says{"email": "ada@example.org", "email_verified": true}, "boss@example.org", false},
		"userinfo verifies no address":             {says{"email": "boss@example.org"}, says{"email_verified": true}, "boss@example.org", false},
		"the token verifies no address":            {says{"email_verified": true}, says{"email": "boss@example.org"}, "boss@example.org", false},
		"the token denies what userinfo verifies":  {says{"email": "ada@example.org", "email_verified": false}, says{"email": "ada@example.org", "email_verified": true}, "ada@example.org", false},
		"userinfo alone has the address":           {says{}, says{"email": "ada@example.org", "email_verified": true}, "ada@example.org", true},
		"userinfo alone has it, and says a string": {says{}, says{"email": "ada@example.org", "email_verified": "true"}, "ada@example.org", false},
	} {
		t.Run("R-17 "+name, func(t *testing.T) {
			r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
			put := func(claims map[string]any, s says) {
				for _, name := range []string{"email", "email_verified"} {
					if claims[name] = s[name]; s[name] == nil {
						delete(claims, name)
					}
				}
			}
			r.IDToken(func(_, claims map[string]any) { put(claims, c.signed) })
			r.UserInfo(func(claims map[string]any) { put(claims, c.info) })
			if id := r.proven(t); id.Email != c.email || id.EmailVerified != c.verified {
				t.Errorf("got %q verified %v, want %q verified %v", id.Email, id.EmailVerified, c.email, c.verified)
			}
		})
	}
}

func TestClaimsBeyondMeasureAreLeftOut(t *testing.T) {
	var log bytes.Buffer
	r := newRelying(t, func(c *openid.Config) {
		c.UserInfo, c.Logger = true, slog.New(slog.NewJSONHandler(&log, nil))
	})
	r.UserInfo(func(c map[string]any) { c["life_story"] = strings.Repeat("x", 65<<10) })
	if id := r.proven(t); id.Claims != nil || id.Email == "" || !strings.Contains(log.String(), "openid.claims_left_out") {
		t.Errorf("got %d claims, e-mail %q and the log %q", len(id.Claims), id.Email, log.String())
	}
}

func TestNamesAreReadExactly(t *testing.T) {
	for name, c := range map[string]struct{ claim, with, more string }{
		"R-31 an AUD is no aud": {`"aud":"relying:party"`, `"aud":"another"`, `"AUD":"relying:party"`},
		"R-20 a SUB is no sub":  {`"sub":"a1b2-ada"`, `"sub":""`, `"SUB":"a1b2-ada"`},
		"R-32 an EXP is no exp": {`"exp":`, `"exp":1,"was":`, `"EXP":4102444800`},
		"R-35 an empty at_hash": {`"at_hash":`, `"at_hash":"","was":`, `"more":0`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t)
			r.RewriteJSON(func(header, claims string) (string, string) {
				if !strings.Contains(claims, c.claim) {
					t.Errorf("there is no %s in %s", c.claim, claims)
				}
				claims = strings.Replace(claims, c.claim, c.with, 1)
				return header, strings.TrimSuffix(claims, "}") + "," + c.more + "}"
			})
			r.refused(t, drivers.ErrReply)
		})
	}
}

func TestR45AWideAnswer(t *testing.T) {
	for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.Token, oidctest.UserInfo} {
		t.Run("R-45 "+string(e)+": a million members", func(t *testing.T) {
			r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
			r.Answer(e, oidctest.Raw(200, "application/json", oidctest.Wide(1_000_000)))
			if id, err := r.signIn(t); err == nil || id.Subject != "" {
				t.Errorf("got %q, %v, want a refusal", id.Subject, err)
			}
		})
	}
}
