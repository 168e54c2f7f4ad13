package openid

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signet-sso/signet/drivers/bearer"
)

// readJWT checks an access token that is a JWT with the provider's keys (RFC
// 9068 §4). A token that is not typed at+jwt must say something that ID tokens
// do not say: the two are alike else, down to the signature (RFC 8725 §3.12).
func (p *provider) readJWT(ctx context.Context, m metadata, token string) (object, time.Time, error) {
	kind, err := typeOf(token)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !slices.Contains([]string{"", "jwt", "at+jwt"}, kind) {
		return nil, time.Time{}, fmt.Errorf("its type is %s", quoted(kind))
	}
	claims, err := p.authentic(ctx, m, token)
	if err != nil {
		return nil, time.Time{}, err
	}
	said := bearer.Claims(claims)
	switch {
	case kind != "at+jwt" && !said.NamesKind() && !said.Has("scope", "scp", "client_id", "cid"):
		return nil, time.Time{}, errors.New("it may be an ID token: nothing says that it is an access token")
	case said.Has("nonce"):
		return nil, time.Time{}, errors.New("it has a nonce, so it is an ID token")
	}
	if err := errors.Join(said.CheckKind(), said.CheckAudience(p.Bearer.Audience)); err != nil {
		return nil, time.Time{}, err
	}
	expires, err := said.Expiry(p.Now())
	return claims, expires, err
}

// authentic returns the claims of a token that the provider signed and that is
// good now. Whom it is for is not looked at.
func (p *provider) authentic(ctx context.Context, m metadata, token string) (object, error) {
	body, err := (&keyRing{provider: p}).VerifySignature(ctx, token)
	if err != nil {
		return nil, verifyError(ctx, err)
	}
	claims, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return claims, errors.Join(p.checkIssuer(m, claims), p.checkTimes(claims))
}
