package config

import (
	"net/url"
	"time"
)

// Guard is what a reverse proxy gets when it asks about a request.
type Guard struct {
	// Headers is the spelling of the answer: remote is Remote-User and its
	// sisters, forwarded is X-Forwarded-User, auth-request is
	// X-Auth-Request-User.
	Headers string `yaml:"headers" enum:"remote,forwarded,auth-request"`
	// HeaderNames replaces single names of that spelling.
	HeaderNames HeaderNames `yaml:"header_names"`
	// User is what the user header holds: the username, the email or the id. An
	// account without a username, or without a confirmed address, is its id.
	User string `yaml:"user" enum:"username,email,id"`
	// Token passes a fresh access token on too, as Authorization: Bearer.
	Token bool `yaml:"token"`
	// HeaderBudget is how long the headers may be together. Above it the groups
	// are left out and Remote-Groups-Ref says where to ask for them. Proxies give
	// up on an answer of more than 4 KiB unless they are told otherwise.
	HeaderBudget Size `yaml:"header_budget" min:"1KiB" max:"64KiB"`
	// Login is what a person who is not signed in gets: redirect sends browsers
	// to the login page, unauthorized is a bare 401.
	Login string `yaml:"login" enum:"redirect,unauthorized"`
	// Rules say who may do what; the first that fits counts. Without rules
	// everybody who is signed in may do everything; with rules, what none of
	// them names is denied.
	Rules []Rule `yaml:"rules"`
}

// HeaderNames are names of headers to the application. An empty one stays that
// of guard.headers; - leaves the header out.
type HeaderNames struct {
	// User is the header with the person's name for applications.
	User string `yaml:"user"`
	// Name is the header with the whole name.
	Name string `yaml:"name"`
	// Email is the header with the e-mail address.
	Email string `yaml:"email"`
	// Groups is the header with the groups, separated by commas.
	Groups string `yaml:"groups"`
	// Roles is the header with the roles, separated by commas.
	Roles string `yaml:"roles"`
}

// Rule says who may make some requests. What it leaves out fits every request.
type Rule struct {
	// Host is a host name, or *. and a domain for every name below it. One of
	// several has to fit.
	Host []string `yaml:"host" unique:"true"`
	// Path is a path, or one that ends in /** for it and everything below it. In
	// between, * is one whole part. One of several has to fit.
	Path []string `yaml:"path" unique:"true"`
	// Method is a method, such as GET; HEAD is let in where GET is. One of
	// several has to fit.
	Method []string `yaml:"method" unique:"true"`
	// Groups lets in members of one of these groups only, matched exactly. Empty
	// lets in everybody who is signed in.
	Groups []string `yaml:"groups" unique:"true"`
	// Public lets in everybody, signed in or not.
	Public bool `yaml:"public"`
}

// Client is a service that may ask about tokens and revoke them.
type Client struct {
	// ID is the service's name, its client_id.
	ID string `yaml:"id"`
	// Secret proves that it is that service: at least 16 characters, or a hash of
	// it in PHC form. signet client secret makes both.
	Secret Secret `yaml:"secret"`
	// Audience makes tokens of another audience unknown to it; it is one of
	// tokens.audience. Empty lets it ask about every token.
	Audience string `yaml:"audience"`
}

// Upstream lets access tokens of a provider through the guard, as if their
// holder had signed in with it.
type Upstream struct {
	// Introspect asks the provider about each token (RFC 7662).
	Introspect bool `yaml:"introspect"`
	// IntrospectURL is where. Default: what the provider's discovery document
	// names.
	IntrospectURL *url.URL `yaml:"introspect_url"`
	// JWKS checks the tokens, which are JWTs then, with the provider's published
	// keys and asks nobody. A token that was revoked there lives on until it
	// expires.
	JWKS bool `yaml:"jwks"`
	// Audience lists whose tokens count: one of these has to be in the token's
	// aud, or be its azp or client_id. Default: client_id.
	Audience []string `yaml:"audience" unique:"true"`
	// Cache is how long an answer counts, and never longer than the token.
	Cache time.Duration `yaml:"cache" min:"0s" max:"5m"`
}
