package config

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) guard() {
	g := c.config.Guard
	used := map[string]string{}
	for _, h := range []struct{ key, name string }{
		{"user", g.HeaderNames.User}, {"name", g.HeaderNames.Name}, {"email", g.HeaderNames.Email},
		{"groups", g.HeaderNames.Groups}, {"roles", g.HeaderNames.Roles},
	} {
		at := join("guard.header_names", h.key)
		lower := strings.ToLower(h.name)
		switch {
		case h.name == "" || h.name == "-":
			continue
		case !headerName(h.name):
			c.wrong(at, shown(h.name)+" is not a header name", "use letters, digits and -; many servers take _ for -, or drop it")
		case slices.Contains(framing, lower):
			c.wrong(at, shown(h.name)+" is a header that proxies need themselves", "choose another name, such as X-User")
		case used[lower] != "":
			c.wrong(at, "the same header as "+used[lower], "give each a name of its own")
		}
		used[lower] = h.key
	}
	for i, r := range g.Rules {
		c.rule(r, index("guard.rules", i))
	}
}

// framing are headers that say what a message is, where it goes or who sends
// it, so that no name may be put into them.
var framing = []string{
	"authorization", "connection", "content-length", "content-type", "cookie", "host", "set-cookie", "te",
	"trailer", "transfer-encoding", "upgrade", "location", "keep-alive", "proxy-authorization",
	"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-uri", "x-forwarded-method",
	"x-original-url", "x-original-method", "x-signet-login", "x-signet-error",
}

func headerName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	})
}

func (c *checker) rule(r Rule, path string) {
	if r.Public && len(r.Groups) > 0 {
		c.wrong(join(path, "groups"), "groups of a rule that lets in everybody", "remove public or groups")
	}
	for i, h := range r.Host {
		if !ruleHost(h) {
			c.wrong(index(join(path, "host"), i), shown(h)+" is not a host", "write a name without port in small letters, such as app.example.org or *.example.org; other letters as xn--…")
		}
	}
	for i, p := range r.Path {
		if why, hint := rulePath(p); why != "" {
			c.wrong(index(join(path, "path"), i), why, hint)
		}
	}
	for i, m := range r.Method {
		if m == "" || strings.ContainsFunc(m, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			c.wrong(index(join(path, "method"), i), shown(m)+" is not a method", "write it in capitals, such as GET")
		}
	}
}

// ruleHost reports a host name in small ASCII letters, or one behind "*.".
func ruleHost(h string) bool {
	h = strings.TrimPrefix(h, "*.")
	return hostName(h) || loopback(h)
}

// rulePath says what is wrong with a path of a rule, and what to write.
func rulePath(p string) (why, hint string) {
	hint = "write a path such as /admin/** (it and all below), /a/*/b or /status"
	if !strings.HasPrefix(p, "/") {
		return shown(p) + " does not start with /", hint
	}
	if strings.ContainsAny(p, "%?#;\\") || strings.Contains(p, "//") || strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return shown(p) + " holds a sign that can be read in two ways", "write the path without %, ?, #, ;, \\, spaces and double slashes"
	}
	parts := strings.Split(p[1:], "/")
	for i, part := range parts {
		switch {
		case part == "." || part == "..":
			return shown(p) + " holds . or .. as a part", "write the path that is meant"
		case part == "**" && i < len(parts)-1:
			return shown(p) + " has ** before its end", hint
		case part != "*" && part != "**" && strings.Contains(part, "*"):
			return shown(p) + " has a * that is not a whole part", hint
		}
	}
	return "", ""
}

func (c *checker) clients() {
	first := map[string]int{}
	for i, k := range c.config.Clients {
		path := index("clients", i)
		if j, twice := first[k.ID]; twice && k.ID != "" {
			c.wrong(join(path, "id"), shown(k.ID)+" is the id of entry "+fmt.Sprint(j+1)+" too", "give each client an id of its own")
		}
		first[k.ID] = i
		if k.ID == "" || strings.ContainsFunc(k.ID, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) {
			c.wrong(join(path, "id"), shown(k.ID)+" is not a client id", "use letters, digits and signs without spaces and colons (RFC 6749 §2.3.1)")
		}
		c.clientSecret(k, path)
		if k.Audience != "" && !slices.Contains(c.config.Tokens.Audience, k.Audience) {
			c.wrong(join(path, "audience"), shown(k.Audience)+" is not in tokens.audience, so every token would be unknown to it", "add it there, or remove it here")
		}
	}
}

func (c *checker) clientSecret(k Client, path string) {
	at := join(path, "secret")
	s := k.Secret.Reveal()
	const hint = "make one with: signet client secret"
	switch {
	case c.faulty(at) || strings.HasPrefix(s, "$"):
	case s == "":
		c.missing(at, hint)
	case len(s) < 16:
		c.wrong(at, "has fewer than 16 characters", hint)
	case weak(s) != "":
		c.wrong(at, weak(s), hint)
	}
}

// upstream checks how a provider's own access tokens are let through.
func (c *checker) upstream(p *Provider, g Upstream, path string) {
	path = join(path, "guard")
	c.web(p, g.IntrospectURL, join(path, "introspect_url"))
	switch {
	case g.Introspect && g.JWKS:
		c.wrong(join(path, "jwks"), "both introspect and jwks", "keep one: introspect knows of revoked tokens, jwks asks nobody")
	case g.JWKS && p.OAuth2 != nil:
		c.wrong(join(path, "jwks"), "the driver oauth2 knows no keys", "write introspect: true and introspect_url")
	case g.Introspect && p.OAuth2 != nil && g.IntrospectURL == nil:
		c.missing(join(path, "introspect_url"), "write the address of the provider's introspection endpoint")
	case g.IntrospectURL != nil && !g.Introspect:
		c.wrong(join(path, "introspect_url"), "has no effect without introspect: true", "write introspect: true, or remove it")
	}
}
