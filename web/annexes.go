package web

import "github.com/signet-sso/signet/web/wire"

// annexes are the interfaces of other systems that the configuration switches
// on.
func annexes(_ Config, _ wire.Cookies, _ *wire.CrossSite) []wire.Annex {
	return nil
}
