package oidctest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// refresh asks for new tokens as the default client.
func refresh(t testing.TB, p *oidctest.Provider, token string) (int, map[string]any) {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	return exchange(t, p, form, url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
}

// signedIn goes the whole way and wants it to go well.
func signedIn(t testing.TB, p *oidctest.Provider) (*party, *oauth2.Token) {
	t.Helper()
	r := newParty(t, p)
	token, _, err := r.signIn(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return r, token
}

func TestACodeCountsOnce(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	form := codeForm(t, p)
	id, secret := url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)
	_, first := exchange(t, p, form, id, secret)
	if status, got := exchange(t, p, form, id, secret); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
		t.Errorf("the second time: %d %v, want 400 invalid_grant", status, got)
	}
	token, _ := first["refresh_token"].(string)
	if status, got := refresh(t, p, token); status != http.StatusBadRequest || token == "" {
		t.Errorf("what came of the first: %d %v, want 400", status, got)
	}
}

func TestACodeExpires(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	form := codeForm(t, p)
	p.Clock(2 * time.Minute)
	if status, got := exchange(t, p, form, url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)); status != http.StatusBadRequest {
		t.Errorf("got %d %v, want 400", status, got)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	r, token := signedIn(t, p)
	q := p.Person()
	q.Email = "ada@new.example.org"
	p.SetPerson(q)
	fresh, err := r.oauth.TokenSource(r.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil || fresh.RefreshToken == token.RefreshToken {
		t.Fatalf("got %v, %v, want another refresh token", fresh, err)
	}
	id, err := r.verify(fresh)
	if err != nil || id.Nonce != "" || id.Subject != q.Subject {
		t.Fatalf("got %+v, %v, want the same person and no nonce", id, err)
	}
	var claims struct{ Email string }
	if err := id.Claims(&claims); err != nil || claims.Email != q.Email {
		t.Errorf("the address is %q, %v, want today's %q", claims.Email, err, q.Email)
	}
	if status, _ := refresh(t, p, token.RefreshToken); status != http.StatusBadRequest {
		t.Errorf("the old one: %d, want 400", status)
	}
	if status, _ := refresh(t, p, fresh.RefreshToken); status != http.StatusBadRequest {
		t.Errorf("the new one after a replay of the old: %d, want 400", status)
	}
}

func TestAnotherPersonInheritsNoTokens(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	r, token := signedIn(t, p)
	p.SetPerson(oidctest.Person{Subject: "bob", Email: "bob@example.org"})
	info, err := r.provider.UserInfo(r.ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject == "bob" {
		t.Errorf("got %+v, %v, want who signed in", info, err)
	}
}

func TestRevokedTokensAreRefused(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	_, token := signedIn(t, p)
	p.Revoke(p.Person().Subject)
	if status, got := refresh(t, p, token.RefreshToken); status != http.StatusBadRequest || got["error"] != "invalid_grant" {
		t.Errorf("refresh: %d %v, want 400 invalid_grant", status, got)
	}
	if answer := withBearer(t, p, token.AccessToken); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("userinfo: %d, want 401", answer.StatusCode)
	}
}

func TestAccessTokensExpire(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	_, token := signedIn(t, p)
	if answer := withBearer(t, p, token.AccessToken); answer.StatusCode != http.StatusOK {
		t.Errorf("at once: %d, want 200", answer.StatusCode)
	}
	p.Clock(10 * time.Minute)
	if answer := withBearer(t, p, token.AccessToken); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("after ten minutes: %d, want 401", answer.StatusCode)
	}
}

// withBearer asks the userinfo endpoint.
func withBearer(t testing.TB, p *oidctest.Provider, token string) *http.Response {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL(oidctest.UserInfo), nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	return do(t, p, q)
}

func TestKeysComeAndGo(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	old := p.Key()
	_, before := signedIn(t, p)
	p.Rotate(t)
	r, _ := signedIn(t, p)
	if _, err := r.verify(before); err != nil {
		t.Errorf("a token of the old key, while that is published: %v", err)
	}
	p.Withdraw(t, old)
	r, _ = signedIn(t, p)
	if _, err := r.verify(before); err == nil {
		t.Error("a token of a withdrawn key is accepted")
	}
}

