package config

import "time"

// Compat switches on the interfaces of other systems, for their clients. true
// alone is enabled: true.
type Compat struct {
	// Papermerge serves the interface of Papermerge's auth server.
	Papermerge Papermerge `yaml:"papermerge"`
	// Authserver serves the interface of auth_server.
	Authserver Authserver `yaml:"authserver"`
	// Directus serves those addresses of Directus that the native API has under
	// other names.
	Directus Directus `yaml:"directus"`
	// Ethics serves the interface of the Ethics Application System.
	Ethics Ethics `yaml:"ethics"`
	// GraphQL serves the native API as GraphQL too.
	GraphQL bool `yaml:"graphql"`
}

// Papermerge is the interface of Papermerge's auth server.
type Papermerge struct {
	// Enabled serves it.
	Enabled bool `yaml:"enabled"`
	// Prefix is put before its addresses, /token, /verify and the same below
	// /api.
	Prefix string `yaml:"prefix"`
	// Strict answers as the original does where that tells strangers too much or
	// breaks a proxy. It is warned about at every start.
	Strict bool `yaml:"strict"`
	// TokenTTL is how long an access token is valid; there is no refresh.
	TokenTTL time.Duration `yaml:"token_ttl" min:"1m" max:"31d"`
	// CookieName is the cookie that scripts of Papermerge read.
	CookieName string `yaml:"cookie_name"`
	// Providers says which of ours db, ldap and oidc are. Default: the first of
	// its kind.
	Providers map[string]string `yaml:"providers"`
	// RedirectURLs are the pages of Papermerge that an authorization code may
	// have come back to, such as https://papermerge.example.org/oidc/callback.
	RedirectURLs []string `yaml:"redirect_urls" unique:"true"`
	// RemoteUser adds the identity headers of guard.headers to /verify.
	RemoteUser bool `yaml:"remote_user"`
}

// Authserver is the interface of auth_server.
type Authserver struct {
	// Enabled serves it.
	Enabled bool `yaml:"enabled"`
	// Prefix is put before its addresses, /token/, /refresh/, /user/ and their
	// like.
	Prefix string `yaml:"prefix"`
	// Strict lets strangers read the list of people, as the original does. It is
	// warned about at every start.
	Strict bool `yaml:"strict"`
	// AccessTTL is how long an access token is valid.
	AccessTTL time.Duration `yaml:"access_ttl" min:"10s" max:"31d"`
	// RefreshTTL is how long a refresh token is valid.
	RefreshTTL time.Duration `yaml:"refresh_ttl" min:"10s" max:"3650d"`
	// StaticRefresh keeps a refresh token until the person's next login, which
	// ends the one before, as the original does; otherwise each use brings a new
	// one.
	StaticRefresh bool `yaml:"static_refresh"`
}

// Directus is the interface of Directus besides the native API.
type Directus struct {
	// Enabled serves it: /users/me, /users/me/tfa, /users/register,
	// /users/invite/accept and /server/ping.
	Enabled bool `yaml:"enabled"`
	// Prefix is put before its addresses.
	Prefix string `yaml:"prefix"`
}

// Ethics is the interface of the Ethics Application System.
type Ethics struct {
	// Enabled serves it.
	Enabled bool `yaml:"enabled"`
	// Prefix is put before its addresses.
	Prefix string `yaml:"prefix"`
	// Strict tells strangers which accounts exist, and changes passwords for an
	// access token alone, as the original does. It is warned about at every start.
	Strict bool `yaml:"strict"`
	// TokenTTL is how long an access token is valid unless its client asks for
	// another time; there is no refresh.
	TokenTTL time.Duration `yaml:"token_ttl" min:"1m" max:"31d"`
	// MaxTTL is the longest time that a client may ask for.
	MaxTTL time.Duration `yaml:"max_ttl" min:"1m" max:"365d"`
	// Frontend is where letters lead: its pages /confirm-account and
	// /reset-password.
	Frontend string `yaml:"frontend"`
	// TimeZone is the zone of the expiry, which is written without one.
	TimeZone string `yaml:"time_zone"`
}
