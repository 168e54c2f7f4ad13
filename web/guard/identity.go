package guard

import (
	"net/http"
	"strings"

	"github.com/signet-sso/signet/broker"
)

// reference is what is added to the name of the groups header for the address
// where the groups can be asked for.
const reference = "-Ref"

// Identify tells an application who it is, as the guard does, in the names and
// within the budget of the settings; whoami is where too many groups can be
// asked for. cut says that they were left out.
func (p *Policy) Identify(h http.Header, pass *broker.Pass, whoami string) (cut bool) {
	return p.current.Load().identify(h, pass, whoami)
}

// identify tells the application who it is. Groups that do not fit are left out
// altogether, since some of them would look like all; cut says so.
func (p *policy) identify(h http.Header, pass *broker.Pass, whoami string) (cut bool) {
	c := pass.Claims
	fields := []struct{ name, value string }{
		{p.Headers.User, clean(p.User.user(c, pass.Email), false)},
		{p.Headers.Email, clean(pass.Email, false)},
		{p.Headers.Name, clean(c.Name, false)},
		{p.Headers.Groups, list(c.Groups)},
		{p.Headers.Roles, list(c.Roles)},
	}
	left, values := p.Budget, make([]string, len(fields)) // one for all: this is for every request
	for i, f := range fields {
		if f.name == "" || f.value == "" {
			continue
		}
		size := len(f.name) + len(": \r\n") + len(f.value)
		if size > left && i > 0 {
			cut = true
			continue
		}
		left -= size
		values[i] = f.value
		h[f.name] = values[i : i+1 : i+1]
	}
	if cut && p.Headers.Groups != "" {
		delete(h, p.Headers.Groups)
		delete(h, p.Headers.Roles)
		h[p.Headers.Groups+reference] = []string{whoami}
	}
	return cut
}

// list joins names with commas; a comma in a name is escaped.
func list(names []string) string {
	if len(names) == 1 {
		return clean(names[0], true)
	}
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(clean(n, true))
	}
	return b.String()
}

// clean escapes what is no printable ASCII, and the sign of escapes itself, as
// %XX of UTF-8: the value can neither end its header line nor be read in two
// ways. Spaces at the ends are escaped too, which servers would cut off.
func clean(s string, item bool) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return unclean(c, item) }) && strings.TrimSpace(s) == s {
		return s
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if unclean(rune(c), item) || c >= 0x80 || c == ' ' && (i == 0 || i == len(s)-1) {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unclean(c rune, item bool) bool {
	return c < ' ' || c > '~' || c == '%' || item && c == ','
}
