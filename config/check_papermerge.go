package config

import (
	"slices"
	"strings"
)

// papermergeNames are what Papermerge calls its ways to sign in, and whether
// that is one with a password.
var papermergeNames = map[string]bool{"db": true, "ldap": true, "oidc": false}

func (c *checker) papermerge(p Papermerge) {
	if p.Enabled {
		c.odd("compat.papermerge", "the token of its cookie can be read by scripts, as Papermerge's own need", "turn it off when nobody uses Papermerge's own pages any more")
	}
	c.cookieName("compat.papermerge.cookie_name", p.CookieName, false)
	if k := c.config.Cookies; p.CookieName == k.SessionName || p.CookieName == k.RefreshName || strings.HasPrefix(p.CookieName, "signet_") {
		c.wrong("compat.papermerge.cookie_name", "the name of a cookie of Signet's own, which no script may read", "write access_token, or another name")
	}
	for name, ours := range p.Providers {
		c.papermergeProvider(name, ours)
	}
	const at = "compat.papermerge.redirect_urls"
	c.redirects(at, p.RedirectURLs)
	for i, page := range p.RedirectURLs {
		c.papermergePage(index(at, i), page)
	}
	if ours := p.Providers["oidc"]; len(p.RedirectURLs) > 0 && ours == "" && !slices.ContainsFunc(c.config.Providers, Provider.takesCodes) {
		c.wrong(at, "no provider gives codes that could come back there", "add one with the driver openid or oauth2 and a client_secret, or remove the addresses")
	}
}

// papermergeProvider checks which of ours one of Papermerge's names is.
func (c *checker) papermergeProvider(name, ours string) {
	at := join("compat.papermerge.providers", name)
	password, known := papermergeNames[name]
	if !known {
		c.wrong(at, "Papermerge knows db, ldap and oidc only", "write one of them")
	}
	i := slices.IndexFunc(c.config.Providers, func(q Provider) bool { return q.Name == ours })
	if i < 0 {
		c.wrong(at, shown(ours)+" is not a provider", "write the name of one")
		return
	}
	p := c.config.Providers[i]
	switch {
	case !known:
	case password && p.Driver != DriverLocal && p.Driver != DriverLDAP:
		c.wrong(at, shown(ours)+" takes no passwords", "write the name of a provider with the driver local or ldap")
	case !password && p.OAuth2 == nil && p.OpenID == nil:
		c.wrong(at, shown(ours)+" gives no codes", "write the name of a provider with the driver openid or oauth2")
	case !password && !p.takesCodes():
		c.wrong(at, shown(ours)+" is reached without a secret, so anybody could redeem the codes that Papermerge's page brings", "write its client_secret")
	}
}

// takesCodes reports a provider at which Signet can redeem a code that it did
// not ask for.
func (p Provider) takesCodes() bool {
	switch {
	case p.OAuth2 != nil:
		return true
	case p.OpenID != nil:
		return p.OpenID.ClientAuth != "none" && (!p.OpenID.ClientSecret.IsZero() || !p.OpenID.PrivateKey.IsZero())
	}
	return false
}

// papermergePage checks a page that codes come back to. It is compared to the
// letter, as providers do.
func (c *checker) papermergePage(at, page string) {
	u := c.config.PublicURL
	switch {
	case strings.HasSuffix(page, "/*"):
		c.wrong(at, "a wildcard, and a provider sends codes to one page", "write the page, such as https://papermerge.example.org/oidc/callback")
	case u != nil && strings.HasPrefix(page, strings.TrimSuffix(u.String(), "/")+"/auth/"):
		c.wrong(at, "an address of Signet's own, where its own sign-ins come back to", "write Papermerge's page, such as https://papermerge.example.org/oidc/callback")
	}
}
