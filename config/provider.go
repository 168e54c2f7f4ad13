package config

import (
	"net/url"
	"time"
)

// The drivers that a provider can have.
const (
	DriverLocal  = "local"
	DriverLDAP   = "ldap"
	DriverOAuth2 = "oauth2"
	DriverOpenID = "openid"
)

// Provider is one way to sign in. Of LDAP, OAuth2 and OpenID the one that
// Driver names is set; a local provider has none.
type Provider struct {
	// Name is the provider in addresses, /auth/login/NAME, and in the records of
	// people who came through it: small letters, digits, - and _, at most 63.
	Name string `yaml:"name"`
	// Driver is the kind of provider.
	Driver string `yaml:"driver" enum:"local,ldap,oauth2,openid"`
	// Label is what people read on the button. Default: the name.
	Label string `yaml:"label"`
	// Icon is the name of the button's icon. Default: that of the preset, if any.
	Icon string `yaml:"icon"`
	// Disabled takes the provider out of service and ends its sessions.
	Disabled bool `yaml:"disabled"`
	// Insecure permits plain text to the provider: http:// and ldap:// without
	// start_tls. Passwords can be read on the way; it is warned about at every
	// start.
	Insecure bool `yaml:"insecure"`
	// Signup gives an unknown person an account. Default: true for ldap, else
	// false.
	Signup bool `yaml:"signup"`
	// Link says whether an unknown identity may join an account that exists:
	// never, or verified_email when both sides have confirmed the same address.
	Link string `yaml:"link" enum:"never,verified_email"`
	// Domains lets in only people with an e-mail address in one of these
	// domains. Empty lets in all.
	Domains []string `yaml:"domains" unique:"true"`
	// RequireGroups lets in only members of one of these groups, named as after
	// groups.map, and administrators. Empty lets in all.
	RequireGroups []string `yaml:"require_groups" unique:"true"`
	// Groups says which of the provider's groups arrive, and under which names.
	Groups Groups `yaml:"groups"`
	// MFA says whether a second factor is asked for after this provider: off
	// never, optional of people who have set one up, required of all, who set
	// one up at their first sign-in.
	MFA string `yaml:"mfa" enum:"off,optional,required"`
	// MFAAccept lists the values of the provider's own amr and acr claims that
	// count as a second factor, such as mfa. Empty counts none.
	MFAAccept []string `yaml:"mfa_accept" unique:"true"`

	// LDAP is set for the driver ldap. Its keys stand beside the ones above, and
	// its groups keys beside map and only.
	LDAP *LDAP `yaml:"-" driver:"ldap"`
	// OAuth2 is set for the driver oauth2. Its keys stand beside the ones above.
	OAuth2 *OAuth2 `yaml:"-" driver:"oauth2"`
	// OpenID is set for the driver openid. Its keys stand beside the ones above.
	OpenID *OpenID `yaml:"-" driver:"openid"`
}

// Groups says which of the provider's groups arrive, and under which names.
// Names are matched exactly, case and all.
type Groups struct {
	// Map renames the provider's groups: its name to ours.
	Map map[string]string `yaml:"map"`
	// Only keeps these groups, named as after map. Empty keeps all.
	Only []string `yaml:"only" unique:"true"`
}

// OAuth2 is a provider that speaks OAuth 2.0 and has a profile address, but no
// ID token. It has a preset, or all three addresses and fields.id.
type OAuth2 struct {
	// Preset brings addresses, scopes and fields of a known service, such as
	// github.
	Preset string `yaml:"preset"`
	// BaseURL is the address of a self-hosted instance of the preset.
	BaseURL *url.URL `yaml:"base_url"`
	// AuthorizeURL is where browsers are sent (RFC 6749 §3.1).
	AuthorizeURL *url.URL `yaml:"authorize_url"`
	// TokenURL is where the code is exchanged (RFC 6749 §3.2).
	TokenURL *url.URL `yaml:"token_url"`
	// ProfileURL answers with the person's profile as JSON.
	ProfileURL *url.URL `yaml:"profile_url"`
	// ClientID is what the provider calls Signet.
	ClientID string `yaml:"client_id"`
	// ClientSecret proves that we are that client.
	ClientSecret Secret `yaml:"client_secret"`
	// ClientAuth says how the secret is sent (RFC 6749 §2.3.1). Empty: the
	// preset's, or client_secret_basic.
	ClientAuth string `yaml:"client_auth" enum:"client_secret_basic,client_secret_post"`
	// Scopes are asked for at the provider. Empty: the preset's.
	Scopes []string `yaml:"scopes" unique:"true"`
	// Fields says where the profile holds what, as dotted paths: teams.name is
	// the name of each team. Empty: the preset's.
	Fields Fields `yaml:"fields"`
	// EmailTrust says when an address counts as verified: verified_claim when
	// the profile says so as a boolean, domains when it lies in one of
	// email_domains, never otherwise. Empty: the preset's, or never.
	EmailTrust string `yaml:"email_trust" enum:"verified_claim,never,domains"`
	// EmailDomains are the domains whose addresses the operator vouches for, for
	// email_trust: domains.
	EmailDomains []string `yaml:"email_domains" unique:"true"`
	// Guard lets the provider's own access tokens through the guard.
	Guard Upstream `yaml:"guard"`
	// Hosts are further hosts of the provider that may be called although they
	// have no public address. Those of the addresses above may anyway.
	Hosts []string `yaml:"hosts" unique:"true"`
	// CAFile holds the PEM certificates that the provider's is checked against
	// instead of the system's.
	CAFile string `yaml:"ca_file"`
	// Timeout is the limit for one call to the provider.
	Timeout time.Duration `yaml:"timeout" min:"100ms" max:"1m"`
}