func TestDownAndUp(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{TLS: true})
	signedIn(t, p)
	p.Down()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL(oidctest.Discovery), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Client().Do(q); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("while down: %v, want connection refused", err)
	}
	p.Up(t)
	signedIn(t, p)
}

func TestHeldAnswers(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	release := p.Hold(oidctest.JWKS)
	answers := make(chan *http.Response, 1)
	var work sync.WaitGroup
	work.Go(func() { answers <- get(t, p, p.URL(oidctest.JWKS)) })
	if err := p.Await(t.Context(), oidctest.JWKS, 1); err != nil {
		t.Fatal(err)
	}
	for range 20 { // others are answered meanwhile
		signedOut := get(t, p, p.URL(oidctest.Logout))
		if signedOut.StatusCode != http.StatusOK || len(answers) != 0 {
			t.Fatalf("another endpoint answers %d, and %d calls were let through", signedOut.StatusCode, len(answers))
		}
	}
	p.JWKS(func([]map[string]any) []map[string]any { return []map[string]any{{"kty": "late"}} })
	release()
	work.Wait()
	if body := text(t, <-answers); !strings.Contains(body, "late") {
		t.Errorf("got %s, want what counts when the answer is released", body)
	}
	if answer := get(t, p, p.URL(oidctest.JWKS)); answer.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d, want 200", answer.StatusCode)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := p.Await(ended, oidctest.JWKS, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for what never comes: %v, want the context's error", err)
	}
}

func TestCallsAreCountedAndKept(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	signedIn(t, p)
	for e, want := range map[oidctest.Endpoint]int{oidctest.Discovery: 1, oidctest.JWKS: 1, oidctest.Authorize: 1, oidctest.Token: 1, oidctest.UserInfo: 0} {
		if got := p.Calls(e); got != want {
			t.Errorf("%s was called %d times, want %d", e, got, want)
		}
	}
	last := p.Last(oidctest.Token)
	if last.Method != http.MethodPost || last.Form.Get("code_verifier") != verifier || last.Header.Get("Authorization") == "" {
		t.Errorf("got %+v, want the call with verifier and credentials", last)
	}
	if got := p.Last(oidctest.UserInfo); got.Method != "" {
		t.Errorf("got %+v, want nothing of what was never called", got)
	}
}

func TestLeaving(t *testing.T) {
	p := oidctest.New(t, oidctest.Options{})
	_, token := signedIn(t, p)
	hint, _ := token.Extra("id_token").(string)
	back := "https://rp.example.org/bye"
	foreign := sign(t, p.Key(), map[string]any{"iss": p.Issuer(), "aud": "another"})
	for name, c := range map[string]struct {
		query  url.Values
		status int
		to     string
	}{
		"with a hint one is sent back":        {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {back}, "state": {"s"}}, 302, back + "?state=s"},
		"with a client id one is sent back":   {url.Values{"client_id": {p.ClientID}, "post_logout_redirect_uri": {back}}, 302, back},
		"of a stranger nobody is sent back":   {url.Values{"post_logout_redirect_uri": {back}}, 400, ""},
		"another client is unknown":           {url.Values{"client_id": {"x"}}, 400, ""},
		"a hint with a bad signature is none": {url.Values{"id_token_hint": {oidctest.ZeroSignature(hint)}}, 400, ""},
		"a hint for another client is none":   {url.Values{"id_token_hint": {foreign}}, 400, ""},
		"without anything one has left":       {nil, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer := get(t, p, p.URL(oidctest.Logout)+"?"+c.query.Encode())
			if to := answer.Header.Get("Location"); answer.StatusCode != c.status || to != c.to {
				t.Errorf("got %d to %q, want %d to %q", answer.StatusCode, to, c.status, c.to)
			}
		})
	}
}
