package openid

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

// Exchange turns a reply into an identity: one call to the token endpoint, and
// one to the userinfo address where that is configured.
func (p *provider) Exchange(ctx context.Context, a drivers.Attempt, reply url.Values) (drivers.Identity, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Identity{}, err
	}
	code, err := p.code(m, reply)
	if err != nil {
		return drivers.Identity{}, err
	}
	if a.Nonce == "" || a.Verifier == "" {
		return drivers.Identity{}, fmt.Errorf("%w: an attempt without nonce or verifier", drivers.ErrReply)
	}
	t, err := p.redeem(ctx, m, a, code)
	if err != nil {
		return drivers.Identity{}, err
	}
	claims, err := p.verify(ctx, m, t)
	if err != nil {
		return drivers.Identity{}, err
	}
	if err := p.checkAttempt(claims, a); err != nil {
		return drivers.Identity{}, err
	}
	return p.identify(ctx, m, t, claims)
}

// code checks the reply: whose it is, and that it is one plain code.
func (p *provider) code(m metadata, reply url.Values) (string, error) {
	for name, values := range reply {
		if len(values) != 1 {
			return "", fmt.Errorf("%w: %s is there %d times", drivers.ErrReply, quoted(name), len(values))
		}
	}
	// RFC 9207 §2.4: compared as it stands, and not left out where the provider
	// says that it is always there.
	if m.IssInReply || reply.Has("iss") {
		if subtle.ConstantTimeCompare([]byte(reply.Get("iss")), []byte(m.Issuer)) != 1 {
			return "", fmt.Errorf("%w: the reply's issuer is %s", drivers.ErrReply, quoted(reply.Get("iss")))
		}
	}
	if reply.Has("error") {
		return "", replyError(reply)
	}
	return plainCode(reply.Get("code"))
}

func plainCode(code string) (string, error) {
	if !printable(code, 8<<10) || strings.ContainsAny(code, " ") {
		return "", fmt.Errorf("%w: no code", drivers.ErrReply)
	}
	return code, nil
}

// replyError sorts a provider's error (RFC 6749 §4.1.2.1, OpenID Connect Core
// §3.1.2.6).
func replyError(reply url.Values) error {
	kind, kinds := reply.Get("error"), map[string]error{
		"access_denied": drivers.ErrCredentials, "login_required": drivers.ErrCredentials,
		"interaction_required": drivers.ErrCredentials, "consent_required": drivers.ErrCredentials,
		"account_selection_required": drivers.ErrCredentials, "user_cancelled_login": drivers.ErrCredentials,
		"user_cancelled_authorize": drivers.ErrCredentials, "user_cancelled_authorization": drivers.ErrCredentials,
		"server_error": drivers.ErrUnavailable, "temporarily_unavailable": drivers.ErrUnavailable,
	}
	err, ok := kinds[kind]
	if !ok {
		err = drivers.ErrReply
	}
	return fmt.Errorf("%w: the provider answers %s: %s", err, quoted(kind), quoted(reply.Get("error_description")))
}
