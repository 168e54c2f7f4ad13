package oauth2

import (
	"context"
	"strings"

	"github.com/signet-sso/signet/drivers"
)

// Entrance implements drivers.CodeTaker. It makes no network call.
func (p *provider) Entrance(context.Context) (drivers.Entrance, error) {
	return drivers.Entrance{
		AuthorizeURL: p.service.authorize, ClientID: p.ClientID,
		Scope: strings.Join(p.Scopes, or(p.service.preset.separator, " ")),
	}, nil
}

// TakeCode implements drivers.CodeTaker. A server gives no tokens for a code with
// a challenge when no verifier comes with it (RFC 9700 §2.1.1).
func (p *provider) TakeCode(ctx context.Context, c drivers.PageCode) (drivers.Identity, error) {
	code, err := plainCode(c.Code)
	if err != nil {
		return drivers.Identity{}, err
	}
	t, err := p.redeem(ctx, drivers.Attempt{RedirectURI: c.RedirectURI}, code)
	if err != nil {
		return drivers.Identity{}, err
	}
	return p.identify(ctx, t)
}

var _ drivers.CodeTaker = (*provider)(nil)
