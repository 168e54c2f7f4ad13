package main

import (
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/web/compat/directus"
)

// directusSettings are nil where nobody wants the interface.
func directusSettings(d config.Directus) *directus.Settings {
	if !d.Enabled {
		return nil
	}
	return &directus.Settings{Prefix: d.Prefix}
}
