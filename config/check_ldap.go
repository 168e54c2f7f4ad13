package config

import (
	"net/url"
	"strings"
)

// login is where a person's login name goes in a filter or a DN template.
const login = "{login}"

func (c *checker) ldap(p *Provider, path string) {
	l := p.LDAP
	if len(l.URLs) == 0 {
		c.missing(join(path, "url"), "write the directory's address, such as ldaps://ldap.example.org")
	}
	for i, u := range l.URLs {
		c.ldapURL(p, u, c.urlPath(path, i))
	}
	if (l.ClientCert == "") != (l.ClientKey == "") {
		c.wrong(join(path, "client_cert"), "client_cert and client_key go together", "write both or neither")
	}
	c.ldapBind(l, path)
	c.ldapUsers(l, path)
	if l.Groups.Filter != "" {
		c.filter(l.Groups.Filter, join(path, "groups.filter"))
	}
	if l.Groups.Base != "" && !dn(l.Groups.Base) {
		c.wrong(join(path, "groups.base"), shown(l.Groups.Base)+" is not a DN", "write it whole, such as ou=groups,dc=example,dc=org")
	}
	if p.Link == "verified_email" && !l.EmailVerified {
		c.wrong(join(path, "link"), "verified_email has no effect while the directory's addresses count as unverified", "write email_verified: true if nobody can enter an address of their own choice there, or link: never")
	}
	if t := l.Timeouts; t.Connect > t.Total || t.Request > t.Total {
		c.wrong(join(path, "timeouts.total"), "is shorter than connect or request", "the total bounds both; make it the longest")
	}
}

// urlPath is where the i-th address stands: a list, or one value.
func (c *checker) urlPath(path string, i int) string {
	if at := index(join(path, "url"), i); c.written(at) {
		return at
	}
	return join(path, "url")
}

func (c *checker) ldapURL(p *Provider, u *url.URL, path string) {
	if u == nil {
		return // its own problem
	}
	switch {
	case u.Scheme != "ldap" && u.Scheme != "ldaps":
		c.wrong(path, "neither ldaps:// nor ldap://", "write ldaps://host, or ldap://host with start_tls: true")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		c.wrong(path, "has more than host and port", "the base and the filter have keys of their own, users.base and users.filter")
	case u.Scheme == "ldaps" && p.LDAP.StartTLS:
		c.wrong(path, "ldaps:// is TLS already, start_tls is for ldap://", "remove start_tls, or write ldap://")
	case u.Scheme == "ldap" && !p.LDAP.StartTLS:
		c.plainText(p, path, "ldap:// without start_tls")
	}
}

// ldapBind: an account without a password would be an anonymous bind that looks
// like a good one (RFC 4513 §5.1.2).
func (c *checker) ldapBind(l *LDAP, path string) {
	password := join(path, "bind_password")
	switch {
	case l.BindDN != "" && l.BindPassword.IsZero():
		c.missing(password, "bind_dn needs one; without it the directory would take the bind as anonymous")
	case l.BindDN == "" && !l.BindPassword.IsZero():
		c.wrong(password, "there is no bind_dn that it belongs to", "write bind_dn, or remove it")
	case l.BindDN == "" && l.DNTemplate == "":
		c.missing(join(path, "bind_dn"), "write bind_dn and bind_password to search for people, or dn_template to name them")
	}
	if l.DNTemplate == "" {
		return
	}
	at := join(path, "dn_template")
	if braces(l.DNTemplate) || !strings.Contains(l.DNTemplate, login) {
		c.wrong(at, "must hold {login} and no other braces", `write it where the name goes, such as "uid={login},ou=people,dc=example,dc=org"`)
		return
	}
	if !strings.Contains(l.DNTemplate, "=") && l.Users.Base == "" {
		c.missing(join(path, "users.base"), "dn_template is no DN, so the person's entry has to be searched")
	}
}

// braces reports braces that are not those of {login}.
func braces(s string) bool {
	return strings.ContainsAny(strings.ReplaceAll(s, login, ""), "{}")
}

func (c *checker) ldapUsers(l *LDAP, path string) {
	u := l.Users
	switch at := join(path, "users.base"); {
	case u.Base == "" && l.DNTemplate == "":
		c.missing(at, "write the DN below which people are, such as ou=people,dc=example,dc=org")
	case u.Base != "" && !dn(u.Base):
		c.wrong(at, shown(u.Base)+" is not a DN", "write it whole, such as ou=people,dc=example,dc=org")
	}
	if u.Filter == "" {
		return
	}
	at := join(path, "users.filter")
	if !strings.Contains(u.Filter, login) || braces(u.Filter) {
		c.wrong(at, "must hold {login} and no other braces", "write it where the name goes, such as (uid={login})")
		return
	}
	c.filter(u.Filter, at)
}

// filter checks the outline of a filter; the driver checks the rest.
func (c *checker) filter(text, path string) {
	if !outlined(text) || !strings.Contains(text, "=") {
		c.wrong(path, "is not a filter: parentheses do not match", "write one pair around it all, such as (&(objectClass=person)(uid={login}))")
	}
}

// outlined reports one pair of parentheses around the whole text, with every
// pair in it closed. In values they are escaped (RFC 4515 §3).
func outlined(text string) bool {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 1 {
			return r == ')' && depth == 0 && i == len(text)-1
		}
	}
	return false
}

// dn reports text that looks like a DN: attribute=value between commas.
func dn(text string) bool {
	attribute, value, ok := strings.Cut(text, "=")
	return ok && value != "" && attribute != "" && !strings.ContainsAny(attribute, ",+\"\\<>;{} ")
}
