package oauth2

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

// Exchange turns a reply into an identity: one call to the token endpoint and
// those that the profile takes.
func (p *provider) Exchange(ctx context.Context, a drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	code, err := readCode(reply)
	if err != nil {
		return drivers.Identity{}, err
	}
	if a.Verifier == "" {
		return drivers.Identity{}, fmt.Errorf("%w: an attempt without a verifier", drivers.ErrReply)
	}
	t, err := p.redeem(ctx, a, code)
	if err != nil {
		return drivers.Identity{}, err
	}
	return p.identify(ctx, t)
}

// identify asks who a token belongs to.
func (p *provider) identify(ctx context.Context, t tokens) (drivers.Identity, error) {
	answer, err := p.service.profile(ctx, p, t)
	if err != nil {
		return drivers.Identity{}, err
	}
	id, err := p.describe(ctx, answer)
	if err != nil {
		return drivers.Identity{}, err
	}
	id.Claims = furtherClaims(answer.doc, t)
	id.Upstream, err = t.seal()
	return id, err
}

// readCode checks that a reply is one plain code.
func readCode(reply url.Values) (string, error) {
	for name, values := range reply {
		if len(values) != 1 {
			return "", fmt.Errorf("%w: %s is there %d times", drivers.ErrReply, quoted(name), len(values))
		}
	}
	if reply.Has("error") {
		return "", replyError(reply)
	}
	return plainCode(reply.Get("code"))
}

func plainCode(code string) (string, error) {
	if !printable(code, 8<<10) || strings.Contains(code, " ") {
		return "", fmt.Errorf("%w: no code", drivers.ErrReply)
	}
	return code, nil
}

// replyError sorts a provider's error (RFC 6749 §4.1.2.1); some services have
// words of their own for a person who gave up.
func replyError(reply url.Values) error {
	kind, err := reply.Get("error"), drivers.ErrReply
	switch kind {
	case "access_denied", "login_required", "interaction_required", "consent_required",
		"user_cancelled_login", "user_cancelled_authorize", "user_denied":
		err = drivers.ErrCredentials
	case "server_error", "temporarily_unavailable":
		err = drivers.ErrUnavailable
	}
	return fmt.Errorf("%w: the provider answers %s: %s", err, quoted(kind), quoted(reply.Get("error_description")))
}
