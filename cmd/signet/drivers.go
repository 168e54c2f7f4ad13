package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/drivers/openid"
)

// driverParts is what drivers need besides their configuration.
type driverParts struct {
	store     local.Store
	hasher    *local.Hasher
	documents openid.Documents
	log       *slog.Logger
}

// kinds is the one table of driver kinds.
var kinds = map[string]func(config.Provider, driverParts) (drivers.Driver, error){
	config.DriverLocal:  openLocal,
	config.DriverLDAP:   openLDAP,
	config.DriverOAuth2: openOAuth2,
	config.DriverOpenID: openOpenID,
}

// errNoDriver is a kind that config knows and kinds does not.
var errNoDriver = errors.New("this build has no driver")

func openDriver(p config.Provider, parts driverParts) (drivers.Driver, error) {
	open, ok := kinds[p.Driver]
	if !ok {
		return drivers.Driver{}, fmt.Errorf("provider %s: %w %q", p.Name, errNoDriver, p.Driver)
	}
	d, err := open(p, parts)
	if err != nil {
		return drivers.Driver{}, fmt.Errorf("provider %s: %w", p.Name, err)
	}
	return d, nil
}

// openProviders opens every driver and returns the broker's settings. It makes
// no network call. On an error, which is providerErrors or a misplacedError,
// nothing stays open.
func openProviders(c *config.Config, parts driverParts) (broker.Settings, error) {
	known, err := services(c)
	if err != nil {
		return broker.Settings{}, err
	}
	s := broker.Settings{
		Services: known, Permissions: c.Permissions,
		Redirects: broker.Redirects{Public: c.PublicURL.String(), Allow: slices.Concat(c.Redirects.Allow, guardedHosts(c))},
	}
	var wrong providerErrors
	for i, p := range c.Providers {
		d, err := openDriver(p, parts)
		if err != nil {
			wrong = append(wrong, providerError{i, err})
			continue
		}
		s.Providers = append(s.Providers, broker.Provider{
			Name: p.Name, Kind: p.Driver, Label: label(p), Icon: icon(p), Driver: d,
			Signup: p.Signup, Link: broker.LinkPolicy(p.Link), Domains: p.Domains, RequireGroups: p.RequireGroups,
			GroupMap: p.Groups.Map, OnlyGroups: p.Groups.Only, Disabled: p.Disabled,
			MFA: broker.MFAPolicy(p.MFA), MFAAccept: p.MFAAccept, Bearer: bearerCache(p),
		})
	}
	if len(wrong) > 0 {
		closeDrivers(driversOf(s))
		return broker.Settings{}, wrong
	}
	return s, nil
}

// bearerCache is how long an answer about a token of the provider counts.
func bearerCache(p config.Provider) time.Duration {
	switch {
	case p.OpenID != nil:
		return p.OpenID.Guard.Cache
	case p.OAuth2 != nil:
		return p.OAuth2.Guard.Cache
	}
	return 0
}

func driversOf(s broker.Settings) []drivers.Driver {
	all := make([]drivers.Driver, 0, len(s.Providers))
	for _, p := range s.Providers {
		all = append(all, p.Driver)
	}
	return all
}

func closeDrivers(all []drivers.Driver) {
	for _, d := range all {
		if d.Close != nil {
			_ = d.Close() // its connections are gone either way
		}
	}
}

func openLocal(_ config.Provider, parts driverParts) (drivers.Driver, error) {
	return local.New(local.Config{Store: parts.store, Hasher: parts.hasher, Logger: parts.log}), nil
}

// hasherConfig turns the configured cost into the hasher's units.
func hasherConfig(p config.Passwords) local.HasherConfig {
	return local.HasherConfig{
		Memory: uint32(p.Argon2.Memory >> 10), Time: uint32(p.Argon2.Time), Parallelism: uint8(p.Argon2.Parallelism),
	}
}
