package openid_test

import (
	"crypto/ecdsa"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// asked is what the browser is sent away with.
func (r *relying) asked(t *testing.T) url.Values {
	t.Helper()
	to, err := r.Redirect.AuthURL(t.Context(), "state", attempt())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestApple(t *testing.T) {
	key := oidctest.NewKey(t, "ES256")
	var p *oidctest.Provider
	check := func(secret string) bool {
		signed, err := jwt.ParseSigned(secret, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Errorf("the secret is no JWT: %v", err)
			return false
		}
		var c jwt.Claims
		if err := signed.Claims(key.Priv.(*ecdsa.PrivateKey).Public(), &c); err != nil {
			t.Errorf("the secret is signed with another key: %v", err)
		}
		if c.Issuer != "TEAM" || c.Subject != p.ClientID || !c.Audience.Contains(p.Issuer()) || c.Expiry == nil || signed.Headers[0].KeyID != "KEY" {
			t.Errorf("the secret says %+v with the key %q", c, signed.Headers[0].KeyID)
		}
		return !t.Failed()
	}
	p = oidctest.New(t, oidctest.Options{CheckSecret: check})
	r := relyOn(t, p, func(c *openid.Config) {
		c.Preset, c.ClientSecret, c.PrivateKey, c.PrivateKeyID, c.TeamID = "apple", "", secretPEM(t, key.Priv), "KEY", "TEAM"
	})
	t.Run("the secret is made from the key, anew each time", func(t *testing.T) {
		r.proven(t)
		first := r.Last(oidctest.Token).Form.Get("client_secret")
		r.proven(t)
		if second := r.Last(oidctest.Token).Form.Get("client_secret"); first == "" || first == second {
			t.Errorf("got the same secret twice: %v", first == second)
		}
	})
	t.Run("the reply is asked for as a form", func(t *testing.T) {
		if q := r.asked(t); q.Get("response_mode") != "form_post" || !r.FormPost || !strings.Contains(q.Get("scope"), "name") {
			t.Errorf("got %v", q)
		}
	})
}

func TestLinkedIn(t *testing.T) {
	r := relyOn(t, oidctest.New(t, oidctest.Options{Lax: true}), func(c *openid.Config) { c.Preset = "linkedin" })
	r.IDToken(claim("nonce", nil))
	t.Run("no nonce comes back and no verifier is sent, because LinkedIn has neither", func(t *testing.T) {
		r.proven(t)
		if q := r.Last(oidctest.Token).Form; q.Has("code_verifier") || r.asked(t).Has("code_challenge") {
			t.Errorf("got %v", q)
		}
	})
	t.Run("nor does a check send one", func(t *testing.T) {
		if steps := r.Check.Check(t.Context(), ""); len(steps) == 0 || r.Last(oidctest.Token).Form.Has("code_verifier") {
			t.Errorf("got %v", r.Last(oidctest.Token).Form)
		}
	})
	t.Run("R-08 a nonce that is there must be right all the same", func(t *testing.T) {
		r.Honest()
		r.IDToken(claim("nonce", "another"))
		r.refused(t, drivers.ErrReply)
	})
}

func TestWhatPresetsAskFor(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"google":    {"access_type": "offline"},
		"twitch":    {"claims": `{"id_token":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}`},
		"okta":      {"scope": "openid profile email offline_access"},
		"auth0":     {"scope": "openid profile email offline_access"},
		"keycloak":  {"scope": "openid profile email"},
		"authentik": {"scope": "openid profile email offline_access"},
		"slack":     {"scope": "openid profile email"},
		"gitlab":    {"scope": "openid profile email"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t, func(c *openid.Config) { c.Preset = name })
			q := r.asked(t)
			for parameter, value := range want {
				if q.Get(parameter) != value {
					t.Errorf("%s: got %q, want %q", parameter, q.Get(parameter), value)
				}
			}
			r.proven(t)
		})
	}
	t.Run("a claim of a preset's own is read", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.Preset = "gitlab" })
		r.IDToken(func(_, c map[string]any) { c["nickname"], c["groups_direct"] = "countess", []string{"a/b"} })
		if id := r.proven(t); id.Login != "countess" || strings.Join(id.Groups, " ") != "a/b" {
			t.Errorf("got %q and %q", id.Login, id.Groups)
		}
	})
}

func TestAPromptIsSentAlong(t *testing.T) {
	r := newRelying(t, func(c *openid.Config) { c.Prompt = "select_account" })
	a := attempt()
	a.Prompt = "login"
	to, err := r.Redirect.AuthURL(t.Context(), "state", a)
	if err != nil || !strings.Contains(to, "prompt=login") || r.asked(t).Get("prompt") != "select_account" {
		t.Errorf("got %s, %v", to, err)
	}
}

func TestAProviderThatIsNotThereIsNotOpenedForGood(t *testing.T) {
	r := newRelying(t)
	r.Down()
	if _, err := r.Redirect.AuthURL(t.Context(), "state", attempt()); !errors.Is(err, drivers.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestPresets(t *testing.T) {
	all := openid.Presets()
	if len(all) != 11 {
		t.Errorf("got %d, want 11", len(all))
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			c := openid.Config{Preset: p.Name, ClientID: "id", Issuer: p.Issuer, Tenant: "00000000-0000-0000-0000-000000000001"}
			if p.Issuer == "" && p.Name != "microsoft" {
				c.Issuer = "https://id.example.org"
			}
			if p.Name == "apple" {
				c.PrivateKey, c.PrivateKeyID, c.TeamID = secretPEM(t, oidctest.NewKey(t, "ES256").Priv), "k", "t"
			}
			d, err := openid.Open(c)
			if err != nil || d.FormPost != (p.Name == "apple") || p.Label == "" || !slices.Contains(p.Scopes, "openid") {
				t.Errorf("got form post %v, label %q, %v", d.FormPost, p.Label, err)
			}
		})
	}
}
