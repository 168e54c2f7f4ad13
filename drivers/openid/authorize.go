package openid

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
)

// AuthURL returns where to send the browser (OpenID Connect Core §3.1.2.1).
func (p *provider) AuthURL(ctx context.Context, state string, a drivers.Attempt) (string, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(m.Authorization)
	if err != nil {
		return "", fmt.Errorf("%w: %w", drivers.ErrUnavailable, err)
	}
	q := u.Query()
	for name, value := range p.habits.params {
		q.Set(name, value)
	}
	q.Set("client_id", p.ClientID)
	q.Set("response_type", "code")
	q.Set("redirect_uri", a.RedirectURI)
	q.Set("scope", strings.Join(p.Scopes, " "))
	q.Set("state", state)
	q.Set("nonce", a.Nonce)
	if !p.habits.noPKCE {
		q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(a.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	p.demand(q, a)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// demand asks for what the operator, or this sign-in, wants besides.
func (p *provider) demand(q url.Values, a drivers.Attempt) {
	if prompt := or(a.Prompt, p.Prompt); prompt != "" {
		q.Set("prompt", prompt)
	}
	if p.MaxAge > 0 {
		q.Set("max_age", strconv.FormatInt(int64(p.MaxAge/time.Second), 10))
	}
	if len(p.ACR) > 0 {
		q.Set("acr_values", strings.Join(p.ACR, " "))
	}
	if p.ResponseMode == "form_post" {
		q.Set("response_mode", "form_post")
	}
}
