package attack

import (
	"fmt"
	"slices"
	"strings"
)

// shut judges a request that the application must not get.
func shut(s *scene, r reply) (Verdict, string) {
	a := r.first()
	switch {
	case a.seen != nil:
		return Broken, ""
	case s.echo:
		return Held, ""
	case r.silent && len(r.answers) == 0:
		return NotSeen, "nothing came back in time"
	case a.status/100 == 2:
		return Broken, ""
	case len(r.answers) == 0, slices.Contains(refusals, a.status), a.status/100 == 3 && strings.Contains(a.header.Get("Location"), "/login"):
		return Held, ""
	}
	return NotSeen, fmt.Sprintf("the answer is %d, and whose it is does not show; put 'signet guard echo' behind the set-up", a.status)
}

// shutElsewhere is shut for a request that something else may answer with 200
// and be right: another site of the same server, or the proxy by itself.
func shutElsewhere(s *scene, r reply) (Verdict, string) {
	if a := r.first(); !s.echo && a.status/100 == 2 {
		return NotSeen, fmt.Sprintf("the answer is %d, and whether the application or something else gave it does not show; put 'signet guard echo' behind the set-up", a.status)
	}
	return shut(s, r)
}

// refusals are what proxies and guards answer, and applications that do not
// know the person hardly do.
var refusals = []int{400, 401, 403, 405, 411, 413, 414, 417, 421, 426, 431, 444, 501, 503, 505}

// owned judges a request of the first person that the application may get, and
// then with the first person's identity and no other.
func owned(s *scene, r reply) (Verdict, string) { return s.identified(r, s.first) }

// ownedPublic is owned for the public path, where the person may be nobody: an
// attack may have spoilt its own credential, and nobody is asked for one there.
func ownedPublic(s *scene, r reply) (Verdict, string) {
	v, told := s.identified(r, s.firstPublic)
	if v == Held {
		return v, told
	}
	return s.identified(r, s.nobody)
}

// nameless judges a stranger's request for the public path.
func nameless(s *scene, r reply) (Verdict, string) { return s.identified(r, s.nobody) }

func (s *scene) identified(r reply, want identity) (Verdict, string) {
	a := r.first()
	if !s.echo {
		return s.reflected(r)
	}
	if a.seen == nil || a.seen.Method == "" {
		return Held, ""
	}
	if v, told := s.spoofed(*a.seen); v != Held {
		return v, told
	}
	got := s.who(a.seen)
	if !got.equal(want) {
		return Broken, "the application takes the person for another: " + difference(got, want)
	}
	return Held, ""
}

// spoofed looks for the canary in what the application received. In a field
// that nobody has heard of it is no proof: the application may not either.
func (s *scene) spoofed(m Received) (Verdict, string) {
	var believed []string
	for _, f := range m.Fields {
		if !strings.Contains(f.Value, s.canary) && !strings.Contains(f.Name, s.canary) {
			continue
		}
		if s.names[normal(f.Name)] {
			return Broken, fmt.Sprintf("the application sees %s: %s", f.Name, f.Value)
		}
		if sinister(f.Name) {
			believed = append(believed, f.Name)
		}
	}
	if len(believed) > 0 {
		return NotSeen, "these reach the application, and the guard sets none of them; if the application believes one, clear it in the proxy: " + strings.Join(believed, ", ")
	}
	return Held, ""
}

// reflected is what can be said without Echo: an application that shows the
// canary has seen it.
func (s *scene) reflected(r reply) (Verdict, string) {
	a := r.first()
	switch {
	case len(r.answers) > 0 && strings.Contains(string(a.body), s.canary):
		return Broken, "the application's answer shows the spoofed value"
	case len(r.answers) == 0 && !r.silent, slices.Contains(refusals, a.status):
		return Held, ""
	}
	return NotSeen, "what the application received does not show; put 'signet guard echo' in its place"
}

// difference is the first field that differs.
func difference(got, want identity) string {
	for _, n := range sortedNames(got, want) {
		if !slices.Equal(got[n], want[n]) {
			return fmt.Sprintf("%s is %q instead of %q", n, strings.Join(got[n], " | "), strings.Join(want[n], " | "))
		}
	}
	return ""
}

func sortedNames(all ...identity) []string {
	var names []string
	for _, i := range all {
		for n := range i {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
