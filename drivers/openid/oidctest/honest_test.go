package oidctest_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

const (
	redirectURI = "https://rp.example.org/callback"
	state       = "a-state-of-some-length-at-all"
	nonce       = "a-nonce-of-some-length-at-all"
	verifier    = "a-verifier-that-is-longer-than-forty-three-characters"
)

// party is a relying party that knows nothing of oidctest but its address.
type party struct {
	ctx      context.Context
	oauth    oauth2.Config
	provider *oidc.Provider
}

func newParty(t testing.TB, p *oidctest.Provider) *party {
	t.Helper()
	ctx := oidc.ClientContext(t.Context(), p.Client())
	found, err := oidc.NewProvider(ctx, p.Issuer())
	if err != nil {
		t.Fatalf("discovery: %v", err)
	}
	return &party{ctx: ctx, provider: found, oauth: oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: redirectURI,
		Scopes: []string{"openid", "profile", "email"},
	}}
}

func (r *party) authURL(more ...oauth2.AuthCodeOption) string {
	return r.oauth.AuthCodeURL(state, append([]oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)}, more...)...)
}

// signIn goes the whole way and returns the verified ID token.
func (r *party) signIn(t testing.TB, p *oidctest.Provider) (*oauth2.Token, *oidc.IDToken, error) {
	t.Helper()
	reply := p.Visit(t, r.authURL())
	if reply.Get("state") != state || reply.Get("iss") != p.Issuer() {
		t.Errorf("sent back with %v, want the state and the issuer", reply)
	}
	token, err := r.oauth.Exchange(r.ctx, reply.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, nil, err
	}
	id, err := r.verify(token)
	return token, id, err
}

func (r *party) verify(token *oauth2.Token) (*oidc.IDToken, error) {
	raw, _ := token.Extra("id_token").(string)
	id, err := r.provider.VerifierContext(r.ctx, &oidc.Config{ClientID: r.oauth.ClientID}).Verify(r.ctx, raw)
	if err != nil {
		return nil, err
	}
	return id, id.VerifyAccessToken(token.AccessToken)
}

func TestTheHonestProviderIsAccepted(t *testing.T) {
	for name, o := range map[string]oidctest.Options{
		"over plain HTTP":           {},
		"over TLS":                  {TLS: true},
		"with a path in its issuer": {Path: "/realms/one"},
		"on another address":        {Host: "127.0.0.2", TLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t, o)
			r := newParty(t, p)
			token, id, err := r.signIn(t, p)
			if err != nil {
				t.Fatal(err)
			}
			var claims struct {
				Name     string `json:"name"`
				Login    string `json:"preferred_username"`
				Email    string `json:"email"`
				Verified bool   `json:"email_verified"`
				Groups   []string
				SID      string
			}
			if err := id.Claims(&claims); err != nil {
				t.Fatal(err)
			}
			q := p.Person()
			if id.Subject != q.Subject || id.Nonce != nonce || claims.Name != q.Name || claims.Login != q.Login ||
				claims.Email != q.Email || !claims.Verified || len(claims.Groups) != 2 || claims.SID != q.SID {
				t.Errorf("got %+v %+v, want %+v", id, claims, q)
			}
			info, err := r.provider.UserInfo(r.ctx, oauth2.StaticTokenSource(token))
			if err != nil || info.Subject != q.Subject || info.Email != q.Email {
				t.Errorf("userinfo: %+v, %v", info, err)
			}
		})
	}
}

func TestEveryAlgorithmIsAccepted(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	pair := oidctest.NewKey(t, "RS256").Priv
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			k := &oidctest.Key{ID: alg, Alg: alg, Priv: pair}
			if !strings.Contains(alg, "S") || strings.HasPrefix(alg, "E") {
				k = oidctest.NewKey(t, alg)
			}
			p.Publish(k)
			if _, id, err := newParty(t, p).signIn(t, p); err != nil || id.Subject != p.Person().Subject {
				t.Errorf("got %v, %v", id, err)
			}
		})
	}
}

func TestTheTwoWaysBack(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	r := newParty(t, p)
	t.Run("a browser is redirected with the reply in the query", func(t *testing.T) {
		answer := get(t, p, r.authURL())
		to, err := url.Parse(answer.Header.Get("Location"))
		if err != nil || answer.StatusCode != http.StatusFound || !strings.HasPrefix(to.String(), redirectURI+"?") || to.Query().Get("state") != state {
			t.Fatalf("got %d to %q, %v", answer.StatusCode, to, err)
		}
		if _, err := r.oauth.Exchange(r.ctx, to.Query().Get("code"), oauth2.VerifierOption(verifier)); err != nil {
			t.Error(err)
		}
	})
	t.Run("form_post answers with a page that submits itself", func(t *testing.T) {
		answer := get(t, p, r.authURL(oauth2.SetAuthURLParam("response_mode", "form_post")))
		body := text(t, answer)
		for _, part := range []string{`method="post" action="` + redirectURI + `"`, `name="code"`, `name="state" value="` + state + `"`, "submit()"} {
			if !strings.Contains(body, part) {
				t.Errorf("the page is without %q: %s", part, body)
			}
		}
	})
}

// get is what a browser does, without following redirects.
func get(t testing.TB, p *oidctest.Provider, address string) *http.Response {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, p, q)
}

func do(t testing.TB, p *oidctest.Provider, q *http.Request) *http.Response {
	t.Helper()
	answer, err := p.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}
