package openid

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/signet-sso/signet/drivers"
)

// skew is how far the provider's clock may be from ours.
const skew = time.Minute

// verify checks an ID token (OpenID Connect Core §3.1.3.7) but for what belongs
// to the attempt, and returns its claims.
func (p *provider) verify(ctx context.Context, m metadata, t tokens) (object, error) {
	id, claims, err := p.believe(ctx, m, t.id)
	if err != nil {
		return nil, err
	}
	if _, named := claims["at_hash"]; named {
		err = id.VerifyAccessToken(t.access)
	}
	if err == nil && !printable(claims.text("sub"), 255) {
		err = errors.New("the subject is no text of 1 to 255 bytes")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: ID token: %w", drivers.ErrReply, err)
	}
	return claims, nil
}

// believe checks what every token of the provider's must have: signature,
// issuer, audience and times.
func (p *provider) believe(ctx context.Context, m metadata, jwt string) (*oidc.IDToken, object, error) {
	claims, err := payload(jwt)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: token: %w", drivers.ErrReply, err)
	}
	keys := &keyRing{provider: p}
	v := oidc.NewVerifier(p.issuerFor(m, claims), keys, &oidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: p.Algorithms, Now: func() time.Time { return p.Now().Add(-skew) },
	})
	id, err := v.Verify(ctx, jwt)
	if err != nil {
		if keys.missing != nil {
			err = keys.missing
		}
		return nil, nil, verifyError(ctx, err)
	}
	// The library makes an exception of an issuer, and takes times of any type.
	err = errors.Join(p.checkIssuer(m, claims), p.checkAudience(claims), p.checkTimes(claims))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: token: %w", drivers.ErrReply, err)
	}
	return id, claims, nil
}

// issuerFor is the issuer that a token must have. Microsoft's directories of
// many leave a place in it for the person's own.
func (p *provider) issuerFor(m metadata, claims object) string {
	if p.Preset == "microsoft" {
		return strings.Replace(m.Issuer, "{tenantid}", claims.text("tid"), 1)
	}
	return m.Issuer
}

// verifyError keeps the difference between a bad token and keys that are not
// to be had. The library's words repeat parts of the token and are cut.
func verifyError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", drivers.ErrUnavailable, ctx.Err())
	}
	if errors.Is(err, drivers.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: token: %s", drivers.ErrReply, quoted(err.Error()))
}

// payload reads a token's claims. Whether they are to be believed is for the
// signature to say.
func payload(jwt string) (object, error) {
	_, rest, _ := strings.Cut(jwt, ".")
	part, _, _ := strings.Cut(rest, ".")
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, errors.New("the payload is no base64url")
	}
	return decodeObject(b)
}

// checkIssuer compares the issuer to the letter, and Microsoft's directory with
// those whose people may enter.
func (p *provider) checkIssuer(m metadata, claims object) error {
	issuer := claims.text("iss")
	if issuer == "" || issuer != p.issuerFor(m, claims) {
		return fmt.Errorf("the issuer is %s", quoted(issuer))
	}
	if tenant := claims.text("tid"); p.Preset == "microsoft" && len(p.Tenants) > 0 && !slices.Contains(p.Tenants, tenant) {
		return fmt.Errorf("the directory %s is not in tenants", quoted(tenant))
	}
	return nil
}

// microsoftIssuer is what the preset's documents name: a directory's id, or
// the place for one.
var microsoftIssuer = regexp.MustCompile(`^https://login\.microsoftonline\.com/(\{tenantid\}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0$`)

// ownIssuer reports the issuer that discovery may name: the configured one to
// the letter (OpenID Connect Discovery §4.3). For a Microsoft tenant that is
// configured by its domain, it is the one of its id.
func (p *provider) ownIssuer(issuer string) bool {
	if issuer == p.Issuer {
		return true
	}
	return p.Preset == "microsoft" && !microsoftIssuer.MatchString(p.Issuer) && microsoftIssuer.MatchString(issuer) &&
		(len(p.Tenants) > 0 || !strings.Contains(issuer, "{tenantid}"))
}

// checkAudience: the token is for us, and nobody else got it first. The library
// has looked for us too, but takes AUD for aud.
func (p *provider) checkAudience(claims object) error {
	audiences, _ := claims["aud"].([]any)
	azp, named := claims["azp"]
	switch {
	case claims["aud"] != p.ClientID && !slices.Contains(audiences, any(p.ClientID)):
		return errors.New("the audience is another client")
	case named && azp != p.ClientID:
		return errors.New("the authorized party is another client")
	case len(audiences) > 1 && !named:
		return errors.New("there are several audiences and no authorized party")
	}
	return nil
}

// checkTimes checks exp, iat and nbf, with leeway for clocks that differ.
func (p *provider) checkTimes(claims object) error {
	now := p.Now()
	expires, ok := claims.seconds("exp")
	if !ok || now.After(time.Unix(expires, 0).Add(skew)) {
		return errors.New("it has expired, or has no expiry")
	}
	issued, ok := claims.seconds("iat")
	if !ok || time.Unix(issued, 0).After(now.Add(skew)) {
		return errors.New("it was issued in the future, or does not say when")
	}
	if _, named := claims["nbf"]; named {
		if from, ok := claims.seconds("nbf"); !ok || time.Unix(from, 0).After(now.Add(skew)) {
			return errors.New("it is not valid yet")
		}
	}
	return nil
}

// checkAttempt checks what belongs to one attempt: its nonce, and what was
// demanded of the sign-in.
func (p *provider) checkAttempt(claims object, a drivers.Attempt) error {
	nonce, named := claims["nonce"]
	text, _ := nonce.(string)
	if (named || !p.habits.noNonce) && subtle.ConstantTimeCompare([]byte(text), []byte(a.Nonce)) != 1 {
		return fmt.Errorf("%w: ID token: the nonce is another", drivers.ErrReply)
	}
	return p.checkDemands(claims)
}

// checkDemands checks what the operator wants of every sign-in.
func (p *provider) checkDemands(claims object) error {
	if p.MaxAge > 0 {
		at, ok := claims.seconds("auth_time")
		if !ok || p.Now().Sub(time.Unix(at, 0)) > p.MaxAge+skew {
			return fmt.Errorf("%w: the person signed in at the provider too long ago, or it does not say when", drivers.ErrRefused)
		}
	}
	if len(p.ACR) > 0 && !slices.Contains(p.ACR, claims.text("acr")) {
		return fmt.Errorf("%w: the authentication context is %s", drivers.ErrRefused, quoted(claims.text("acr")))
	}
	return nil
}
