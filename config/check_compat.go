package config

import (
	"slices"
	"strings"
	"time"
)

func (c *checker) compat() {
	k := c.config.Compat
	c.papermerge(k.Papermerge)
	c.ethics(k.Ethics)
	for _, p := range []struct {
		key     string
		enabled bool
		prefix  string
		strict  string // what strict gives away; "" while it is off
	}{
		{"papermerge", k.Papermerge.Enabled, k.Papermerge.Prefix, when(k.Papermerge.Strict, "an outage of the provider is told to strangers")},
		{"authserver", k.Authserver.Enabled, k.Authserver.Prefix, when(k.Authserver.Strict, "strangers can read everybody's address")},
		{"directus", k.Directus.Enabled, k.Directus.Prefix, ""},
		{"ethics", k.Ethics.Enabled, k.Ethics.Prefix, when(k.Ethics.Strict, "strangers can find out who has an account, everybody signed in reads everybody's address, and any access token is enough to change a password, an administrator's that of everybody")},
	} {
		at := join("compat", p.key)
		c.compatPrefix(join(at, "prefix"), p.prefix)
		if !p.enabled && c.below(at) && !c.written(join(at, "enabled")) {
			c.odd(at, "is not switched on, so what is written here does nothing", "write enabled: true beside it")
		}
		if p.enabled && p.strict != "" {
			c.odd(join(at, "strict"), p.strict, "remove it as soon as the clients can do without")
		}
	}
}

// ours are the first parts of Signet's own addresses, which answer first.
var ours = []string{
	".well-known", "admin", "auth", "confirm", "docs", "email", "forgot", "graphql", "guard", "health", "invite",
	"login", "logout", "oauth2", "openapi.json", "ready", "register", "reset",
}

// compatPrefix checks what is put before the addresses of another system. Its
// clients must not reach ours by it, where the same words mean something else.
func (c *checker) compatPrefix(at, prefix string) {
	first, _, _ := strings.Cut(strings.TrimPrefix(prefix, "/"), "/")
	switch {
	case prefix == "":
	case !strings.HasPrefix(prefix, "/"), strings.HasSuffix(prefix, "/"), rulePathWrong(prefix), strings.ContainsAny(prefix, "{}"):
		c.wrong(at, shown(prefix)+" is not the beginning of a path", "write it as /papermerge, without a slash at the end")
	case slices.Contains(ours, first):
		c.wrong(at, shown(prefix)+" is where Signet's own addresses are", "write another beginning, such as /papermerge")
	}
}

func when(on bool, text string) string {
	if on {
		return text
	}
	return ""
}

func rulePathWrong(p string) bool {
	why, _ := rulePath(p)
	return why != "" || strings.Contains(p, "*")
}

func (c *checker) ethics(e Ethics) {
	if e.TokenTTL > e.MaxTTL {
		c.wrong("compat.ethics.max_ttl", "is less than token_ttl", "write a longer time")
	}
	if e.Frontend != "" {
		message, hint := redirect(e.Frontend)
		if message == "" && strings.Contains(e.Frontend, "*") {
			message, hint = "has a wildcard, and letters lead to one place", "write the address of the front end, such as https://ethics.example.org"
		}
		if message != "" {
			c.wrong("compat.ethics.frontend", message, hint)
		} else {
			c.plain("compat.ethics.frontend", e.Frontend)
		}
	} else if e.Enabled {
		c.missing("compat.ethics.frontend", "write the address of the front end, such as https://ethics.example.org")
	}
	if e.Enabled && e.Prefix == "" {
		c.wrong("compat.ethics.prefix", "is empty, and /login and /register are pages of ours", "write /api/auth, or another beginning")
	}
	if _, err := time.LoadLocation(e.TimeZone); err != nil || e.TimeZone == "Local" {
		c.wrong("compat.ethics.time_zone", shown(e.TimeZone)+" is not a time zone", "write one of the IANA database, such as Europe/London, or UTC")
	}
}
