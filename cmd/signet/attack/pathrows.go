package attack

import (
	"fmt"
	"strings"
)

// climbs are ways to write ../ below a public path.
var climbs = []string{
	"../", "%2e%2e/", "%2E%2E/", ".%2e/", "%2e./", "..%2f", "..%2F", "%2e%2e%2f", "./../", "..//", ".//../", "..\\", "..%5c", "..%5C", "%2e%2e%5c", "..\\/",
	"%252e%252e/", "..%252f", "%252e%252e%252f", "..%255c", "%25252e%25252e%25252f",
	"..;/", "..;x=y/", "..%3b/", "..%3bx/", "%2e%2e;/", ";/../", ";x=y/../",
	"..%00/", "..%0d/", "..%0a/", "..%09/", "..%20/", ".. /", "..\t/", "x/../../", "x/%2e%2e/%2e%2e/",
	"%c0%ae%c0%ae/", "..%c0%af", "%c0%ae%c0%ae%c0%af", "%e0%80%ae%e0%80%ae/", "..%e0%80%af", "..%c1%9c", "%uff0e%uff0e/", "%u002e%u002e/", "..%u2215",
	"%ef%bc%8e%ef%bc%8e/", "..%ef%bc%8f", "%3f/../../", "%23/../../", "%3b/../../", "%2e%2e%2f%2f",
}

