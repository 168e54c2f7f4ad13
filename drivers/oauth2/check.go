package oauth2

import (
	"context"

	"github.com/signet-sso/signet/drivers"
)

// Check goes through what a sign-in needs of the provider.
func (p *provider) Check(context.Context, string) []drivers.Step { return nil }
