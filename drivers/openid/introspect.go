package openid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/bearer"
)

// introspect asks the provider about a token (RFC 7662 §2). An active token
// must name whom it is for.
func (p *provider) introspect(ctx context.Context, m metadata, token string) (object, time.Time, error) {
	if err := p.checkReadable(token); err != nil {
		return nil, time.Time{}, err
	}
	if m.Introspection == "" {
		return nil, time.Time{}, fmt.Errorf("%w: discovery names no introspection_endpoint; write introspect_url", drivers.ErrMisconfigured)
	}
	r, err := p.auth.post(ctx, m, m.Introspection, bearer.Form(token))
	if err != nil {
		return nil, time.Time{}, err
	}
	said, err := bearer.Ask(bearer.Question{Client: p.client, Request: r, Read: readClaims})
	if err != nil {
		return nil, time.Time{}, err
	}
	if said.Has("iss") {
		err = p.checkIssuer(m, object(said))
	}
	if err := errors.Join(err, said.CheckKind(), said.CheckAudience(p.Bearer.Audience)); err != nil {
		return nil, time.Time{}, err
	}
	expires, err := said.Expires(p.Now())
	return object(said), expires, err
}

func readClaims(body []byte) (bearer.Claims, error) {
	o, err := decodeObject(body)
	return bearer.Claims(o), err
}

// checkReadable refuses a JWT that is of another kind, or of another issuer,
// before the provider is asked: not every provider looks at the kind.
func (p *provider) checkReadable(token string) error {
	body, ok := bearer.Payload(token)
	if !ok {
		return nil
	}
	claims, err := readClaims(body)
	if err != nil {
		return nil // not for us to read
	}
	if claims.Has("iss") && !p.couldIssue(claims.Text("iss")) {
		return errors.New("it is another issuer's")
	}
	return claims.CheckKind()
}
