package web

import (
	"net/http"
	"slices"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/web/api"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/compat/papermerge"
	"github.com/signet-sso/signet/web/wire"
)

// annexes are the interfaces of other systems that the configuration switches
// on. guests is crossSite with the front ends of those systems besides.
func annexes(c Config, cookies wire.Cookies, crossSite, guests *wire.CrossSite) []wire.Annex {
	var all []wire.Annex
	if c.Directus != nil {
		all = append(all, directus.New(directus.Config{
			Settings: *c.Directus, Broker: c.Broker, Cookies: cookies, CrossSite: crossSite, Native: api.Profile(), Now: c.Now,
		}))
	}
	if c.Papermerge != nil {
		all = append(all, papermerge.New(papermerge.Config{
			Settings: *c.Papermerge, Broker: c.Broker, Audit: c.Audit, CrossSite: crossSite, Identify: c.identify(), Now: c.Now,
		}))
	}
	if c.Ethics != nil {
		all = append(all, ethics.New(ethics.Config{
			Settings: *c.Ethics, Broker: c.Broker, Administration: c.Administration, CrossSite: guests, Now: c.Now,
		}))
	}
	if c.Authserver == nil {
		return all
	}
	// It comes first, and leaves to the others what is theirs: with a slash at its
	// end, an address below Directus' /users/ is its own.
	return append([]wire.Annex{authserver.New(authserver.Config{
		Settings: *c.Authserver, Broker: c.Broker, Administration: c.Administration, CrossSite: crossSite, Now: c.Now,
		Elsewhere: owner(all),
	})}, all...)
}

// owner reports paths that one of these has.
func owner(all []wire.Annex) func(path string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(all, func(a wire.Annex) bool { return a.Owns(path) })
	}
}

// identify tells a proxy that asks at Papermerge's address whose request it is,
// as the guard tells its own; nil for not.
func (c Config) identify() func(http.Header, *broker.Pass) {
	if c.Guard == nil || !c.Papermerge.RemoteUser {
		return nil
	}
	return func(h http.Header, p *broker.Pass) {
		if c.Guard.Identify(h, p, c.PublicURL+"/auth/me") && c.Metrics != nil {
			c.Metrics.cut.Inc()
		}
	}
}
