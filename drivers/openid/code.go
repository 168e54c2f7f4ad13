package openid

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

// Entrance implements drivers.CodeTaker. Refresh tokens are not asked for: who
// comes in by a page of another application is never asked about again.
func (p *provider) Entrance(ctx context.Context) (drivers.Entrance, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Entrance{}, err
	}
	scopes := slices.DeleteFunc(slices.Clone(p.Scopes), func(s string) bool { return s == "offline_access" })
	return drivers.Entrance{AuthorizeURL: m.Authorization, ClientID: p.ClientID, Scope: strings.Join(scopes, " ")}, nil
}

// TakeCode implements drivers.CodeTaker. A provider gives no tokens for a code
// with a challenge when no verifier comes with it (RFC 9700 §2.1.1).
func (p *provider) TakeCode(ctx context.Context, c drivers.PageCode) (drivers.Identity, error) {
	code, err := plainCode(c.Code)
	if err != nil {
		return drivers.Identity{}, err
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return drivers.Identity{}, err
	}
	t, err := p.redeem(ctx, m, drivers.Attempt{RedirectURI: c.RedirectURI}, code)
	if err != nil {
		return drivers.Identity{}, err
	}
	claims, err := p.verify(ctx, m, t)
	if err != nil {
		return drivers.Identity{}, err
	}
	if _, named := claims["nonce"]; named {
		return drivers.Identity{}, fmt.Errorf("%w: ID token: it has a nonce, so it belongs to an attempt", drivers.ErrReply)
	}
	if err := p.checkDemands(claims); err != nil {
		return drivers.Identity{}, err
	}
	return p.identify(ctx, m, t, claims)
}

var _ drivers.CodeTaker = (*provider)(nil)
