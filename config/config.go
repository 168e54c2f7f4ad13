package config

import (
	"net/netip"
	"net/url"
	"time"
)

// Config is the whole configuration of one Signet, checked.
type Config struct {
	// Listen is the address that the server listens on, host:port.
	Listen string `yaml:"listen"`
	// PublicURL is the address that people and applications use, without a
	// path. Default: http:// and the listen address.
	PublicURL *url.URL `yaml:"public_url"`
	// Database is where accounts and sessions live: sqlite:PATH or
	// postgres://user@host/name. It may be {env: NAME} or {file: path}.
	Database Database `yaml:"database"`
	// Secret is the master secret, at least 35 characters: it seals the signing
	// keys and signs refresh tokens. To change it, throw the keys away too
	// (signet keys reset); that signs everybody out.
	Secret Secret `yaml:"secret"`
	// SecretFile is where the master secret has to be made, mode 0600. It is
	// empty unless Secret is: no key secret (or the default one) and no such file
	// yet.
	SecretFile string `yaml:"-"`
	// TrustedProxies are the networks whose X-Forwarded-For and
	// X-Forwarded-Proto are believed. An empty list believes nobody.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`
	// Admin is the first administrator, made when there is no account yet.
	Admin Admin `yaml:"admin"`
	// Tokens says how access tokens look and how long tokens and sessions last.
	Tokens Tokens `yaml:"tokens"`
	// Cookies names the cookies and says where they are sent.
	Cookies Cookies `yaml:"cookies"`
	// Redirects lists where browsers may be sent after a login and from mails.
	Redirects Redirects `yaml:"redirects"`
	// CORS lists the front ends of other origins that may call the API.
	CORS CORS `yaml:"cors"`
	// Registration says who may make an account of their own.
	Registration Registration `yaml:"registration"`
	// Passwords are the rules and the hash cost of local passwords.
	Passwords Passwords `yaml:"passwords"`
	// Lockout stops guessing at one account.
	Lockout Lockout `yaml:"lockout"`
	// Limits stops guessing from one client address.
	Limits Limits `yaml:"limits"`
	// Mail says how letters leave.
	Mail Mail `yaml:"mail"`
	// Permissions maps a group to the scopes its members get. Group names are
	// matched exactly.
	Permissions map[string][]string `yaml:"permissions"`
	// Guard is what a reverse proxy gets when it asks about a request.
	Guard Guard `yaml:"guard"`
	// Clients are the services that may ask about tokens and revoke them
	// (RFC 7662, RFC 7009).
	Clients []Client `yaml:"clients"`
	// Compat switches on the interfaces of other systems.
	Compat Compat `yaml:"compat"`
	// Metrics is the listener for Prometheus.
	Metrics Metrics `yaml:"metrics"`
	// Audit says how long the audit record is kept and where else it is written.
	Audit Audit `yaml:"audit"`
	// Log says what is logged and how.
	Log Log `yaml:"log"`
	// Providers are the ways to sign in, in the order in which they are shown.
	// Default: local passwords.
	Providers []Provider `yaml:"providers"`
}

// Admin is the first administrator. It is used only while there is no account
// at all.
type Admin struct {
	// Username is the administrator's login name.
	Username string `yaml:"username"`
	// Email is the administrator's address.
	Email string `yaml:"email"`
	// Password is the first password. Without one it is made at the first start
	// and printed once.
	Password Secret `yaml:"password"`
}

// Tokens says how access tokens look and how long tokens and sessions last.
// It holds access_ttl ≤ refresh_ttl ≤ absolute_ttl.
type Tokens struct {
	// Algorithm is the signature algorithm of access tokens (RFC 7518 §3.1,
	// RFC 8037). The HS family needs hmac_secret and publishes no keys.
	Algorithm string `yaml:"algorithm" enum:"ES256,ES384,ES512,RS256,RS384,RS512,PS256,PS384,PS512,EdDSA,HS256,HS384,HS512"`
	// HMACSecret is the key of the HS algorithms, shared with every verifier: at
	// least 32 bytes for HS256, 48 for HS384, 64 for HS512 (RFC 7518 §3.2).
	HMACSecret Secret `yaml:"hmac_secret"`
	// Type is the typ header of access tokens: at+jwt (RFC 9068), or JWT for
	// verifiers that insist on it.
	Type string `yaml:"type" enum:"at+jwt,JWT"`
	// Issuer is the iss claim. Default: public_url.
	Issuer string `yaml:"issuer"`
	// Audience is the aud claim; without one, tokens have none.
	Audience []string `yaml:"audience" unique:"true"`
	// Subject says what the sub claim holds: the account's id, or its email or
	// username for verifiers that expect those.
	Subject string `yaml:"subject" enum:"id,email,username"`
	// AccessTTL is how long an access token is valid.
	AccessTTL time.Duration `yaml:"access_ttl" min:"10s" max:"31d"`
	// RefreshTTL is how long a session lives without a refresh.
	RefreshTTL time.Duration `yaml:"refresh_ttl" min:"10s" max:"3650d"`
	// AbsoluteTTL is how long a session lives whatever its use.
	AbsoluteTTL time.Duration `yaml:"absolute_ttl" min:"10s" max:"3650d"`
	// SessionTTL is how long a login of mode session is valid, and a sign-in on
	// Signet's own pages.
	SessionTTL time.Duration `yaml:"session_ttl" min:"10s" max:"3650d"`
	// ReuseGrace is how long the refresh token before the current one still
	// brings the same successor, so that parallel tabs cost nothing. 0s is none.
	ReuseGrace time.Duration `yaml:"reuse_grace" min:"0s" max:"1m"`
	// Recheck is how often, at most, a refresh asks the provider whether the
	// person is still welcome. 0s asks at every refresh.
	Recheck time.Duration `yaml:"recheck" min:"0s" max:"31d"`
}

