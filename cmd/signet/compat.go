package main

import (
	"time"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/web/compat/authserver"
	"github.com/signet-sso/signet/web/compat/directus"
	"github.com/signet-sso/signet/web/compat/ethics"
	"github.com/signet-sso/signet/web/compat/papermerge"
)

// directusSettings are nil where nobody wants the interface.
func directusSettings(d config.Directus) *directus.Settings {
	if !d.Enabled {
		return nil
	}
	return &directus.Settings{Prefix: d.Prefix}
}

// papermergeSettings are nil where nobody wants the interface.
func papermergeSettings(p config.Papermerge, secure bool) *papermerge.Settings {
	if !p.Enabled {
		return nil
	}
	return &papermerge.Settings{
		Prefix: p.Prefix, Strict: p.Strict, TokenTTL: p.TokenTTL, CookieName: p.CookieName, Secure: secure,
		Providers: p.Providers, RedirectURLs: p.RedirectURLs, RemoteUser: p.RemoteUser,
	}
}

// authserverSettings are nil where nobody wants the interface.
func authserverSettings(a config.Authserver) *authserver.Settings {
	if !a.Enabled {
		return nil
	}
	return &authserver.Settings{
		Prefix: a.Prefix, Strict: a.Strict, AccessTTL: a.AccessTTL, RefreshTTL: a.RefreshTTL, StaticRefresh: a.StaticRefresh,
	}
}

// ethicsSettings are nil where nobody wants the interface.
func ethicsSettings(e config.Ethics) *ethics.Settings {
	if !e.Enabled {
		return nil
	}
	zone, err := time.LoadLocation(e.TimeZone)
	if err != nil { // the configuration was checked: the zone went away since
		zone = time.UTC
	}
	return &ethics.Settings{
		Prefix: e.Prefix, Strict: e.Strict, TokenTTL: e.TokenTTL, MaxTTL: e.MaxTTL, Frontend: e.Frontend, Zone: zone,
	}
}
