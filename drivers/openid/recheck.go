package openid

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/signet-sso/signet/drivers"
)

// Recheck asks with the refresh token (OpenID Connect Core §12). A provider
// that gives no new ID token is asked for userinfo; one that has neither has
// only said that the person is still welcome.
func (p *provider) Recheck(ctx context.Context, subject string, kept []byte) (drivers.Identity, error) {
	var u upstream
	if stdjson.Unmarshal(kept, &u) != nil || u.Refresh == "" {
		return drivers.Identity{Subject: subject, Partial: true}, nil
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Identity{}, err
	}
	t, err := p.renew(ctx, m, u.Refresh)
	if errors.Is(err, drivers.ErrReply) {
		// Not a word about the person: a page of a proxy's, say. Only
		// invalid_grant refuses.
		return drivers.Identity{}, fmt.Errorf("%w: %v", drivers.ErrUnavailable, err)
	}
	if err != nil {
		return drivers.Identity{}, err
	}
	if t.refresh == "" {
		t.refresh = u.Refresh
	}
	if t.id == "" {
		t.id = u.ID
		return p.withoutToken(ctx, m, t, subject)
	}
	claims, err := p.verify(ctx, m, t)
	if errors.Is(err, drivers.ErrUnavailable) {
		t.id = u.ID // nobody has looked at the new one
		return p.unasked(ctx, t, subject, err)
	}
	if err != nil {
		return drivers.Identity{}, recheckError(err)
	}
	if claims.text("sub") != subject {
		return drivers.Identity{}, fmt.Errorf("%w: the answer is about somebody else", drivers.ErrRefused)
	}
	return p.refreshed(ctx, m, t, claims)
}

// withoutToken is the identity of a recheck that brought no ID token.
func (p *provider) withoutToken(ctx context.Context, m metadata, t tokens, subject string) (drivers.Identity, error) {
	asking := *p
	asking.UserInfo = true
	id, err := asking.refreshed(ctx, m, t, object{"sub": subject})
	id.Partial = id.Partial || err == nil && m.UserInfo == ""
	return id, err
}

// refreshed is the identity of a recheck. A userinfo address that refuses the
// new token refuses the person.
func (p *provider) refreshed(ctx context.Context, m metadata, t tokens, claims object) (drivers.Identity, error) {
	id, err := p.identify(ctx, m, t, claims)
	var status *statusError
	switch {
	case errors.As(err, &status) && (status.status == http.StatusUnauthorized || status.status == http.StatusForbidden):
		return drivers.Identity{}, fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	case errors.Is(err, drivers.ErrUnavailable):
		return p.unasked(ctx, t, claims.text("sub"), err)
	case err != nil:
		return drivers.Identity{}, recheckError(err)
	}
	return id, nil
}

// unasked is the identity of a recheck that got new tokens and no further: keys
// or userinfo that are not to be had must not cost the refresh token, of which
// the provider has just taken the one before.
func (p *provider) unasked(ctx context.Context, t tokens, subject string, why error) (drivers.Identity, error) {
	p.Logger.WarnContext(ctx, "openid.recheck_unfinished", "provider", p.Name, "error", why)
	kept, err := p.upstream(t)
	return drivers.Identity{Subject: subject, Partial: true, Upstream: kept}, err
}

// recheckError makes an answer that is not right a refusal: the tokens of
// somebody else, or a forged one, are no reason to go on.
func recheckError(err error) error {
	if errors.Is(err, drivers.ErrReply) {
		return fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	}
	return err
}
