package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

const (
	memberOf  = "memberOf"
	memberUID = "memberUid"
	nameIsDN  = "dn"
)

// maxGroups is the most groups of one person; with more, the login fails
// rather than lose some.
const maxGroups = 2000

// atOnce is the most groups asked about in one filter.
const atOnce = 50

// ofPerson reports that the person's entry lists the groups.
func (g Groups) ofPerson() bool {
	return strings.EqualFold(g.Member, memberOf) && g.Nested != nestedInChain
}

// groups finds the names of a person's groups, sorted, each once.
func (d *Directory) groups(ctx context.Context, r reader, e entry) ([]string, error) {
	s := &groupSearch{d: d, r: r, seen: map[string]bool{}}
	var err error
	switch {
	case d.cfg.Groups.ofPerson():
		err = s.listed(ctx, e)
	case d.groupBase == nil:
		return nil, nil
	case strings.EqualFold(d.cfg.Groups.Member, memberUID):
		err = s.byLogin(ctx, e)
	default:
		err = s.byMember(ctx, e.dn)
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(s.names)
	return slices.Compact(s.names), nil
}

// groupSearch collects groups; seen are the DNs already met, which also ends
// circles.
type groupSearch struct {
	d     *Directory
	r     reader
	seen  map[string]bool
	names []string
}

// add takes a group in and reports whether it is new. Groups that are not
// below the base, part by part, do not count.
func (s *groupSearch) add(dn string) (fresh bool, parsed *goldap.DN, err error) {
	parsed, err = parseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return false, nil, nil // no DN, no group
	}
	base := s.d.groupBase
	key := foldedDN(parsed)
	if s.seen[key] || base != nil && !base.AncestorOfFold(parsed) {
		return false, nil, nil
	}
	if len(s.seen) >= maxGroups {
		return false, nil, fmt.Errorf("more than %d groups", maxGroups)
	}
	s.seen[key] = true
	return true, parsed, nil
}

// byLogin asks for groups that hold the login name (posixGroup).
func (s *groupSearch) byLogin(ctx context.Context, e entry) error {
	login := e.text(s.d.cfg.Users.Login, maxLogin)
	if login == "" {
		return nil // in no such group
	}
	_, err := s.search(ctx, "("+s.d.cfg.Groups.Member+"="+goldap.EscapeFilter(login)+")")
	return err
}

// byMember asks for groups that hold the DN, then for groups that hold those.
func (s *groupSearch) byMember(ctx context.Context, dn string) error {
	member := s.d.cfg.Groups.Member
	levels := 1
	switch s.d.cfg.Groups.Nested {
	case nestedWalk:
		levels = s.d.cfg.Groups.Depth + 1
	case nestedInChain:
		if strings.EqualFold(member, memberOf) {
			member = "member"
		}
		member += ":" + ruleInChain + ":"
	}
	next := []string{dn}
	for ; levels > 0 && len(next) > 0; levels-- {
		var found []string
		for part := range slices.Chunk(next, atOnce) {
			more, err := s.search(ctx, anyOf(member, part))
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		next = found
	}
	return nil
}

func anyOf(attribute string, values []string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString("(" + attribute + "=" + goldap.EscapeFilter(v) + ")")
	}
	if len(values) == 1 {
		return b.String()
	}
	return "(|" + b.String() + ")"
}

// search adds the groups that a filter finds and returns the DNs of the new.
func (s *groupSearch) search(ctx context.Context, filter string) ([]string, error) {
	g := s.d.cfg.Groups
	if g.Filter != "" {
		filter = "(&" + g.Filter + filter + ")"
	}
	found, err := s.r.search(ctx, query{base: g.Base, scope: scopes[g.Scope], filter: filter,
		attributes: []string{s.nameAttribute()}, limit: maxGroups})
	if err != nil {
		return nil, err
	}
	var fresh []string
	for _, e := range found {
		isNew, dn, err := s.add(e.dn)
		if err != nil {
			return nil, err
		}
		if isNew {
			fresh = append(fresh, e.dn)
			s.name(e, dn)
		}
	}
	return fresh, nil
}

// nameAttribute is what to ask for: 1.1 is nothing (RFC 4511 §4.5.1.8).
func (s *groupSearch) nameAttribute() string {
	if s.d.cfg.Groups.Name == nameIsDN {
		return "1.1"
	}
	return s.d.cfg.Groups.Name
}

// name keeps the group's name; a group without a valid one has none to give.
func (s *groupSearch) name(e entry, dn *goldap.DN) {
	n := e.text(s.d.cfg.Groups.Name, maxValue)
	if s.d.cfg.Groups.Name == nameIsDN {
		n = foldedDN(dn)
	}
	s.keep(n)
}

func (s *groupSearch) keep(name string) {
	if n, ok := clean([]byte(name), maxValue); ok {
		s.names = append(s.names, n)
	}
}

// listed takes the groups from memberOf, and with walk those that they list.
func (s *groupSearch) listed(ctx context.Context, e entry) error {
	levels := 0
	if s.d.cfg.Groups.Nested == nestedWalk {
		levels = s.d.cfg.Groups.Depth
	}
	next, err := s.take(ctx, e)
	for ; err == nil && levels > 0 && len(next) > 0; levels-- {
		var found []string
		for _, dn := range next {
			more, err := s.upward(ctx, dn)
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		next = found
	}
	return err
}

// take adds the groups that an entry lists and returns the DNs of the new.
func (s *groupSearch) take(ctx context.Context, e entry) ([]string, error) {
	if e.partial(memberOf) {
		return nil, errors.New("the directory lists only a part of memberOf")
	}
	var fresh []string
	for _, v := range e.values(memberOf) {
		isNew, dn, err := s.add(string(v))
		if err != nil {
			return nil, err
		}
		if !isNew {
			continue
		}
		fresh = append(fresh, string(v))
		if err := s.nameOf(ctx, string(v), dn); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// nameOf takes the name out of the DN when it is there, else asks for it.
func (s *groupSearch) nameOf(ctx context.Context, text string, dn *goldap.DN) error {
	for _, a := range dn.RDNs[0].Attributes {
		if strings.EqualFold(a.Type, s.d.cfg.Groups.Name) {
			s.keep(a.Value)
			return nil
		}
	}
	e := entry{dn: text}
	if s.d.cfg.Groups.Name != nameIsDN {
		var err error
		if e, err = s.read(ctx, text, s.d.cfg.Groups.Name); err != nil {
			return err
		}
	}
	s.name(e, dn)
	return nil
}

func (s *groupSearch) upward(ctx context.Context, dn string) ([]string, error) {
	e, err := s.read(ctx, dn, memberOf)
	if err != nil {
		return nil, err
	}
	return s.take(ctx, e)
}

// read is one group's entry; a group that is gone meanwhile is empty.
func (s *groupSearch) read(ctx context.Context, dn, attribute string) (entry, error) {
	found, err := s.r.search(ctx, query{base: dn, scope: goldap.ScopeBaseObject,
		filter: "(objectClass=*)", attributes: []string{attribute}, limit: 1})
	var gone *resultError
	switch {
	case errors.As(err, &gone) && gone.code == goldap.LDAPResultNoSuchObject:
		return entry{dn: dn}, nil
	case err != nil:
		return entry{}, err
	case len(found) == 0:
		return entry{dn: dn}, nil
	}
	return found[0], nil
}
