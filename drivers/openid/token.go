package openid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// tokens is what a token endpoint gave.
type tokens struct {
	access  string
	refresh string
	id      string // ID token as it came; "" for none
}

// redeem trades a code for tokens. An attempt without a verifier is one that
// nobody began here; see [provider.TakeCode].
func (p *provider) redeem(ctx context.Context, m metadata, a drivers.Attempt, code string) (tokens, error) {
	c, options, err := p.auth.grant(m, a.RedirectURI, p.Now())
	if err != nil {
		return tokens{}, err
	}
	if a.Verifier != "" && !p.habits.noPKCE {
		options = append(options, oauth2.VerifierOption(a.Verifier))
	}
	t, err := p.ask(ctx, c, code, options)
	if err != nil {
		return tokens{}, tokenError(ctx, err, drivers.ErrReply)
	}
	if t.id == "" {
		return tokens{}, fmt.Errorf("%w: no ID token", drivers.ErrReply)
	}
	return t, nil
}

// renew trades a refresh token for new tokens (RFC 6749 §6).
func (p *provider) renew(ctx context.Context, m metadata, refresh string) (tokens, error) {
	c, options, err := p.auth.grant(m, "", p.Now())
	if err != nil {
		return tokens{}, err
	}
	// The library's own way to refresh takes no assertion. An empty code is one
	// that is not there (RFC 6749 §3.2).
	options = append(options, oauth2.SetAuthURLParam("grant_type", "refresh_token"), oauth2.SetAuthURLParam("refresh_token", refresh))
	t, err := p.ask(ctx, c, "", options)
	if err != nil {
		return tokens{}, tokenError(ctx, err, drivers.ErrRefused)
	}
	return t, nil
}

// ask makes the call and checks what is in the answer (RFC 6749 §5.1).
func (p *provider) ask(ctx context.Context, c *oauth2.Config, code string, options []oauth2.AuthCodeOption) (tokens, error) {
	strict := *p.client
	strict.Transport = strictAnswers{p.client.Transport}
	t, err := c.Exchange(context.WithValue(ctx, oauth2.HTTPClient, &strict), code, options...)
	if err != nil {
		return tokens{}, err
	}
	if !strings.EqualFold(t.TokenType, "Bearer") || !printable(t.AccessToken, maxJWT) {
		return tokens{}, fmt.Errorf("%w: the token is of type %s or no plain text", drivers.ErrReply, quoted(t.TokenType))
	}
	out := tokens{access: t.AccessToken, refresh: t.RefreshToken}
	if raw := t.Extra("id_token"); raw != nil {
		id, ok := raw.(string)
		if !ok || id == "" || len(id) > maxJWT {
			return tokens{}, fmt.Errorf("%w: the ID token is no text", drivers.ErrReply)
		}
		out.id = id
	}
	if out.refresh != "" && !printable(out.refresh, maxJWT) {
		out.refresh = ""
	}
	return out, nil
}

// tokenError sorts what a token endpoint said wrong. The text of the library's
// error holds the whole answer, which may repeat secrets: it is not kept.
func tokenError(ctx context.Context, err, badGrant error) error {
	var answer *oauth2.RetrieveError
	switch {
	case errors.Is(err, drivers.ErrReply), errors.Is(err, drivers.ErrUnavailable):
		return err
	case errors.As(err, &answer):
		return answerError(answer, badGrant)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", drivers.ErrUnavailable, ctx.Err())
	}
	return failed(ctx, unwrapped(err))
}

// unwrapped is the cause of a call that failed, without the address.
func unwrapped(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return errors.New("the token endpoint's answer cannot be read")
}

func answerError(answer *oauth2.RetrieveError, badGrant error) error {
	status := answer.Response.StatusCode
	said := fmt.Sprintf("the token endpoint answers %d %s", status, quoted(answer.ErrorCode))
	switch {
	case answer.ErrorCode == "invalid_grant":
		return fmt.Errorf("%w: %s", badGrant, said)
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", drivers.ErrUnavailable, said)
	case answer.ErrorCode == "invalid_client" || answer.ErrorCode == "unauthorized_client" || status == http.StatusUnauthorized:
		// Nobody's sign-in can work: that is for the operator, not the person.
		return fmt.Errorf("%w: %s; check client_id, client_secret and client_auth", drivers.ErrMisconfigured, said)
	}
	return fmt.Errorf("%w: %s", drivers.ErrReply, said)
}

// strictAnswers lets only JSON through that has one reading: the library takes
// forms too, and of two members of one name the last.
type strictAnswers struct{ next http.RoundTripper }

func (s strictAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		return answer, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	_ = answer.Body.Close() // all of it has been read
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if kind != "application/json" {
		return nil, fmt.Errorf("%w: the token endpoint answers with %s", drivers.ErrReply, quoted(kind))
	}
	if _, err := decodeObject(body); err != nil {
		return nil, fmt.Errorf("%w: the token endpoint: %w", drivers.ErrReply, err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}
