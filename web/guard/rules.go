package guard

import (
	"slices"
	"strings"
)

// Rule says who may make some requests. What it leaves out fits every request.
type Rule struct {
	Hosts   []string // names in small letters; "*." and a domain for all below it
	Paths   []string // "/a", "/a/*/b", "/a/**" for it and all below
	Methods []string // in capitals; GET is HEAD too
	Groups  []string // member of one of them; empty for everybody who is signed in
	Public  bool     // everybody, signed in or not
}

// demand is what a request has to show: all of it.
type demand struct {
	public bool
	denied bool       // no rule names it
	groups [][]string // member of one of each
	// doubtful says why nothing can be said of the request.
	doubtful string
}

// rule is a Rule to compare with.
type rule struct {
	Rule
	paths [][]string // parts
}

func compile(rules []Rule) []rule {
	out := make([]rule, 0, len(rules))
	for _, r := range rules {
		c := rule{Rule: r}
		for _, p := range r.Paths {
			c.paths = append(c.paths, strings.Split(strings.Trim(p, "/"), "/"))
		}
		out = append(out, c)
	}
	return out
}

// judge finds what a request has to show. The first rule that fits counts, and
// what none names is denied. Applications may not care about the case of a path
// and may believe a header about the method: so the request has to show what is
// asked of each of its readings.
func judge(rules []rule, t target) demand {
	if len(rules) == 0 {
		return demand{}
	}
	d := demand{public: true}
	for _, m := range t.methods {
		for _, folded := range []bool{false, true} {
			d.add(first(rules, t, m, folded), t)
		}
	}
	return d
}

// verdict is what one reading of a request meets.
type verdict struct {
	rule     *rule // nil for none
	doubtful bool  // a rule of the host looked at a path that cannot be read in one way
}

func (d *demand) add(v verdict, t target) {
	switch {
	case v.doubtful:
		d.doubtful = t.path.doubtful
	case v.rule == nil:
		d.denied = true
	case !v.rule.Public && len(v.rule.Groups) > 0:
		d.groups = append(d.groups, v.rule.Groups)
	}
	d.public = d.public && v.rule != nil && v.rule.Public
}

// first is the first rule that fits.
func first(rules []rule, t target, method string, folded bool) verdict {
	for i := range rules {
		r := &rules[i]
		if !r.host(t.name) || !r.method(method) {
			continue
		}
		if len(r.paths) > 0 && t.path.doubtful != "" {
			return verdict{doubtful: true}
		}
		if r.path(t.path.parts, folded) {
			return verdict{rule: r}
		}
	}
	return verdict{}
}

func (r *rule) host(name string) bool {
	return len(r.Hosts) == 0 || slices.ContainsFunc(r.Hosts, func(h string) bool {
		if domain, below := strings.CutPrefix(h, "*"); below {
			return strings.HasSuffix(name, domain)
		}
		return name == h
	})
}

func (r *rule) method(m string) bool {
	return len(r.Methods) == 0 || slices.Contains(r.Methods, m) || m == "HEAD" && slices.Contains(r.Methods, "GET")
}

func (r *rule) path(parts []string, folded bool) bool {
	return len(r.paths) == 0 || slices.ContainsFunc(r.paths, func(p []string) bool { return fits(p, parts, folded) })
}

// fits compares a path with a pattern, part by part.
func fits(pattern, parts []string, folded bool) bool {
	if len(pattern) == 1 && pattern[0] == "" {
		return len(parts) == 0
	}
	for i, want := range pattern {
		switch {
		case want == "**":
			return true
		case i >= len(parts):
			return false
		case want == "*", want == parts[i], folded && strings.EqualFold(want, parts[i]):
		default:
			return false
		}
	}
	return len(parts) == len(pattern)
}

// satisfied reports that somebody is in one group of each list.
func satisfied(lists [][]string, groups []string) bool {
	for _, want := range lists {
		if !slices.ContainsFunc(want, func(g string) bool { return slices.Contains(groups, g) }) {
			return false
		}
	}
	return true
}
