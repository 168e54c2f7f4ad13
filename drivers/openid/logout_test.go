package openid_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func TestR62LogoutTokens(t *testing.T) {
	r := newRelying(t)
	r.proven(t)
	read := func(t *testing.T, mutate func(header, claims map[string]any)) (drivers.Logout, error) {
		t.Helper()
		return r.Ended.ReadLogout(t.Context(), r.LogoutToken(t, r.Person(), mutate))
	}
	t.Run("R-62 the right one names person, session and itself", func(t *testing.T) {
		out, err := read(t, nil)
		if err != nil || out.Subject != r.Person().Subject || out.Session != r.Person().SID || out.ID == "" || !out.Expires.After(time.Now()) {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	for name, lie := range map[string]func(header, claims map[string]any){
		"R-62 the issuer is another":       claim("iss", "https://evil.test"),
		"R-62 the audience is another":     claim("aud", "another"),
		"R-62 it tells of no event":        claim("events", nil),
		"R-62 it tells of another event":   claim("events", map[string]any{"http://example.org/other": map[string]any{}}),
		"R-62 its event is a text":         claim("events", "logout"),
		"R-62 its event is null":           claim("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": nil}),
		"R-62 it has a nonce":              claim("nonce", "n"),
		"R-62 it has expired":              claim("exp", time.Now().Add(-2*time.Minute).Unix()),
		"R-62 it has no expiry":            claim("exp", nil),
		"R-62 it is of last year":          func(_, c map[string]any) { c["iat"] = time.Now().Add(-365 * 24 * time.Hour).Unix() },
		"R-62 it has no id":                claim("jti", nil),
		"R-62 it names nobody":             func(_, c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"R-62 its type is an access token": func(h, _ map[string]any) { h["typ"] = "at+jwt" },
		"R-62 its algorithm is none":       func(h, _ map[string]any) { h["alg"] = "none" },
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := read(t, lie); !errors.Is(err, drivers.ErrReply) || out != (drivers.Logout{}) {
				t.Errorf("got %+v, %v, want ErrReply", out, err)
			}
		})
	}
	t.Run("R-62 an ID token is no logout token", func(t *testing.T) {
		var token string
		r.Rewrite(func(s string) string { token = s; return s })
		r.proven(t)
		if _, err := r.Ended.ReadLogout(t.Context(), token); !errors.Is(err, drivers.ErrReply) {
			t.Errorf("got %v, want ErrReply", err)
		}
	})
	t.Run("R-62 signed with another key", func(t *testing.T) {
		r.SignWith(oidctest.NewKey(t, "ES256"))
		defer r.Honest()
		if _, err := read(t, nil); !errors.Is(err, drivers.ErrReply) {
			t.Errorf("got %v, want ErrReply", err)
		}
	})
}

func TestLogoutURL(t *testing.T) {
	r := newRelying(t)
	id := r.proven(t)
	to, err := r.Logout.LogoutURL(t.Context(), id.Upstream, "https://sso.example.org/login?left")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("id_token_hint") == "" || u.Query().Get("client_id") != r.ClientID || u.Query().Get("post_logout_redirect_uri") != "https://sso.example.org/login?left" {
		t.Errorf("got %s, %v", to, err)
	}
	t.Run("a provider without such a place gives none", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(d map[string]any) { delete(d, "end_session_endpoint") })
		if to, err := r.Logout.LogoutURL(t.Context(), nil, ""); to != "" || err != nil {
			t.Errorf("got %q, %v", to, err)
		}
	})
}
