package openid

import (
	"context"
	"crypto/rand"
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
	said, err := p.askAbout(ctx, m, token)
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

// askAbout returns what the provider says of an active token.
func (p *provider) askAbout(ctx context.Context, m metadata, token string) (bearer.Claims, error) {
	if m.Introspection == "" {
		return nil, fmt.Errorf("%w: discovery names no introspection_endpoint; write introspect_url", drivers.ErrMisconfigured)
	}
	r, err := p.auth.post(ctx, m, m.Introspection, bearer.Form(token))
	if err != nil {
		return nil, err
	}
	return bearer.Ask(bearer.Question{Client: p.client, Request: r, Read: readClaims})
}

// checkIntrospection asks about a token that nobody gave, which must not be
// active.
func (p *provider) checkIntrospection(ctx context.Context, m metadata) (detail, fix string, err error) {
	_, err = p.askAbout(ctx, m, rand.Text())
	switch {
	case err == nil:
		return "", "do not use this provider: whoever asks it is let in", errors.New("it calls a token active that nobody gave")
	case errors.Is(err, drivers.ErrUnavailable):
		return "", "the client must be allowed to ask about tokens there; introspect_url names another address", err
	}
	return "says that a made-up token is not active, as it should", "", nil
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
