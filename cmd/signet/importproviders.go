package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store/legacy"
)

// leftOut is how --provider says that a provider's identities stay behind.
const leftOut = "-"

// oldProviders are the providers that are configured, by the names of an old
// system.
func oldProviders(c *config.Config, f oldFlags) (map[string]legacy.Provider, error) {
	all := map[string]legacy.Provider{}
	for _, q := range c.Providers {
		all[q.Name] = legacy.Provider{Name: q.Name, Kind: q.Driver, Vouched: slices.Contains(f.identifiers, q.Name)}
	}
	for _, name := range f.identifiers {
		if _, err := findProvider(c, "--identifiers", name); err != nil {
			return nil, err
		}
	}
	for _, pair := range f.providers {
		old, name, ok := strings.Cut(pair, "=")
		if !ok || old == "" || name == "" {
			return nil, fmt.Errorf("--provider %q is not OLD=NAME", pair)
		}
		if name == leftOut {
			all[old] = legacy.Provider{}
			continue
		}
		q, err := findProvider(c, "--provider", name)
		if err != nil {
			return nil, err
		}
		all[old] = legacy.Provider{Name: q.Name, Kind: q.Driver, Vouched: slices.Contains(f.identifiers, q.Name)}
	}
	return all, nil
}

// findProvider is the provider that is configured under a name.
func findProvider(c *config.Config, flag, name string) (config.Provider, error) {
	var names []string
	for _, q := range c.Providers {
		if q.Name == name {
			return q, nil
		}
		names = append(names, q.Name)
	}
	hint := "configured are " + strings.Join(names, ", ")
	if near := config.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return config.Provider{}, fmt.Errorf("%s: there is no provider %q; %s", flag, name, hint)
}

// checkOIDC sees to it that Papermerge's provider is one that knows people by
// the sub that Papermerge took for their id.
func checkOIDC(c *config.Config, name string) error {
	if name == "" {
		return nil
	}
	q, err := findProvider(c, "--oidc-provider", name)
	if err == nil && q.Driver != config.DriverOpenID {
		err = errors.New("--oidc-provider: " + name + " has the driver " + q.Driver + "; Papermerge knew people by the sub of an OpenID provider")
	}
	return err
}
