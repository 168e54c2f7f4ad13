package translate

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// attribute matches the name of an attribute (RFC 4512 §1.4).
var attribute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// ldap translates a provider of the driver ldap.
func (p *provider) ldap() {
	p.directory()
	login := p.attribute("USER_ATTRIBUTE", "cn")
	if slices.Contains([]string{"samaccountname", "userprincipalname"}, strings.ToLower(login)) {
		p.add("preset", "activedirectory")
	}
	base := p.need("USER_DN", "users.base")
	scope := p.scope("USER_SCOPE")
	p.bind(login, base, scope)
	p.add("signup", "true", "Who is in the directory gets an account, as in Directus; here not before the password was right.")
	p.keys = append(p.keys, off(key("email_verified", "true",
		"Directus knew people by their DN, Signet by an attribute that stays when they are moved or renamed (users.id). These two let in who was imported by their address; write them if nobody can enter an address of their own choice in the directory.")),
		off(key("link", "verified_email")))
	users := key("users", "").with(
		key("base", scalar(base)), key("filter", scalar("("+login+"={login})")), key("scope", scope), key("login", scalar(login)),
		key("email", scalar(p.attribute("MAIL_ATTRIBUTE", "mail"))),
		key("given_name", scalar(p.attribute("FIRST_NAME_ATTRIBUTE", "givenName"))),
		key("family_name", scalar(p.attribute("LAST_NAME_ATTRIBUTE", "sn"))),
	)
	if base != "…" && !dn(base) {
		p.lack(p.prefix + "USER_DN is no DN.")
	}
	p.keys = append(p.keys, users)
	p.groups()
}

// directory is the address. Directus knows no StartTLS, so that ldap:// was in
// clear.
func (p *provider) directory() {
	text := p.need("CLIENT_URL", "url")
	u, err := url.Parse(text)
	switch {
	case text == "…":
	case err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		p.lack(p.prefix + "CLIENT_URL is no address such as ldaps://ldap.example.org.")
	}
	p.add("url", scalar(strings.TrimSuffix(text, "/")))
	if err == nil && u.Scheme == "ldap" {
		p.add("start_tls", "true", "Directus sent passwords in clear to this address. For a server that has no TLS at all write insecure: true instead.")
	}
}

// bind is who searches. Without a service account people bind as themselves,
// which needs to know where their entries are.
func (p *provider) bind(login, base, scope string) {
	who, password := p.text("BIND_DN"), p.secret("BIND_PASSWORD")
	switch {
	case who != "" && password != "":
		p.add("bind_dn", scalar(who))
		p.add("bind_password", password)
	case who != "" || password != "":
		p.lack(p.prefix + "BIND_DN and " + p.prefix + "BIND_PASSWORD go together; only one of them is there.")
		p.add("bind_dn", scalar(or(who, "…")))
		p.add("bind_password", or(password, "{env: "+scalar(p.prefix+"BIND_PASSWORD")+"}"))
	case scope == "one":
		p.say("Directus searched without a service account, as anybody can. Signet does not: people bind as themselves, and what is read is what they may read.")
		p.add("dn_template", scalar(login+"={login},"+base))
	default:
		p.lack("Directus searched without a service account, as anybody can. Signet does not: make one, and name it in bind_dn and bind_password.")
		p.add("bind_dn", scalar("cn=reader,dc=example,dc=org"))
		p.add("bind_password", "{env: "+scalar(p.prefix+"BIND_PASSWORD")+"}")
	}
}

// groups say in which groups people are.
func (p *provider) groups() {
	base := p.text("GROUP_DN")
	member, scope := p.attribute("GROUP_ATTRIBUTE", "member"), p.scope("GROUP_SCOPE")
	if base == "" {
		return
	}
	if !dn(base) {
		p.say(p.prefix + "GROUP_DN is no DN, so no groups arrive.")
		return
	}
	p.keys = append(p.keys, key("groups", "", "Directus gave a role of the same name, however it was written, anew at every sign-in. Here the groups arrive as they are called; see permissions.").with(
		key("base", scalar(base)), key("member", scalar(member)), key("scope", scope), key("name", "cn")))
}

// attribute is the name of an attribute, or what none stands for.
func (p *provider) attribute(variable, otherwise string) string {
	name := or(p.text(variable), otherwise)
	if !attribute.MatchString(name) {
		p.say(p.prefix + variable + " is no name of an attribute.")
		return otherwise
	}
	return name
}

// scope is how deep a search goes: one level, unless it is said.
func (p *provider) scope(variable string) string {
	switch s := p.text(variable); s {
	case "", "one", "sub", "base":
		return or(s, "one")
	default:
		p.say(p.prefix + variable + " was " + shown(s) + ", which is none of base, one and sub.")
		return "one"
	}
}

// dn reports a text that looks like a DN.
func dn(text string) bool {
	name, value, ok := strings.Cut(text, "=")
	return ok && value != "" && attribute.MatchString(name)
}