// disguises are ways to write a path that is forbidden: {f} is the path, {n}
// the path without its first slash, {p} a public path, {h} the host, and {r},
// {R}, {S} and {B} the way back from the path to the root.
var disguises = []struct{ name, target string }{
	{"two slashes", "//{n}"}, {"three slashes", "///{n}"}, {"a dot part", "/./{n}"}, {"an encoded dot part", "/%2e/{n}"}, {"a dot part and two slashes", "/.//{n}"},
	{"up from the root", "/../{n}"}, {"up from nowhere", "/x/../{n}"}, {"up from nowhere, encoded", "/x/%2e%2e/{n}"},
	{"a backslash", `\{n}`}, {"a slash and a backslash", `/\{n}`}, {"an encoded backslash", "/%5c{n}"}, {"an encoded first slash", "%2f{n}"}, {"an encoded second slash", "/%2f{n}"},
	{"no first slash", "{n}"}, {"a slash at the end", "{f}/"}, {"two slashes at the end", "{f}//"}, {"a dot part at the end", "{f}/."}, {"a dot part inside", "{f}/./x"},
	{"a semicolon at the end", "{f};"}, {"a parameter at the end", "{f};x=y"}, {"a parameter with a file's name", "{f};x.css"}, {"an empty parameter first", "/;/{n}"}, {"a parameter first", "/;x=y/{n}"},
	{"an encoded semicolon", "{f}%3b"}, {"a dot at the end", "{f}."}, {"an encoded dot at the end", "{f}%2e"}, {"a space at the end", "{f}%20"}, {"a NUL at the end", "{f}%00"},
	{"a NUL and a file's name", "{f}%00.css"}, {"a tab at the end", "{f}%09"}, {"a line end at the end", "{f}%0a"}, {"CR LF at the end", "{f}%0d%0a"}, {"a backslash at the end", `{f}\`}, {"an encoded backslash at the end", "{f}%5c"},
	{"an encoded slash at the end", "{f}%2f"}, {"an encoded slash and a public path", "{f}{S}{p}"}, {"back to a public path", "{f}{r}{p}"}, {"back to a public path, encoded", "{f}{R}{p}"}, {"back to a public path, encoded twice", "{f}{B}{p}"},
	{"an encoded # at the end", "{f}%23"}, {"an encoded ? at the end", "{f}%3f"}, {"a fragment", "{f}#"}, {"a public path as fragment", "{f}#{p}"}, {"an empty query", "{f}?"}, {"a public path as query", "{f}?{p}"},
	{"a public path in the query", "{f}?x={p}/status"}, {"dots in the query", "{f}?{r}{p}"}, {"a file's name in the query", "{f}?.css"}, {"two question marks", "{f}??{p}"},
	{"in upper case", "{U}"}, {"with a capital", "{T}"}, {"its first letter encoded", "{e}"}, {"all letters encoded", "{E}"}, {"its first letter encoded twice", "{d}"}, {"all letters encoded twice", "{D}"},
	{"an absolute URL", "http://{h}{f}"}, {"an absolute URL of another host", "http://other.example{f}"}, {"an absolute URL in upper case", "HTTP://{h}{f}"}, {"an absolute URL with two slashes", "http://{h}//{n}"}, {"a host without a scheme", "//{h}{f}"},
	{"a NUL first", "/%00{f}"}, {"an overlong slash at the end", "{f}%c0%af"}, {"an overlong slash first", "/%c0%af{n}"}, {"a raw tab at the end", "{f}\t"}, {"a raw space at the end", "{f} "}, {"a soft hyphen inside", "{f}%c2%ad"},
	{"a wrong escape at the end", "{f}%"}, {"a wrong escape", "{f}%zz"}, {"a file's name below", "{f}/x.css"}, {"a health check's path below", "{f}/healthz"},
}

const pathMend = "give the guard the target as it came ($request_uri), pass on the same, and deny what has two readings: the guard does both if the proxy does not rewrite the path between"

// pathRows ask for a path that is forbidden, without a credential and as
// someone who may not see it.
func pathRows(s *scene) []row {
	goal := s.goal()
	if goal == "" {
		goal = "/"
	}
	var all []row
	for _, up := range climbs {
		all = append(all, s.pathRow("from a public path by "+up, needGoal|needPublic, climb(s.Public, up)+strings.TrimPrefix(goal, "/")))
	}
	fill := s.filler(goal)
	for _, d := range disguises {
		needs := needGoal
		if strings.Contains(d.target, "{p}") {
			needs |= needPublic
		}
		all = append(all, s.pathRow(d.name, needs, fill.Replace(d.target)))
	}
	return all
}

// climb goes up from a public path to the root.
func climb(public, up string) string {
	base := strings.TrimRight(public, "/")
	return base + "/" + strings.Repeat(up, max(1, strings.Count(base, "/")))
}

func (s *scene) filler(goal string) *strings.Replacer {
	name, depth := strings.TrimPrefix(goal, "/"), strings.Count(strings.TrimRight(goal, "/"), "/")
	capital, first, twice := name, name, name
	if name != "" {
		capital = strings.ToUpper(name[:1]) + name[1:]
		first, twice = escapeLetters(name[:1], "%")+name[1:], escapeLetters(name[:1], "%25")+name[1:]
	}
	return strings.NewReplacer(
		"{r}", strings.Repeat("/..", depth), "{R}", strings.Repeat("/%2e%2e", depth), "{S}", strings.Repeat("%2f..", depth), "{B}", strings.Repeat("/%252e%252e", depth),
		"{f}", goal, "{n}", name, "{p}", s.Public, "{h}", s.URL.Host,
		"{U}", strings.ToUpper(goal), "{T}", "/"+capital,
		"{e}", "/"+first, "{E}", "/"+escapeLetters(name, "%"), "{d}", "/"+twice, "{D}", "/"+escapeLetters(name, "%25"),
	)
}

func escapeLetters(text, sign string) string {
	var b strings.Builder
	for i := range len(text) {
		if text[i] == '/' {
			b.WriteByte('/')
			continue
		}
		fmt.Fprintf(&b, "%s%02x", sign, text[i])
	}
	return b.String()
}

func (s *scene) pathRow(name string, needs need, target string) row {
	r := row{class: "path", name: "a forbidden path, " + name, id: "C-22", needs: needs, mend: pathMend}
	j := unreached(s.goal())
	r.tries = append(r.tries, attempt{request: s.ask(target), judge: j})
	if s.isShut {
		r.tries = append(r.tries, attempt{request: s.as(s.ask(target)), judge: j})
	}
	return r
}

// unreached judges by the target that the application received, and not by
// that which was sent: a proxy may have made it harmless.
func unreached(goal string) judge {
	return func(s *scene, r reply) (Verdict, string) {
		a := r.first()
		if a.seen != nil && a.seen.Target != "" {
			if reaches(a.seen.Target, goal) {
				return Broken, "the application receives " + a.seen.Target
			}
			return Held, ""
		}
		if !s.echo && a.status/100 == 2 {
			return NotSeen, "the answer is " + s.got(r) + ", and of which path does not show; put 'signet guard echo' behind the set-up"
		}
		return shut(s, r)
	}
}
