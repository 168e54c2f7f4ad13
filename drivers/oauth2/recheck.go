package oauth2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/signet-sso/signet/drivers"
)

// Recheck asks for the profile again, with the tokens of the sign-in. A token
// that has expired is renewed first. Of a person whose tokens have run out and
// cannot be renewed nothing more is known.
func (p *provider) Recheck(ctx context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	var t tokens
	if json.Unmarshal(upstream, &t) != nil || t.Access == "" || p.spent(t) {
		return drivers.Identity{Subject: subject, Partial: true}, nil
	}
	id, now, err := p.ask(ctx, t)
	var answer *statusError
	switch {
	case errors.As(err, &answer) && answer.refuses():
		return drivers.Identity{}, fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	case errors.Is(err, drivers.ErrUnavailable) && now.Access != t.Access:
		// The provider has renewed the tokens, and may have taken the old ones.
		p.Logger.WarnContext(ctx, "oauth2.profile_failed", "provider", p.Name, "error", err)
		kept, err := now.seal()
		return drivers.Identity{Subject: subject, Partial: true, Upstream: kept}, err
	case err != nil:
		return drivers.Identity{}, recheckError(err)
	case id.Subject != subject:
		return drivers.Identity{}, fmt.Errorf("%w: the profile is somebody else's", drivers.ErrRefused)
	}
	return id, nil
}

// expired reports tokens past their time, and spent those that nothing renews.
func (p *provider) expired(t tokens) bool { return !t.Expiry.IsZero() && !p.Now().Before(t.Expiry) }

func (p *provider) spent(t tokens) bool { return p.expired(t) && t.Refresh == "" }

// ask renews a token that has expired, or that is refused although it should
// be good still, and asks for the profile. It returns the tokens that are good
// afterwards.
func (p *provider) ask(ctx context.Context, t tokens) (drivers.Identity, tokens, error) {
	if !p.expired(t) {
		id, err := p.identify(ctx, t)
		var answer *statusError
		if !errors.As(err, &answer) || answer.status != http.StatusUnauthorized || t.Refresh == "" {
			return id, t, err
		}
	}
	renewed, err := p.renew(ctx, t.Refresh)
	if err != nil {
		return drivers.Identity{}, t, err
	}
	if renewed.Extra == nil {
		renewed.Extra = t.Extra
	}
	id, err := p.identify(ctx, renewed)
	return id, renewed, err
}

// recheckError makes a profile that is not right a refusal: without an id
// nobody is proven any more.
func recheckError(err error) error {
	if errors.Is(err, drivers.ErrReply) {
		return fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	}
	return err
}
