package openid_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func TestR64Recheck(t *testing.T) {
	t.Run("R-64 it brings today's profile and the next refresh token", func(t *testing.T) {
		r := newRelying(t)
		id := r.proven(t)
		q := r.Person()
		q.Groups = []string{"readers"}
		r.SetPerson(q)
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || strings.Join(again.Groups, " ") != "readers" || string(again.Upstream) == string(id.Upstream) {
			t.Errorf("got %+v, %v", again, err)
		}
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil {
			t.Errorf("with the next: %v", err)
		}
	})
	t.Run("without a new ID token userinfo says who it is", func(t *testing.T) {
		r := newRelying(t)
		id := r.proven(t)
		r.Token(func(a map[string]any) { delete(a, "id_token") })
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || again.Partial || strings.Join(again.Groups, " ") != "engineers readers" || r.Calls(oidctest.UserInfo) != 1 {
			t.Errorf("got %+v, %v", again, err)
		}
		r.UserInfo(func(c map[string]any) { c["sub"] = "mallory" })
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("about somebody else: got %v, want ErrRefused", err)
		}
	})
	t.Run("userinfo that cannot be asked costs no refresh token", func(t *testing.T) {
		r := newRelying(t, func(c *openid.Config) { c.UserInfo = true })
		id := r.proven(t)
		r.Answer(oidctest.UserInfo, status(500))
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || !again.Partial || string(again.Upstream) == string(id.Upstream) {
			t.Fatalf("got %+v, %v", again, err)
		}
		r.Answer(oidctest.UserInfo, nil)
		if again, err = r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil || again.Partial {
			t.Errorf("afterwards: got %+v, %v", again, err)
		}
		r.Answer(oidctest.UserInfo, status(401))
		if _, err := r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); !errors.Is(err, drivers.ErrRefused) || errors.Is(err, drivers.ErrUnavailable) {
			t.Errorf("refused there: got %v, want ErrRefused alone", err)
		}
	})
	t.Run("nor does it without an ID token, and keys that are not to be had cost none", func(t *testing.T) {
		for name, lie := range map[string]func(*relying){
			"userinfo": func(r *relying) {
				r.Answer(oidctest.UserInfo, status(500))
				r.Token(func(a map[string]any) { delete(a, "id_token") })
			},
			"keys": func(r *relying) {
				r.Answer(oidctest.JWKS, status(500))
				r.Driver = r.open(t, func(c *openid.Config) { c.Documents = nil })
			},
		} {
			r := newRelying(t)
			id := r.proven(t)
			lie(r)
			again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
			if err != nil || !again.Partial || again.Subject != id.Subject || string(again.Upstream) == string(id.Upstream) {
				t.Errorf("without %s: got %+v, %v, want a new refresh token and no more", name, again, err)
			}
			r.Honest()
			r.clock.pass(31 * time.Second)
			if again, err = r.Recheck.Recheck(t.Context(), id.Subject, again.Upstream); err != nil || again.Partial {
				t.Errorf("without %s, afterwards: got %+v, %v", name, again, err)
			}
		}
	})
	t.Run("with neither nothing is known but that the person is welcome", func(t *testing.T) {
		r := newRelying(t)
		r.Discovery(func(d map[string]any) { delete(d, "userinfo_endpoint") })
		id := r.proven(t)
		r.Token(func(a map[string]any) { delete(a, "id_token") })
		again, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
		if err != nil || !again.Partial || again.Subject != id.Subject || string(again.Upstream) == string(id.Upstream) {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	for name, c := range map[string]struct {
		lie  func(*relying)
		want error
	}{
		"R-64 invalid_grant refuses":           {func(r *relying) { r.Revoke(r.Person().Subject) }, drivers.ErrRefused},
		"R-64 another subject refuses":         {func(r *relying) { r.IDToken(claim("sub", "mallory")) }, drivers.ErrRefused},
		"R-64 another issuer refuses":          {func(r *relying) { r.IDToken(claim("iss", "https://evil.test")) }, drivers.ErrRefused},
		"R-64 a forged token refuses":          {func(r *relying) { r.SignWith(signer{"none", nothing}) }, drivers.ErrRefused},
		"R-64 500 is no refusal":               {func(r *relying) { r.Answer(oidctest.Token, status(500)) }, drivers.ErrUnavailable},
		"R-64 too many requests is no refusal": {func(r *relying) { r.Answer(oidctest.Token, status(429)) }, drivers.ErrUnavailable},
		"R-64 our own wrong secret is none":    {func(r *relying) { r.Answer(oidctest.Token, oauthError(401, "invalid_client")) }, drivers.ErrUnavailable},
		"R-64 a page with 200 is no refusal":   {func(r *relying) { r.Answer(oidctest.Token, oidctest.Raw(200, "text/html", "<h1>Back soon")) }, drivers.ErrUnavailable},
		"R-64 an error that is new is none":    {func(r *relying) { r.Answer(oidctest.Token, oauthError(400, "brand_new")) }, drivers.ErrUnavailable},
		"R-64 a provider that is gone is none": {func(r *relying) { r.Down() }, drivers.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelying(t)
			id := r.proven(t)
			c.lie(r)
			got, err := r.Recheck.Recheck(t.Context(), id.Subject, id.Upstream)
			if !errors.Is(err, c.want) || got.Subject != "" {
				t.Errorf("got %q, %v, want %v", got.Subject, err, c.want)
			}
		})
	}
	t.Run("nothing to ask with is no refusal", func(t *testing.T) {
		r := newRelying(t)
		if id, err := r.Recheck.Recheck(t.Context(), "x", []byte("{}")); err != nil || !id.Partial || id.Subject != "x" {
			t.Errorf("got %+v, %v, want nothing new", id, err)
		}
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func oauthError(code int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error":"`+kind+`"}`)
	}
}