// Cookies names the cookies and says where they are sent (RFC 6265bis).
type Cookies struct {
	// RefreshName is the cookie that holds the refresh token. Unless it is
	// written down, it begins with __Host- where cookies are secure, or with
	// __Secure- where they have a domain.
	RefreshName string `yaml:"refresh_name"`
	// SessionName is the cookie that holds the access token of mode session. It
	// has a prefix as RefreshName has.
	SessionName string `yaml:"session_name"`
	// SameSite says whether other sites' requests carry the cookies; none needs
	// secure cookies.
	SameSite string `yaml:"same_site" enum:"lax,strict,none"`
	// Secure keeps the cookies off plain HTTP; auto is true when public_url is
	// https.
	Secure string `yaml:"secure" enum:"auto,true,false"`
	// Domain widens the cookies to a parent domain, so that the guard can
	// protect its other hosts. Empty keeps them on Signet's own host.
	Domain string `yaml:"domain"`
}

// Redirects lists where browsers may be sent. An entry is an absolute URL whose
// origin and path must match, or one that ends in /* and lets in every path
// below. The query is not compared.
type Redirects struct {
	// Allow are the addresses that a login may return to.
	Allow []string `yaml:"allow" unique:"true"`
	// PasswordReset are the pages that a password mail may link to.
	PasswordReset []string `yaml:"password_reset" unique:"true"`
}

// CORS lists the front ends of other origins that may call the API with
// credentials.
type CORS struct {
	// Origins are written scheme://host or scheme://host:port, without wildcards.
	Origins []string `yaml:"origins" unique:"true"`
}

// Registration says who may make an account of their own.
type Registration struct {
	// Open lets anybody register.
	Open bool `yaml:"open"`
	// Confirm keeps a new account closed until its e-mail address is confirmed.
	Confirm bool `yaml:"confirm"`
	// ConfirmationKey lets a trusted client register accounts that are confirmed
	// at once, at least 16 characters. Without one nobody can.
	ConfirmationKey Secret `yaml:"confirmation_key"`
	// ConfirmTTL is how long the link of a confirmation mail works.
	ConfirmTTL time.Duration `yaml:"confirm_ttl" min:"1m" max:"31d"`
	// InviteTTL is how long the link of an invitation works.
	InviteTTL time.Duration `yaml:"invite_ttl" min:"1m" max:"31d"`
	// UnconfirmedRemoval is the age at which unconfirmed accounts are removed.
	UnconfirmedRemoval time.Duration `yaml:"unconfirmed_removal" min:"1h" max:"3650d"`
	// Schedule is when that happens, a cron line of five fields in UTC: minute,
	// hour, day of month, month, day of week (0 is Sunday).
	Schedule string `yaml:"schedule"`
}

// Passwords are the rules and the hash cost of local passwords.
type Passwords struct {
	// MinLength is the least number of characters of a new password.
	MinLength int `yaml:"min_length" min:"8" max:"128"`
	// MinLengthWithMFA is the same where the local provider requires a second
	// factor of everybody.
	MinLengthWithMFA int `yaml:"min_length_with_mfa" min:"8" max:"128"`
	// ResetTTL is how long the link of a password mail works.
	ResetTTL time.Duration `yaml:"reset_ttl" min:"1m" max:"31d"`
	// Argon2 is the cost of a hash (argon2id, RFC 9106).
	Argon2 Argon2 `yaml:"argon2"`
}

// Argon2 is the cost of a password hash. Memory times Time is at least 35 MiB
// with Memory at least 7 MiB, which admits each of the settings that OWASP
// names.
type Argon2 struct {
	// Memory is what one hash uses.
	Memory Size `yaml:"memory" min:"7MiB" max:"4GiB"`
	// Time is the number of passes over it.
	Time int `yaml:"time" min:"1" max:"100"`
	// Parallelism is the number of lanes.
	Parallelism int `yaml:"parallelism" min:"1" max:"64"`
}

// Lockout stops guessing at one account.
type Lockout struct {
	// Attempts is how many failures within Window lock the account; 0 never
	// does.
	Attempts int `yaml:"attempts" min:"0" max:"1000000"`
	// Window is how long a failure counts.
	Window time.Duration `yaml:"window" min:"1s" max:"6d"`
	// Duration is how long the account stays locked. Counters are kept for a
	// week, so both must be shorter.
	Duration time.Duration `yaml:"duration" min:"1s" max:"6d"`
}

// Limits stops guessing from one client address, and floods of letters.
type Limits struct {
	// Logins is how many login attempts one client address has per Window; 0 is
	// no limit.
	Logins int `yaml:"logins" min:"0" max:"1000000"`
	// Window is the time over which they are counted.
	Window time.Duration `yaml:"window" min:"1s" max:"1d"`
	// Mails is how many letters strangers can cause to one recipient per
	// MailWindow; 0 is no limit.
	Mails int `yaml:"mails" min:"0" max:"1000000"`
	// MailsPerAddress is how many requests that cause letters one client address
	// has per MailWindow; 0 is no limit.
	MailsPerAddress int `yaml:"mails_per_address" min:"0" max:"1000000"`
	// MailWindow is the time over which they are counted.
	MailWindow time.Duration `yaml:"mail_window" min:"1s" max:"1d"`
}
