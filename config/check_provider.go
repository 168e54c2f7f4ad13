package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// reserved are the words that stand, or may once stand, where a provider's name
// stands in an address.
var reserved = []string{
	"account", "admin", "api", "auth", "callback", "confirm", "flow", "graphql", "health", "invite", "jwks",
	"link", "login", "logout", "me", "metrics", "mfa", "oauth", "password", "provider", "providers", "ready",
	"refresh", "register", "reset", "return", "session", "sessions", "signet", "start", "token", "unlink", "verify",
}

func (c *checker) providers() {
	names, locals := map[string]int{}, 0
	enabled := 0
	for i := range c.config.Providers {
		p, path := &c.config.Providers[i], index("providers", i)
		if c.faulty(path) {
			continue
		}
		c.providerName(p.Name, path)
		if first, twice := names[p.Name]; twice && p.Name != "" {
			c.wrong(join(path, "name"), shown(p.Name)+" is the name of entry "+fmt.Sprint(first+1)+" too", "give each provider a name of its own")
		}
		names[p.Name] = i
		if p.Driver == DriverLocal {
			locals++
		}
		if !p.Disabled {
			enabled++
		}
		if locals > 1 && p.Driver == DriverLocal {
			c.wrong(join(path, "driver"), "a second local provider", "there is one set of local passwords; keep one")
		}
		c.provider(p, path)
	}
	if enabled == 0 {
		c.odd("providers", "every provider is disabled, so nobody can sign in", "remove disabled: true from one")
	}
}

func (c *checker) providerName(name, path string) {
	at := join(path, "name")
	switch {
	case name == "":
		c.missing(at, "give the provider a name for its address, such as corp")
	case slices.Contains(reserved, name):
		c.wrong(at, shown(name)+" is a word that Signet's own addresses use", "choose another name")
	case !providerName(name):
		c.wrong(at, shown(name)+" is not a name for an address", "use small letters, digits, - and _, starting with a letter or digit, at most 63")
	}
}

// ProviderName reports a name that a provider can have.
func ProviderName(name string) bool { return providerName(name) && !slices.Contains(reserved, name) }

// providerName reports [a-z0-9][a-z0-9_-]{0,62}.
func providerName(name string) bool {
	return len(name) <= 63 && name != "" && name[0] != '-' && name[0] != '_' &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		})
}

func (c *checker) provider(p *Provider, path string) {
	if p.Driver == "" {
		c.missing(join(path, "driver"), "write local, ldap, oauth2 or openid")
		return
	}
	for i, d := range p.Domains {
		if !hostName(d) {
			c.wrong(index(join(path, "domains"), i), shown(d)+" is not a domain", "write it in small letters and without @, such as example.org")
		}
	}
	for i, g := range p.RequireGroups {
		if len(p.Groups.Only) > 0 && !slices.Contains(p.Groups.Only, g) {
			c.wrong(index(join(path, "require_groups"), i), shown(g)+" is not kept by groups.only, so nobody could enter", "add it to groups.only")
		}
	}
	switch {
	case p.LDAP != nil:
		c.ldap(p, path)
	case p.OAuth2 != nil:
		c.oauth2(p, path)
	case p.OpenID != nil:
		c.openID(p, path)
	}
}

// web checks an address of a provider: http or https, and http only with the
// operator's word.
func (c *checker) web(p *Provider, u *url.URL, path string) {
	switch {
	case u == nil:
	case u.Scheme != "https" && u.Scheme != "http":
		c.wrong(path, "neither https:// nor http://", "write the address that the provider's documentation names")
	case u.Fragment != "":
		c.wrong(path, "an address with a fragment", "remove # and what follows")
	case u.Scheme == "http":
		c.plainText(p, path, "http://")
	}
}

// plainText refuses a provider that is reached without TLS unless the operator
// asked for it, and warns even then.
func (c *checker) plainText(p *Provider, path, what string) {
	if !p.Insecure {
		c.wrong(path, what+" is plain text: passwords and tokens can be read and changed on the way",
			"use TLS, or write insecure: true for this provider if nobody else is on that network")
		return
	}
	c.odd(path, what+" is plain text, permitted by insecure: true", "use TLS as soon as the provider can")
}

func (c *checker) oauth2(p *Provider, path string) {
	o := p.OAuth2
	c.client(o.ClientID, path)
	if o.ClientSecret.IsZero() {
		c.missing(join(path, "client_secret"), "write {env: NAME} or {file: path}")
	}
	for key, u := range map[string]*url.URL{"authorize_url": o.AuthorizeURL, "token_url": o.TokenURL, "profile_url": o.ProfileURL} {
		c.web(p, u, join(path, key))
		if o.Preset == "" && u == nil {
			c.missing(join(path, key), "write it, or a preset such as github")
		}
	}
	c.web(p, o.BaseURL, join(path, "base_url"))
	if o.Preset == "" && o.BaseURL != nil {
		c.wrong(join(path, "base_url"), "is for a preset", "write preset, or the three addresses")
	}
	if o.Preset != "" && !providerName(o.Preset) {
		c.wrong(join(path, "preset"), shown(o.Preset)+" is not a preset", "write the service's name in small letters, such as github")
	}
	c.hosts(o.Hosts, path)
	c.fields(o, path)
	c.emailTrust(o, path)
	c.upstream(p, o.Guard, path)
}

