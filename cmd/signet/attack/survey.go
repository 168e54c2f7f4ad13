package attack

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// survey finds out by honest requests what the set-up does, so that an attack
// is judged by the difference.
func (s *scene) survey(ctx context.Context) error {
	plain, err := s.send(ctx, s.ask(s.Protected))
	if err != nil {
		return fmt.Errorf("%w: the URL is not reachable: %w", ErrUnfit, err)
	}
	if served(plain.first()) {
		return fmt.Errorf("%w: GET %s is answered with %d without a sign-in, so nothing guards it: make the proxy ask the guard, or name a path that needs a sign-in with --protected",
			ErrUnfit, s.Protected, plain.first().status)
	}
	if len(plain.answers) == 0 {
		return fmt.Errorf("%w: GET %s brings no answer in HTTP: is the URL right, its http:// or https:// too?", ErrUnfit, s.Protected)
	}
	first, err := s.person(ctx, s.Token, "first")
	if err != nil {
		return err
	}
	again, err := s.person(ctx, s.Token, "first")
	if err != nil {
		return err
	}
	second, err := s.person(ctx, s.Other, "second")
	if err != nil {
		return err
	}
	s.names = identityNames(first, again, second)
	s.takesToken, s.takesPair = s.Token != "", s.Other != ""
	if err := s.surveyJar(ctx); err != nil {
		return err
	}
	s.first, s.second = s.who(first), s.who(second)
	return s.surveyPaths(ctx)
}

// served reports whether an answer is an application's to someone who may see
// it, as far as one can tell.
func served(a answer) bool { return a.seen != nil || a.status/100 == 2 }

// person asks for Protected with a token that should do.
func (s *scene) person(ctx context.Context, token, which string) (*Received, error) {
	if token == "" {
		return nil, nil
	}
	r, err := s.send(ctx, s.ask(s.Protected).quietly(bearer(token)))
	if err != nil {
		return nil, err
	}
	a := r.first()
	if !served(a) {
		return nil, fmt.Errorf("%w: GET %s with the %s person's token brings %s: make a fresh one with 'signet token USER', or name a path with --protected that both may see",
			ErrUnfit, s.Protected, which, s.got(r))
	}
	s.echo = s.echo || a.seen != nil
	return a.seen, nil
}

func (s *scene) surveyJar(ctx context.Context) error {
	if s.CookieToken == "" {
		return nil
	}
	r, err := s.send(ctx, s.ask(s.Protected).quietly(cookie(s.CookieName, s.CookieToken)))
	s.takesJar = served(r.first())
	return err
}

func (s *scene) surveyPaths(ctx context.Context) error {
	var open, openFirst *Received
	if s.Public != "" {
		r, err := s.send(ctx, s.ask(s.Public))
		if err != nil {
			return err
		}
		open = r.first().seen
		s.isPublic = served(r.first())
		s.echo = s.echo || open != nil
	}
	if s.isPublic && s.takesToken {
		r, err := s.send(ctx, s.as(s.ask(s.Public)))
		if err != nil {
			return err
		}
		openFirst = r.first().seen
	}
	if s.Forbidden != "" && s.takesToken {
		r, err := s.send(ctx, s.as(s.ask(s.Forbidden)))
		if err != nil {
			return err
		}
		s.isShut = !served(r.first())
	}
	s.nobody, s.firstPublic = s.who(open), s.who(openFirst)
	return nil
}

// identity is the values of the fields that say who it is, by normal name.
type identity map[string][]string

func (i identity) equal(o identity) bool { return maps.EqualFunc(i, o, slices.Equal) }

// who is what an application learns from a request.
func (s *scene) who(m *Received) identity {
	who := identity{}
	if m == nil {
		return who
	}
	for _, f := range m.Fields {
		if n := normal(f.Name); s.names[n] {
			who[n] = append(who[n], f.Value)
		}
	}
	return who
}

// identityNames are the names that are known, and whatever differs between two
// persons, but not between two requests of one.
func identityNames(first, again, second *Received) map[string]bool {
	names := make(map[string]bool)
	for _, n := range knownNames() {
		names[normal(n)] = true
	}
	if first == nil || again == nil || second == nil {
		return names
	}
	for _, f := range append(slices.Clone(first.Fields), second.Fields...) {
		if n := normal(f.Name); n == "authorization" || n == "cookie" {
			continue
		}
		one := first.Values(f.Name)
		if slices.Equal(one, again.Values(f.Name)) && !slices.Equal(one, second.Values(f.Name)) {
			names[normal(f.Name)] = true
		}
	}
	return names
}

// stillUp is asked at the end: attacks that met a set-up which had stopped
// answering have shown nothing.
func (s *scene) stillUp(ctx context.Context) error {
	q := s.ask(s.Protected)
	if s.takesToken {
		q = s.as(q)
	}
	r, err := s.send(ctx, q)
	if err != nil {
		return err
	}
	if len(r.answers) == 0 || s.takesToken && !served(r.first()) {
		return fmt.Errorf("%w: at the end the set-up does not answer as at the beginning but with %s: the token may have run out, or the set-up limits requests (see --rate)", ErrUnfit, s.got(r))
	}
	return nil
}
