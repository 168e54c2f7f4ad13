package oauth2

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/signet-sso/signet/drivers"
)

// AuthURL returns where to send the browser (RFC 6749 §4.1.1, RFC 7636 §4.3).
// It makes no network call. What a service's own address carries of our
// parameters is replaced, so that each is there once; its scope stays where
// none is configured.
func (p *provider) AuthURL(_ context.Context, state string, a drivers.Attempt) (string, error) {
	u, err := url.Parse(p.service.authorize)
	if err != nil {
		return "", fmt.Errorf("authorize address: %w", err)
	}
	q := u.Query()
	for name, value := range p.service.preset.params {
		q.Set(name, value)
	}
	q.Set("response_type", "code")
	q.Set("client_id", p.ClientID)
	q.Set("redirect_uri", a.RedirectURI)
	q.Set("state", state)
	q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(a.Verifier))
	q.Set("code_challenge_method", "S256")
	if len(p.Scopes) > 0 {
		q.Set("scope", strings.Join(p.Scopes, or(p.service.preset.separator, " ")))
	}
	if a.Prompt != "" {
		q.Set("prompt", a.Prompt)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}