func (c *checker) fields(o *OAuth2, path string) {
	if o.Preset == "" && o.Fields.ID == "" {
		c.missing(join(path, "fields.id"), "write where the profile holds the person's immutable id")
	}
	if id := o.Fields.ID; id != "" && (id == o.Fields.Email || strings.Contains(strings.ToLower(id), "email")) {
		c.wrong(join(path, "fields.id"), "an e-mail address is no id: it can be given to somebody else", "write the field of the immutable id")
	}
}

func (c *checker) emailTrust(o *OAuth2, path string) {
	if o.EmailTrust == "domains" && len(o.EmailDomains) == 0 {
		c.missing(join(path, "email_domains"), "email_trust: domains needs the domains that you vouch for")
	}
	if o.EmailTrust != "domains" && len(o.EmailDomains) > 0 && !c.faulty(join(path, "email_trust")) {
		c.wrong(join(path, "email_domains"), "has no effect without email_trust: domains", "write email_trust: domains, or remove it")
	}
	for i, d := range o.EmailDomains {
		if !hostName(d) {
			c.wrong(index(join(path, "email_domains"), i), shown(d)+" is not a domain", "write it in small letters and without @, such as example.org")
		}
	}
}

func (c *checker) client(id, path string) {
	if id == "" {
		c.missing(join(path, "client_id"), "write the id that the provider gave to Signet")
	}
}

func (c *checker) openID(p *Provider, path string) {
	o := p.OpenID
	c.client(o.ClientID, path)
	c.issuer(p, path)
	c.hosts(o.Hosts, path)
	c.upstream(p, o.Guard, path)
	if len(o.Scopes) > 0 && !slices.Contains(o.Scopes, "openid") {
		c.wrong(join(path, "scopes"), "openid is not among them", "add openid (OpenID Connect Core §3.1.2.1)")
	}
	if len(o.Algorithms) == 0 {
		c.wrong(join(path, "algorithms"), "an empty list accepts no ID token", "name an algorithm or remove the key")
	}
	if o.PrivateKey.IsZero() && (o.ClientAuth == "private_key_jwt" || o.Preset == "apple") {
		c.missing(join(path, "private_key"), "write {file: key.pem}")
	}
	if o.Preset == "apple" && (o.TeamID == "" || o.PrivateKeyID == "") {
		c.missing(join(path, "team_id"), "the preset apple needs team_id and private_key_id")
	}
	needs := o.ClientAuth == "client_secret_basic" || o.ClientAuth == "client_secret_post" || o.ClientAuth == "" && o.PrivateKey.IsZero()
	if o.ClientSecret.IsZero() && needs && o.Preset != "apple" {
		c.missing(join(path, "client_secret"), "write {env: NAME} or {file: path}, or client_auth: none for a public client")
	}
}

// tenants checks what the preset microsoft is asked for: an address of many
// directories lets anybody in who has one, and so it needs a list.
func (c *checker) tenants(o *OpenID, path string) {
	for key, given := range map[string]bool{"tenant": o.Tenant != "", "tenants": len(o.Tenants) > 0} {
		if given && o.Preset != "microsoft" {
			c.wrong(join(path, key), "is for the preset microsoft", "remove it, or write preset: microsoft")
		}
	}
	many := slices.Contains([]string{"organizations", "common", "consumers"}, strings.ToLower(o.Tenant))
	if many && len(o.Tenants) == 0 {
		c.missing(join(path, "tenants"), "with tenant: "+o.Tenant+" anybody's directory counts; list the ids of those whose people may enter")
	}
}

// hosts checks further hosts of a provider: names or addresses without port.
func (c *checker) hosts(hosts []string, path string) {
	for i, h := range hosts {
		if h == "" || strings.ContainsAny(h, "/:*@ ") && !strings.Contains(h, "::") {
			c.wrong(index(join(path, "hosts"), i), shown(h)+" is not a host", "write the name or address alone, such as id.example.org")
		}
	}
}

// issuer checks that there is one to ask: of the operator, or of the preset.
func (c *checker) issuer(p *Provider, path string) {
	o := p.OpenID
	at := join(path, "issuer")
	switch {
	case o.Issuer != nil && (o.Issuer.RawQuery != "" || o.Issuer.ForceQuery):
		c.wrong(at, "an issuer with a query", "write it as the provider's discovery document does (OpenID Connect Discovery §3)")
	case o.Issuer != nil:
		c.web(p, o.Issuer, at)
	case o.Preset == "microsoft" && o.Tenant == "":
		c.missing(join(path, "tenant"), "write the directory's id or domain")
	case slices.Contains([]string{"", "okta", "auth0", "keycloak", "authentik"}, o.Preset):
		c.missing(at, "write the provider's issuer, such as https://example.okta.com")
	}
	c.tenants(o, path)
}
