package openid

import "context"
import "github.com/signet-sso/signet/drivers"

func (p *provider) Check(context.Context, string) []drivers.Step { return nil }
