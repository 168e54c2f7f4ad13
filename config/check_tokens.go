package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (c *checker) tokens() {
	t := c.config.Tokens
	c.order("tokens.access_ttl", t.AccessTTL, "refresh_ttl", t.RefreshTTL)
	c.order("tokens.refresh_ttl", t.RefreshTTL, "absolute_ttl", t.AbsoluteTTL)
	c.order("tokens.session_ttl", t.SessionTTL, "absolute_ttl", t.AbsoluteTTL)
	c.hmac()
}

// order complains about a limit that is longer than the one around it.
func (c *checker) order(path string, is time.Duration, outer string, most time.Duration) {
	if is > most && !c.faulty("tokens."+outer) {
		c.wrong(path, durationText(is)+" is longer than "+outer+", which is "+durationText(most), "make this one shorter or that one longer")
	}
}

func (c *checker) hmac() {
	const path = "tokens.hmac_secret"
	t := c.config.Tokens
	bits, hs := strings.CutPrefix(t.Algorithm, "HS")
	switch {
	case !hs && !t.HMACSecret.IsZero():
		c.odd(path, "is not used by "+t.Algorithm, "remove it, or choose an algorithm of the HS family")
	case hs && t.HMACSecret.IsZero():
		c.missing(path, t.Algorithm+" needs a secret that the verifiers share: write {env: NAME} or {file: path}")
	case hs:
		n, _ := strconv.Atoi(bits) // of the enum HS256, HS384, HS512
		c.strength(path, t.HMACSecret.Reveal(), n/8)
	}
}

func (c *checker) strength(path, secret string, least int) {
	if len(secret) < least {
		c.wrong(path, fmt.Sprintf("has %d bytes, %s needs at least %d (RFC 7518 §3.2)", len(secret), c.config.Tokens.Algorithm, least),
			"make one with: openssl rand -base64 48")
		return
	}
	if why := weak(secret); why != "" {
		c.wrong(path, why, "make one with: openssl rand -base64 48")
	}
}

func (c *checker) cookies() {
	k := c.config.Cookies
	https := c.config.PublicURL != nil && c.config.PublicURL.Scheme == "https"
	secure := c.config.secureCookies()
	c.cookieName("cookies.refresh_name", k.RefreshName, secure)
	c.cookieName("cookies.session_name", k.SessionName, secure)
	if k.RefreshName == k.SessionName {
		c.wrong("cookies.session_name", "the same as refresh_name", "give the two cookies different names")
	}
	if k.SameSite == "none" && !secure {
		c.wrong("cookies.same_site", "none needs secure cookies, or browsers drop them", "write secure: true and serve https, or same_site: lax")
	}
	if k.Secure == "false" && https {
		c.odd("cookies.secure", "lets cookies travel over plain http although public_url is https", "write auto")
	}
	c.cookieDomain(k.Domain)
}

func (c *checker) cookieName(path, name string, secure bool) {
	if name == "" || len(name) > 128 || !httpToken(name) {
		c.wrong(path, shown(name)+" is not a cookie name", "use letters, digits, - and _")
		return
	}
	host := strings.HasPrefix(name, "__Host-")
	if (host || strings.HasPrefix(name, "__Secure-")) && !secure {
		c.wrong(path, "this prefix needs secure cookies", "write cookies.secure: true, or another name")
	}
	if host && c.config.Cookies.Domain != "" {
		c.wrong(path, "the prefix __Host- forbids cookies.domain", "use __Secure-, or remove the domain")
	}
}

func (c *checker) cookieDomain(domain string) {
	if domain == "" {
		return
	}
	if !hostName(domain) || !strings.Contains(domain, ".") {
		c.wrong("cookies.domain", shown(domain)+" is not a domain", "write it without a leading dot, such as example.org")
		return
	}
	if u := c.config.PublicURL; u != nil && u.Hostname() != domain && !strings.HasSuffix(u.Hostname(), "."+domain) {
		c.wrong("cookies.domain", "public_url is not in it, so browsers would drop the cookies", "write a parent domain of "+shown(u.Hostname()))
	}
}

// httpToken reports an RFC 9110 §5.6.2 token.
func httpToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// hostName reports a DNS name of small letters, digits, dots and dashes.
func hostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		}) {
			return false
		}
	}
	return true
}
