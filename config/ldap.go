package config

import (
	"net/url"
	"time"
)

// LDAP is a directory. People are found with bind_dn and users.base, or their
// DN is made by dn_template.
type LDAP struct {
	// Preset brings the filter and the attributes of a known directory server.
	Preset string `yaml:"preset" enum:"openldap,activedirectory,389ds,freeipa,lldap"`
	// URLs are the servers, ldaps:// or ldap:// with start_tls, tried in order.
	// The key is url or urls; one address or a list.
	URLs []*url.URL `yaml:"url" alias:"urls" unique:"true"`
	// StartTLS turns an ldap:// connection into TLS before anything is said on
	// it (RFC 4513 §3).
	StartTLS bool `yaml:"start_tls"`
	// CAFile holds the PEM certificates that the server's is checked against
	// instead of the system's.
	CAFile string `yaml:"ca_file"`
	// ClientCert is a PEM certificate that the server may ask for.
	ClientCert string `yaml:"client_cert"`
	// ClientKey is the PEM key of ClientCert.
	ClientKey string `yaml:"client_key"`
	// BindDN is the service account that searches.
	BindDN string `yaml:"bind_dn"`
	// BindPassword is its password; a bind_dn without one is refused, since it
	// would be an anonymous bind (RFC 4513 §5.1.2).
	BindPassword Secret `yaml:"bind_password"`
	// DNTemplate makes a person's DN from {login}, such as
	// "uid={login},ou=people,dc=example,dc=org".
	DNTemplate string `yaml:"dn_template"`
	// EmailVerified says that the directory vouches for the addresses it holds:
	// nobody can enter one of their own choice there. link: verified_email needs
	// it.
	EmailVerified bool `yaml:"email_verified"`
	// Users says where people are and what their entries hold.
	Users LDAPUsers `yaml:"users"`
	// Groups says how memberships are found.
	Groups LDAPGroups `yaml:"groups"`
	// Pool bounds the connections to the directory.
	Pool LDAPPool `yaml:"pool"`
	// Timeouts are the limits of the network calls.
	Timeouts LDAPTimeouts `yaml:"timeouts"`
}

// LDAPUsers says where people are and what their entries hold. An empty value
// is the preset's.
type LDAPUsers struct {
	// Base is the DN below which people are searched. It is needed unless
	// there is a dn_template.
	Base string `yaml:"base"`
	// Filter finds one person by {login} (RFC 4515), such as
	// "(|(uid={login})(mail={login}))".
	Filter string `yaml:"filter"`
	// Scope is how deep below base: base, one or sub. Empty is sub.
	Scope string `yaml:"scope" enum:"base,one,sub"`
	// ID is the attribute that never changes: entryUUID or objectGUID.
	ID string `yaml:"id"`
	// Login is the attribute of the login name.
	Login string `yaml:"login"`
	// Name is the attribute of the whole name.
	Name string `yaml:"name"`
	// GivenName is the attribute of the first name.
	GivenName string `yaml:"given_name"`
	// FamilyName is the attribute of the last name.
	FamilyName string `yaml:"family_name"`
	// Email is the attribute of the e-mail address.
	Email string `yaml:"email"`
	// Picture is the attribute of a portrait's address.
	Picture string `yaml:"picture"`
}

// LDAPGroups says how memberships are found. An empty value is the preset's;
// without a base, and without memberOf as member, there are no groups.
type LDAPGroups struct {
	// Base is the DN below which groups are searched.
	Base string `yaml:"base"`
	// Filter narrows the groups (RFC 4515), such as "(objectClass=groupOfNames)".
	Filter string `yaml:"filter"`
	// Scope is how deep below base: base, one or sub. Empty is sub.
	Scope string `yaml:"scope" enum:"base,one,sub"`
	// Member is the attribute that ties people and groups: member, uniqueMember
	// or memberUid in the group, or memberOf in the person.
	Member string `yaml:"member"`
	// Name is the attribute of the group's name; dn stands for the group's DN.
	Name string `yaml:"name"`
	// Nested follows groups in groups: none, walk them to depth, or in_chain
	// (Active Directory's matching rule).
	Nested string `yaml:"nested" enum:"none,walk,in_chain"`
	// Depth is how far walk goes.
	Depth int `yaml:"depth" min:"1" max:"32"`
}

// LDAPPool bounds the connections to the directory. The two pools never mix.
type LDAPPool struct {
	// Search is the most connections bound as the service account.
	Search int `yaml:"search" min:"1" max:"1000"`
	// Bind is the most connections that prove passwords.
	Bind int `yaml:"bind" min:"1" max:"1000"`
	// Queue is the most callers that wait for a connection; more are turned away.
	Queue int `yaml:"queue" min:"1" max:"1000000"`
	// Idle is how long an unused connection is kept.
	Idle time.Duration `yaml:"idle" min:"1s" max:"1d"`
}

// LDAPTimeouts are the limits of the network calls.
type LDAPTimeouts struct {
	// Connect is the limit for reaching one server, TLS included.
	Connect time.Duration `yaml:"connect" min:"10ms" max:"1m"`
	// Request is the limit for one bind or search.
	Request time.Duration `yaml:"request" min:"10ms" max:"1m"`
	// Total is the limit for one login over all servers.
	Total time.Duration `yaml:"total" min:"10ms" max:"2m"`
}
