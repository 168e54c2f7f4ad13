package ldap

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"time"
)

// Config describes one directory. [Open] checks it; zero values of Users and
// Groups are the preset's, those of Pool and Timeouts have the defaults named
// at each.
type Config struct {
	// URLs are the servers, "ldaps://host" or "ldap://host", tried in order.
	URLs []string
	// StartTLS turns every ldap:// connection into TLS before anything is
	// said on it (RFC 4513 §3). A server that refuses is not used.
	StartTLS bool
	// Insecure permits ldap:// without StartTLS. Passwords then cross the
	// network in clear text.
	Insecure bool

	// CAFile holds PEM certificates that servers are checked against instead
	// of the system's. CA is the same, already read, and wins.
	CAFile string
	CA     *x509.CertPool
	// ClientCertFile and ClientKeyFile are a PEM certificate and its key, for
	// servers that ask for one. ClientCert is the same, already read.
	ClientCertFile string
	ClientKeyFile  string
	ClientCert     *tls.Certificate

	// BindDN and BindPassword are the service account. One without the other
	// is refused: a bind without a password is an anonymous bind that looks
	// like a good one (RFC 4513 §5.1.2).
	BindDN       string
	BindPassword string
	// DNTemplate makes the name that a person binds with from {login}:
	// usually a DN, or with Active Directory "{login}@example.org". In the
	// second case the entry is searched, and proven again under its DN.
	DNTemplate string

	// Preset is the name of a row of [Presets], empty for "openldap".
	Preset string
	Users  Users
	Groups Groups

	// EmailVerified says that the directory vouches for the addresses it
	// holds: nobody can enter an address of their own choice into it.
	EmailVerified bool

	Pool     Pool
	Timeouts Timeouts

	// Logger gets what is not returned as an error, such as a server that is
	// passed over. The default discards.
	Logger *slog.Logger
	// Now is the clock for expiry of accounts, of idle connections and of the
	// time a failed server is passed over. The default is time.Now.
	Now func() time.Time
}

// Users says where people are and what their entries hold.
type Users struct {
	// Base is the DN below which people are. With a DNTemplate that is a DN it
	// may be empty: then it is what follows the template's first part.
	Base string
	// Filter finds one person by {login} (RFC 4515). With a DNTemplate that is
	// a DN it is only applied when it is set here, not when it is the preset's.
	Filter string
	// Scope is base, one or sub; empty is sub.
	Scope string
	// ID is the attribute that never changes and is never given to somebody
	// else. objectGUID is read as the binary GUID that it is.
	ID string
	// The attributes of the profile.
	Login, Name, GivenName, FamilyName, Email, Picture string
}

// Groups says how memberships are found. Without a Base, and unless Member is
// memberOf, there are none.
type Groups struct {
	// Base is the DN below which groups are. With memberOf, groups that are
	// not below it are left out.
	Base string
	// Filter narrows the groups (RFC 4515). It is not applied with memberOf.
	Filter string
	// Scope is base, one or sub; empty is sub.
	Scope string
	// Member ties people and groups: member or uniqueMember in the group (or
	// another attribute that holds DNs), memberUid in the group (it holds the
	// login), or memberOf in the person.
	Member string
	// Name is the attribute of the group's name. "dn" stands for the group's
	// DN, in lower case and without spaces around its parts.
	Name string
	// Nested follows groups in groups: none, walk, or in_chain (the matching
	// rule 1.2.840.113556.1.4.1941 of Active Directory, which needs Base).
	Nested string
	// Depth is how many levels walk follows. Default 8.
	Depth int
}

// Pool bounds the connections.
type Pool struct {
	Search int           // most connections bound as the service account; default 8
	Bind   int           // most connections that prove passwords; default 16
	Queue  int           // most callers waiting for either pool; default 256
	Idle   time.Duration // an unused connection older than this is not used again; default 5 minutes
}

// Timeouts bound the network calls.
type Timeouts struct {
	Connect time.Duration // reaching one server, TLS included; default 2 s
	Request time.Duration // one bind or one search; default 3 s
	Total   time.Duration // one call of the driver over all servers; default 5 s
}

func (c Config) withDefaults() Config {
	c.Users, c.Groups = filled(c.Preset, c.Users, c.Groups)
	c.Groups.Depth = orInt(c.Groups.Depth, 8)
	c.Pool.Search = orInt(c.Pool.Search, 8)
	c.Pool.Bind = orInt(c.Pool.Bind, 16)
	c.Pool.Queue = orInt(c.Pool.Queue, 256)
	c.Pool.Idle = orTime(c.Pool.Idle, 5*time.Minute)
	c.Timeouts.Connect = orTime(c.Timeouts.Connect, 2*time.Second)
	c.Timeouts.Request = orTime(c.Timeouts.Request, 3*time.Second)
	c.Timeouts.Total = orTime(c.Timeouts.Total, 5*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orInt(n, fallback int) int {
	if n <= 0 {
		return fallback
	}
	return n
}

func orTime(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return d
}
