package papermerge

import (
	"slices"

	"github.com/signet-sso/signet/broker"
)

// What Papermerge calls its ways to sign in.
const (
	ownDB   = "db"
	ownLDAP = "ldap"
	ownOIDC = "oidc"
)

// kinds are what each of them can be when the configuration does not say which
// provider it is.
var kinds = map[string][]string{ownDB: {"local"}, ownLDAP: {"ldap"}, ownOIDC: {"openid", "oauth2"}}

// way finds the provider that a client means: by one of Papermerge's names, or by
// ours.
func (p *Papermerge) way(name string) (broker.Way, bool) {
	ways := p.Broker.Ways()
	if kind, own := kinds[name]; own && p.Providers[name] == "" {
		return first(ways, kind)
	}
	if ours := p.Providers[name]; ours != "" {
		name = ours
	}
	return pick(ways, func(w broker.Way) bool { return w.Name == name })
}

// first is the first provider of the first kind that there is. One that takes
// the codes of pages goes before one that does not.
func first(ways []broker.Way, kinds []string) (broker.Way, bool) {
	for _, able := range []bool{true, false} {
		for _, kind := range kinds {
			w, ok := pick(ways, func(w broker.Way) bool { return w.Driver == kind && (w.Password || w.Codes || !able) })
			if ok {
				return w, true
			}
		}
	}
	return broker.Way{}, false
}

func pick(ways []broker.Way, fits func(broker.Way) bool) (broker.Way, bool) {
	i := slices.IndexFunc(ways, fits)
	if i < 0 {
		return broker.Way{}, false
	}
	return ways[i], true
}
