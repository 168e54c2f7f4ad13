package web

import (
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/wire"
)

// annexes are the interfaces of other systems that the configuration switches
// on.
func annexes(c Config, cookies wire.Cookies, crossSite *wire.CrossSite) []wire.Annex {
	var all []wire.Annex
	if c.Directus != nil {
		all = append(all, directus.New(directus.Config{
			Settings: *c.Directus, Broker: c.Broker, Cookies: cookies, CrossSite: crossSite, Native: api.Profile(), Now: c.Now,
		}))
	}
	if c.Ethics != nil {
		all = append(all, ethics.New(ethics.Config{
			Settings: *c.Ethics, Broker: c.Broker, Administration: c.Administration, CrossSite: crossSite, Now: c.Now,
		}))
	}
	return all
}
