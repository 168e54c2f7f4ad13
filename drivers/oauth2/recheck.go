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
// that has expired is renewed first. A person whose tokens have run out and
// cannot be renewed is neither welcome nor refused: the provider cannot say.
func (p *provider) Recheck(ctx context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	var t tokens
	if json.Unmarshal(upstream, &t) != nil || t.Access == "" {
		return drivers.Identity{}, fmt.Errorf("%w: nothing to ask with", drivers.ErrUnavailable)
	}
	id, err := p.ask(ctx, t)
	var answer *statusError
	switch {
	case errors.As(err, &answer) && answer.refuses():
		return drivers.Identity{}, fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	case err != nil:
		return drivers.Identity{}, recheckError(err)
	case id.Subject != subject:
		return drivers.Identity{}, fmt.Errorf("%w: the profile is somebody else's", drivers.ErrRefused)
	}
	return id, nil
}

// ask renews a token that has expired, or that is refused although it should
// be good still, and asks for the profile.
func (p *provider) ask(ctx context.Context, t tokens) (drivers.Identity, error) {
	expired := !t.Expiry.IsZero() && !p.Now().Before(t.Expiry)
	if expired && t.Refresh == "" {
		return drivers.Identity{}, fmt.Errorf("%w: the token has expired and the provider gave none to renew it", drivers.ErrUnavailable)
	}
	if !expired {
		id, err := p.identify(ctx, t)
		var answer *statusError
		if !errors.As(err, &answer) || answer.status != http.StatusUnauthorized || t.Refresh == "" {
			return id, err
		}
	}
	renewed, err := p.renew(ctx, t.Refresh)
	if err != nil {
		return drivers.Identity{}, err
	}
	if renewed.Extra == nil {
		renewed.Extra = t.Extra
	}
	return p.identify(ctx, renewed)
}

// recheckError makes a profile that is not right a refusal: without an id
// nobody is proven any more.
func recheckError(err error) error {
	if errors.Is(err, drivers.ErrReply) {
		return fmt.Errorf("%w: %v", drivers.ErrRefused, err)
	}
	return err
}