// Fields says where a profile holds what, as dotted paths.
type Fields struct {
	// ID is the person's immutable id at the provider, never an e-mail address.
	ID string `yaml:"id"`
	// Login is the name the person is known by at the provider.
	Login string `yaml:"login"`
	// Name is the whole name.
	Name string `yaml:"name"`
	// GivenName is the first name.
	GivenName string `yaml:"given_name"`
	// FamilyName is the last name.
	FamilyName string `yaml:"family_name"`
	// Email is the e-mail address.
	Email string `yaml:"email"`
	// EmailVerified is true, as a boolean, when the provider has checked it.
	EmailVerified string `yaml:"email_verified"`
	// Picture is the address of a portrait.
	Picture string `yaml:"picture"`
	// Groups is a list of group names.
	Groups string `yaml:"groups"`
}

// Claims says where an ID token or the userinfo answer holds what, as dotted
// paths. Empty: the standard claim (OpenID Connect Core §5.1), and groups for
// the groups.
type Claims struct {
	// Login is the name the person is known by at the provider.
	Login string `yaml:"login"`
	// Name is the whole name.
	Name string `yaml:"name"`
	// GivenName is the first name.
	GivenName string `yaml:"given_name"`
	// FamilyName is the last name.
	FamilyName string `yaml:"family_name"`
	// Email is the e-mail address.
	Email string `yaml:"email"`
	// EmailVerified is true, as a boolean, when the provider has checked it.
	EmailVerified string `yaml:"email_verified"`
	// Picture is the address of a portrait.
	Picture string `yaml:"picture"`
	// Groups is a list of group names.
	Groups string `yaml:"groups"`
}

// OpenID is a provider that speaks OpenID Connect.
type OpenID struct {
	// Preset brings the issuer and the habits of a known service, such as google
	// or keycloak.
	Preset string `yaml:"preset" enum:"google,microsoft,gitlab,linkedin,slack,twitch,apple,okta,auth0,keycloak,authentik"`
	// Issuer is the provider's issuer, to the letter; its discovery document is
	// below it. Not needed with a preset that has one.
	Issuer *url.URL `yaml:"issuer"`
	// Tenant is the directory of the preset microsoft: an id or a domain, or
	// organizations, common or consumers together with tenants.
	Tenant string `yaml:"tenant"`
	// Tenants are the ids of the directories whose people may enter, for the
	// preset microsoft with a tenant of many.
	Tenants []string `yaml:"tenants" unique:"true"`
	// ClientID is what the provider calls Signet.
	ClientID string `yaml:"client_id"`
	// ClientSecret proves that we are that client.
	ClientSecret Secret `yaml:"client_secret"`
	// ClientAuth says how (OpenID Connect Core §9). Empty: private_key_jwt when
	// there is a private_key, else what discovery names.
	ClientAuth string `yaml:"client_auth" enum:"client_secret_basic,client_secret_post,private_key_jwt,none"`
	// PrivateKey is a PEM key for private_key_jwt, and for the preset apple.
	PrivateKey Secret `yaml:"private_key"`
	// PrivateKeyID is the kid under which the provider knows that key.
	PrivateKeyID string `yaml:"private_key_id"`
	// TeamID is the developer team of the preset apple.
	TeamID string `yaml:"team_id"`
	// Scopes are asked for at the provider; openid is among them. Empty: the
	// preset's, or openid, profile and email.
	Scopes []string `yaml:"scopes" unique:"true"`
	// Fields says which claim holds what where the provider does not use the
	// standard names. The id is always sub.
	Fields Claims `yaml:"fields"`
	// Algorithms are the signatures accepted on ID tokens.
	Algorithms []string `yaml:"algorithms" enum:"ES256,ES384,ES512,RS256,RS384,RS512,PS256,PS384,PS512,EdDSA" unique:"true"`
	// ResponseMode is how the reply comes back. Empty: the preset's, or query.
	ResponseMode string `yaml:"response_mode" enum:"query,form_post"`
	// UserInfo asks the userinfo address too and merges what it says.
	UserInfo bool `yaml:"userinfo"`
	// Prompt is sent along (OpenID Connect Core §3.1.2.1). Empty sends none.
	Prompt string `yaml:"prompt" enum:"login,consent,select_account"`
	// MaxAge is how long ago the person may have signed in at the provider
	// (max_age, OpenID Connect Core §3.1.2.1). 0 asks for nothing.
	MaxAge time.Duration `yaml:"max_age" min:"0s" max:"24h"`
	// ACR are the authentication contexts one of which is demanded (acr_values,
	// OpenID Connect Core §3.1.2.1). Empty demands none.
	ACR []string `yaml:"acr" unique:"true"`
	// Logout sends people to the provider's logout page when they sign out.
	Logout bool `yaml:"logout"`
	// Guard lets the provider's own access tokens through the guard.
	Guard Upstream `yaml:"guard"`
	// Hosts are further hosts of the provider that may be called although they
	// have no public address: those that its discovery document names. That of
	// the issuer may anyway.
	Hosts []string `yaml:"hosts" unique:"true"`
	// CAFile holds the PEM certificates that the provider's is checked against
	// instead of the system's.
	CAFile string `yaml:"ca_file"`
	// Timeout is the limit for one call to the provider.
	Timeout time.Duration `yaml:"timeout" min:"100ms" max:"1m"`
}
