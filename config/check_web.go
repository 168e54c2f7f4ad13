package config

import (
	"net/url"
	"strings"
)

// redirects checks the addresses that browsers may be sent to. A wildcard that
// could mean another host, or half a name, would make the list worthless.
func (c *checker) redirects(path string, entries []string) {
	for i, entry := range entries {
		at := index(path, i)
		if message, hint := redirect(entry); message != "" {
			c.wrong(at, message, hint)
			continue
		}
		c.plain(at, entry)
	}
}

// plain warns of a good address at which anybody on the way can read, and write.
func (c *checker) plain(at, address string) {
	if u, _ := absoluteURL(address); u.Scheme == "http" && !loopback(u.Hostname()) {
		c.odd(at, "is plain http: what is sent there can be read on the way", "write https://")
	}
}

// redirect says what is wrong with one entry of a redirect list, and what to
// write instead; both are empty for a good one.
func redirect(entry string) (message, hint string) {
	hint = "write a whole address, such as https://app.example.org/done or https://app.example.org/*"
	u, problem := absoluteURL(entry)
	if problem != "" {
		return problem, hint
	}
	stars := strings.Count(entry, "*")
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "neither https:// nor http://", hint
	case strings.Contains(u.Host, "*"):
		return "a wildcard in the host", "list each host in an entry of its own"
	case stars > 1 || stars == 1 && !strings.HasSuffix(entry, "/*"):
		return "a wildcard that is not the whole last part of the path", "end the entry in /*, or name the page"
	case strings.ContainsAny(entry, "?#"):
		return "an address with a query or a fragment", "remove it; any query may follow the path"
	case ambiguous(u):
		return "a path that can be read in two ways", "write it without dots for parts, and without escaped dots and slashes"
	}
	return "", ""
}

// ambiguous reports paths that a browser may resolve to others.
func ambiguous(u *url.URL) bool {
	path := strings.ToLower(u.EscapedPath()) + "/"
	for _, part := range []string{"%2f", "%5c", "%2e", "%00", "/../", "/./"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func (c *checker) cors() {
	for i, origin := range c.config.CORS.Origins {
		at := index("cors.origins", i)
		const hint = "write scheme and host as the browser sends them, such as https://app.example.org"
		if strings.Contains(origin, "*") {
			c.wrong(at, "a wildcard would let every site use the visitor's session", "list each origin")
			continue
		}
		u, problem := absoluteURL(origin)
		if problem != "" {
			c.wrong(at, problem, hint)
			continue
		}
		if u.Scheme+"://"+strings.ToLower(u.Host) != origin {
			c.wrong(at, "not an origin", hint)
		} else if u.Scheme == "http" && !loopback(u.Hostname()) {
			c.odd(at, "is plain http: anybody on the way can write its pages, which may use the visitor's session", "write https://")
		}
	}
}

func (c *checker) registration() {
	r := c.config.Registration
	if !schedule(r.Schedule) {
		c.wrong("registration.schedule", shown(r.Schedule)+" is not a cron line",
			`write minute, hour, day of month, month and day of week, such as "0 5 * * *" for five o'clock`)
	}
	if k := r.ConfirmationKey; !k.IsZero() {
		const hint = "make one with: openssl rand -base64 24"
		if len(k.Reveal()) < 16 {
			c.wrong("registration.confirmation_key", "has fewer than 16 characters", hint)
		} else if why := weak(k.Reveal()); why != "" {
			c.wrong("registration.confirmation_key", why, hint)
		}
	}
	if r.Open && !r.Confirm {
		c.odd("registration.confirm", "anybody can register with anybody's address", "write confirm: true")
	}
}

func (c *checker) passwords() {
	p := c.config.Passwords
	if p.MinLengthWithMFA > p.MinLength {
		c.wrong("passwords.min_length_with_mfa", "is more than min_length", "a second factor should not ask for a longer password")
	}
	if int64(p.Argon2.Memory)*int64(p.Argon2.Time) < 35<<20 {
		c.wrong("passwords.argon2", "memory times time is less than 35 MiB, so hashes are cheap to guess",
			"write 19MiB and 2, 12MiB and 3, or 46MiB and 1")
	}
}
