package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// checker holds the rules that need more than one key, or more than a tag can
// say.
type checker struct {
	*report
	config *Config
}

func (c *checker) all() {
	c.addresses()
	c.masterSecret()
	c.admin()
	c.tokens()
	c.cookies()
	c.redirects("redirects.allow", c.config.Redirects.Allow)
	c.redirects("redirects.password_reset", c.config.Redirects.PasswordReset)
	c.cors()
	c.registration()
	c.passwords()
	c.mail()
	c.scopes()
	c.guard()
	c.compat()
	c.clients()
	c.providers()
}

func (c *checker) addresses() {
	listen, public := c.config.Listen, c.config.PublicURL
	if _, _, ok := splitHostPort(listen); !ok {
		c.wrong("listen", shown(listen)+" is not host:port", "write an address and a port, such as 127.0.0.1:8055 or :8055")
	}
	c.publicURL(public)
	metrics := c.config.Metrics.Listen
	if _, port, ok := splitHostPort(metrics); metrics != "" && !ok {
		c.wrong("metrics.listen", shown(metrics)+" is not host:port", "write an address and a port, such as 127.0.0.1:9100")
	} else if metrics == listen && port != "0" {
		c.wrong("metrics.listen", "the same address as listen", "metrics have a listener of their own; choose another port")
	}
	for i, p := range c.config.TrustedProxies {
		if p.Bits() == 0 {
			c.odd(index("trusted_proxies", i), "believes everybody about the client's address", "name the proxy's address")
		}
	}
}

func (c *checker) publicURL(u *url.URL) {
	if u == nil {
		return // listen is wrong, or it is itself
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		c.wrong("public_url", "neither http:// nor https://", "write the address that browsers use, such as https://sso.example.org")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		c.wrong("public_url", "has a path, a query or a fragment", "write scheme and host only, such as https://sso.example.org; Signet has a host of its own")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		c.odd("public_url", "is plain http: passwords and tokens can be read on the way", "put TLS in front and write https://")
	}
	u.Path = ""
}

// splitHostPort splits a listen address. The host may be empty.
func splitHostPort(address string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", "", false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "", "", false
	}
	return host, port, !strings.ContainsAny(host, "/ @")
}

func joinHostPort(host, port string) string { return net.JoinHostPort(host, port) }

// loopback reports a host that does not leave the machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.IsLoopback()
}

func (c *checker) masterSecret() {
	if c.config.SecretFile != "" || c.faulty("secret") {
		return
	}
	const hint = "write {file: signet-data/secret}, which is made at the first start, or the output of: openssl rand -base64 48"
	s := c.config.Secret.Reveal()
	if n := len(s); n < 35 {
		c.wrong("secret", fmt.Sprintf("has %d characters, at least 35 are needed", n), hint)
		return
	}
	if why := weak(s); why != "" {
		c.wrong("secret", why, hint)
	}
}

func (c *checker) admin() {
	a := c.config.Admin
	if a.Username == "" && a.Email == "" {
		c.missing("admin.username", "the first administrator needs a username or an email")
	}
	if a.Email != "" && !plainAddress(a.Email) {
		c.wrong("admin.email", shown(a.Email)+" is not an e-mail address", "write name@domain, nothing else")
	}
	if a.Password.IsZero() {
		return
	}
	least := c.config.Passwords.MinLength
	if n := len([]rune(a.Password.Reveal())); n < least {
		c.wrong("admin.password", fmt.Sprintf("has %d characters, passwords.min_length is %d", n, least),
			"choose a longer one, or leave it out: one is made and printed once")
		return
	}
	if why := weak(a.Password.Reveal()); why != "" {
		c.wrong("admin.password", why, "choose another, or leave it out: one is made and printed once")
	}
}

// plainAddress reports an address without a display name.
func plainAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Name == "" && a.Address == text
}

func (c *checker) mail() {
	m := c.config.Mail
	if m.From != "" {
		if _, err := mail.ParseAddress(m.From); err != nil {
			c.wrong("mail.from", shown(m.From)+" is not an e-mail address", `write name@domain or "Some Name <name@domain>"`)
		}
	}
	s := m.SMTP
	if s == nil {
		return
	}
	if m.From == "" {
		c.missing("mail.from", "mail.smtp needs the sender's address")
	}
	if s.Host == "" {
		c.missing("mail.smtp.host", "write the name of the mail server")
	}
	if strings.ContainsAny(s.Host, "/: @") && net.ParseIP(s.Host) == nil {
		c.wrong("mail.smtp.host", shown(s.Host)+" is not a host name", "write the name only; the port has a key of its own")
	}
	if (s.Username == "") != s.Password.IsZero() && !c.faulty("mail.smtp.password") {
		c.wrong("mail.smtp", "username without password, or password without username", "write both or neither")
	}
	if s.TLS != "none" {
		return
	}
	if !s.Password.IsZero() {
		c.wrong("mail.smtp.tls", "a password would be sent in clear", "write starttls or tls, or remove username and password")
	}
	c.odd("mail.smtp.tls", "letters, with their reset links, are sent in clear", "write starttls or tls")
}

func (c *checker) scopes() {
	for group, scopes := range c.config.Permissions {
		for i, s := range scopes {
			if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
				c.wrong(index(join("permissions", group), i), shown(s)+" is not a scope", "use letters, digits and signs without spaces (RFC 6749 §3.3)")
			}
		}
	}
}
