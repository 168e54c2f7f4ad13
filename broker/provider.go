package broker

import (
	"time"

	"github.com/signet-sso/signet/drivers"
)

// LocalRealm is the identity provider of every local password, whatever the
// configured provider is called: its subject is the account id.
const LocalRealm = "local"

// LinkPolicy says whether an unknown identity may join an existing account.
type LinkPolicy string

// The link policies.
const (
	LinkNever         LinkPolicy = "never"
	LinkVerifiedEmail LinkPolicy = "verified_email"
)

// Provider is one configured way to sign in.
type Provider struct {
	Name   string // as in URLs
	Kind   string // "local", "ldap", "oauth2" or "openid"
	Label  string // what a person reads
	Icon   string
	Driver drivers.Driver

	Signup        bool // an unknown person gets an account
	Link          LinkPolicy
	Domains       []string          // e-mail domains let in; empty for any
	RequireGroups []string          // one of them is needed; empty for none
	GroupMap      map[string]string // the provider's name → ours
	OnlyGroups    []string          // keep these (after the map); empty for all
	Disabled      bool

	// Bearer is how long the answer about an access token of the provider
	// counts; it is only looked at when the driver reads such tokens.
	Bearer time.Duration

	MFA       MFAPolicy
	MFAAccept []string // values of the provider's amr and acr that count as a second factor
}

// MFAPolicy says whether a second factor is asked for after a provider.
type MFAPolicy string

// The policies. The zero value is MFAOptional.
const (
	MFAOff      MFAPolicy = "off"
	MFAOptional MFAPolicy = "optional" // of those who have set one up
	MFARequired MFAPolicy = "required" // of all
)

// own reports the operator's own word: our accounts or their directory.
func (p Provider) own() bool { return p.Kind == LocalRealm || p.Kind == "ldap" }

// Realm is the name under which the provider's identities are kept.
func (p Provider) Realm() string {
	if p.Kind == LocalRealm {
		return LocalRealm
	}
	return p.Name
}
