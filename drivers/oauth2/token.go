package oauth2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/outbound"
)

// maxToken is the longest token that we carry, in bytes.
const maxToken = 64 << 10

// tokens is what a token endpoint gave, and what a later question needs.
type tokens struct {
	Access  string    `json:"access_token"`
	Refresh string    `json:"refresh_token,omitempty"`
	Expiry  time.Time `json:"expiry,omitzero"` // zero when the provider does not say
	// Extra is what else of the answer the profile takes, named as goth's
	// sessions do.
	Extra map[string]string `json:"extra,omitempty"`
}

// seal writes tokens as an identity's Upstream.
func (t tokens) seal() ([]byte, error) { return json.Marshal(t) }

// endpoint is how the token endpoint is asked.
func (p *provider) endpoint(redirectURI string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if p.ClientAuth == authPost {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: redirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: p.service.token, AuthStyle: style},
	}
}

// redeem trades a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). An attempt
// without a verifier is one that nobody began here; see [provider.TakeCode].
func (p *provider) redeem(ctx context.Context, a drivers.Attempt, code string) (tokens, error) {
	var options []oauth2.AuthCodeOption
	if a.Verifier != "" {
		options = append(options, oauth2.VerifierOption(a.Verifier))
	}
	t, err := p.endpoint(a.RedirectURI).Exchange(p.strictly(ctx), code, options...)
	if err != nil {
		return tokens{}, tokenError(ctx, err, drivers.ErrReply)
	}
	return p.accept(t)
}

// renew trades a refresh token for new tokens (RFC 6749 §6). A provider that
// gives no new refresh token means the old one.
func (p *provider) renew(ctx context.Context, refresh string) (tokens, error) {
	t, err := p.endpoint("").TokenSource(p.strictly(ctx), &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return tokens{}, tokenError(ctx, err, drivers.ErrRefused)
	}
	return p.accept(t)
}

// accept checks an answer (RFC 6749 §5.1). A type that is left out is Bearer:
// the token is never used in another way.
func (p *provider) accept(t *oauth2.Token) (tokens, error) {
	if t.TokenType != "" && !strings.EqualFold(t.TokenType, "Bearer") {
		return tokens{}, fmt.Errorf("%w: the token is of type %s", drivers.ErrReply, quoted(t.TokenType))
	}
	if !printable(t.AccessToken, maxToken) || strings.Contains(t.AccessToken, " ") {
		return tokens{}, fmt.Errorf("%w: the token is no plain text", drivers.ErrReply)
	}
	out := tokens{Access: t.AccessToken}
	if printable(t.RefreshToken, maxToken) {
		out.Refresh = t.RefreshToken
	}
	if t.ExpiresIn > 0 {
		out.Expiry = p.Now().Add(time.Duration(t.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
	}
	for there, here := range p.service.preset.extras {
		if v, _ := t.Extra(there).(string); printable(v, maxText) {
			out.Extra = map[string]string{here: v}
		}
	}
	return out, nil
}

// strictly returns a context that makes the library call through our client,
// and see only answers that have one reading.
func (p *provider) strictly(ctx context.Context) context.Context {
	c := *p.client
	c.Transport = strictAnswers{p.client.Transport}
	return context.WithValue(ctx, oauth2.HTTPClient, &c)
}

// strictAnswers lets only JSON objects through that have one reading: the
// library takes forms too, and of two members of one name the last.
type strictAnswers struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper. It asks for JSON, which some
// services only send when asked.
func (s strictAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	answer, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, outbound.MaxBody))
	_ = answer.Body.Close() // all of it has been read
	if err != nil {
		return nil, err
	}
	if _, err := decodeObject(body); err != nil {
		if answer.StatusCode == http.StatusOK {
			return nil, fmt.Errorf("%w: the token endpoint's answer: %w", drivers.ErrReply, err)
		}
		body = []byte("{}") // the status says enough
	}
	answer.Header.Set("Content-Type", "application/json")
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// tokenError sorts what went wrong at a token endpoint. The text of the
// library's error holds the whole answer, which may repeat secrets: it is not
// kept.
func tokenError(ctx context.Context, err, badGrant error) error {
	var answer *oauth2.RetrieveError
	switch {
	case errors.As(err, &answer):
		return answerError(answer, badGrant)
	case isCall(err):
		return failed(ctx, err)
	}
	return fmt.Errorf("%w: the token endpoint's answer is none of RFC 6749", drivers.ErrReply)
}

// badGrants are the words for a code or refresh token that is not good:
// RFC 6749 §5.2, and GitHub's own.
var badGrants = []string{"invalid_grant", "bad_verification_code", "bad_refresh_token"}

// badClients are the words for a client that is not who it says.
var badClients = []string{"invalid_client", "unauthorized_client", "incorrect_client_credentials", "redirect_uri_mismatch"}

func answerError(answer *oauth2.RetrieveError, badGrant error) error {
	status := answer.Response.StatusCode
	said := fmt.Sprintf("the token endpoint answers %d %s", status, quoted(answer.ErrorCode))
	switch {
	case slices.Contains(badGrants, answer.ErrorCode):
		return fmt.Errorf("%w: %s", badGrant, said)
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", drivers.ErrUnavailable, said)
	case slices.Contains(badClients, answer.ErrorCode) || status == http.StatusUnauthorized:
		// Nobody's sign-in can work: that is for the operator, not the person.
		return fmt.Errorf("%w: %s; check client_id, client_secret and client_auth", drivers.ErrMisconfigured, said)
	}
	return fmt.Errorf("%w: %s", drivers.ErrReply, said)
}
