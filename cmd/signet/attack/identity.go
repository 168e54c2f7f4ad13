package attack

import (
	"fmt"
	"strings"
)

// families are how the guard spells who it is, before the last word of each
// field.
var families = []string{"Remote-", "X-Forwarded-", "X-Auth-Request-"}

// lastWords are the fields of a family.
var lastWords = []string{"User", "Name", "Email", "Groups", "Roles", "Groups-Ref"}

// strangers are fields that other proxies set and some applications believe.
// The guard sets none of them unless it is told to.
var strangers = []string{
	"X-Remote-User", "X-WEBAUTH-USER", "X-Auth-User", "X-Authenticated-User", "X-User", "X-User-Id", "X-Username", "X-Email",
	"X-Forwarded-Preferred-Username", "X-Auth-Request-Preferred-Username", "X-Forwarded-Access-Token", "X-Auth-Request-Access-Token",
	"X-Authentik-Username", "Cf-Access-Authenticated-User-Email", "X-Goog-Authenticated-User-Email",
	"X-SSL-Client-S-DN", "REMOTE-ADDR", "AUTH-USER", "AUTH-TYPE",
}

// knownNames are the fields of all families.
func knownNames() []string {
	var all []string
	for _, f := range families {
		for _, w := range lastWords {
			all = append(all, f+w)
		}
	}
	return all
}

// normal is a field's name as CGI and what came after it reads it: without
// case, and with _ and . for -.
func normal(name string) string {
	n := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-"), ".", "-")
	return strings.TrimPrefix(n, "http-")
}

// sinister reports a name of strangers.
func sinister(name string) bool {
	for _, s := range strangers {
		if normal(s) == normal(name) {
			return true
		}
	}
	return false
}

// spelling is one way to write the lines of a field that should not pass.
type spelling struct {
	name  string
	lines func(name, value string) []string
}

// spellings are tried with every field of every family. Those of names come
// first, then those of lines.
var spellings = []spelling{
	{"exact spelling", func(n, v string) []string { return []string{n + ": " + v} }},
	{"lower case", func(n, v string) []string { return []string{strings.ToLower(n) + ": " + v} }},
	{"upper case", func(n, v string) []string { return []string{strings.ToUpper(n) + ": " + v} }},
	{"mixed case", func(n, v string) []string { return []string{mixed(n) + ": " + v} }},
	{"_ for every -", func(n, v string) []string { return []string{strings.ReplaceAll(n, "-", "_") + ": " + v} }},
	{"_ for every -, upper case", func(n, v string) []string {
		return []string{strings.ToUpper(strings.ReplaceAll(n, "-", "_")) + ": " + v}
	}},
	{". for every -", func(n, v string) []string { return []string{strings.ReplaceAll(n, "-", ".") + ": " + v} }},
	{"_ for the first -", func(n, v string) []string { return []string{strings.Replace(n, "-", "_", 1) + ": " + v} }},
	{"_ for the last -", func(n, v string) []string { return []string{lastUnderscore(n) + ": " + v} }},
	{"as a variable of CGI", func(n, v string) []string {
		return []string{"HTTP_" + strings.ToUpper(strings.ReplaceAll(n, "-", "_")) + ": " + v}
	}},
	{"twice", func(n, v string) []string { return []string{n + ": " + v, n + ": " + v} }},
	{"in two spellings", func(n, v string) []string { return []string{n + ": " + v, strings.ReplaceAll(n, "-", "_") + ": " + v} }},
	{"empty, then a value", func(n, v string) []string { return []string{n + ":", n + ": " + v} }},
	{"a space before the colon", func(n, v string) []string { return []string{n + " : " + v} }},
	{"a tab before the colon", func(n, v string) []string { return []string{n + "\t: " + v} }},
	{"a space before the name", func(n, v string) []string { return []string{" " + n + ": " + v} }},
	{"folded into the field before it", func(n, v string) []string { return []string{"X-Fold: a", " " + n + ": " + v} }},
	{"its value on the next line", func(n, v string) []string { return []string{n + ":", " " + v} }},
	{"its name on one line, its colon on the next", func(n, v string) []string { return []string{n, " : " + v} }},
	{"after a field without a name", func(n, v string) []string { return []string{": x", n + ": " + v} }},
	{"after a bare CR", func(n, v string) []string { return []string{"X-Bare: a\r" + n + ": " + v} }},
	{"after a bare LF", func(n, v string) []string { return []string{"X-Bare: a\n" + n + ": " + v} }},
	{"after a NUL", func(n, v string) []string { return []string{"X-Nul: a\x00\r\n" + n + ": " + v} }},
	{"encoded line ends in another field", func(n, v string) []string { return []string{"X-Encoded: a%0d%0a" + n + ": " + v} }},
	{"a NUL in its name", func(n, v string) []string { return []string{n + "\x00: " + v} }},
}

func mixed(n string) string {
	b := []byte(strings.ToLower(n))
	for i := 1; i < len(b); i += 2 {
		b[i] = strings.ToUpper(string(b[i]))[0]
	}
	return string(b)
}

func lastUnderscore(n string) string {
	i := strings.LastIndexByte(n, '-')
	return n[:i] + "_" + n[i+1:]
}

func identityRows(s *scene) []row {
	var all []row
	for _, family := range families {
		for _, sp := range spellings {
			var lines []string
			for i, w := range lastWords {
				lines = append(lines, sp.lines(family+w, fmt.Sprintf("%s-%d", s.canary, i))...)
			}
			all = append(all, s.spoof(family+"User and its sisters, "+sp.name, lines))
		}
	}
	var lines []string
	for _, name := range strangers {
		lines = append(lines, name+": "+s.canary)
	}
	return append(all, s.spoof("fields that other proxies set", lines), s.bearingRow())
}

// spoof sends lines without a credential and with the first person's, where a
// sign-in is needed and where it is not.
func (s *scene) spoof(name string, lines []string) row {
	r := row{class: "identity", name: "spoofed " + name, id: "C-28", mend: "clear these fields, in every spelling, in the proxy's main server block before the guard's are set: take what 'signet guard' prints"}
	r.tries = append(r.tries, attempt{request: s.ask(s.Protected).with(lines...), judge: shut})
	if s.takesToken {
		r.tries = append(r.tries, attempt{request: s.as(s.ask(s.Protected)).with(lines...), judge: owned})
	}
	if s.isPublic {
		r.tries = append(r.tries, attempt{request: s.ask(s.Public).with(lines...), judge: nameless})
	}
	if s.isPublic && s.takesToken {
		r.tries = append(r.tries, attempt{request: s.as(s.ask(s.Public)).with(lines...), judge: ownedPublic})
	}
	return r
}

// bearingRow puts the fields before the credential, for proxies that count.
func (s *scene) bearingRow() row {
	q := s.ask(s.Protected).with("Remote-User: " + s.canary)
	for i := range 60 {
		q.odd = append(q.odd, fmt.Sprintf("X-Filler-%d: x", i))
	}
	q.odd = append(q.odd, "Remote-User: "+s.canary)
	return row{
		class: "identity", name: "spoofed Remote-User, before and after sixty others", id: "C-28", needs: needToken,
		tries: []attempt{{request: s.as(q), judge: owned}}, mend: "clear the field whatever its place is",
	}
}
