package oidctest

import (
	"crypto/rand"
	"sync"
	"time"
)

// How long a code and an access token count.
const (
	codeLife   = time.Minute
	accessLife = 5 * time.Minute
)

// grant is one sign-in of a person.
type grant struct {
	family      string
	person      Person
	nonce       string
	challenge   string
	redirectURI string
	scopes      []string
	at          time.Time // of the sign-in
	expires     time.Time // of the code or access token that stands for it
}

// grants are what codes and tokens stand for.
type grants struct {
	mu      sync.Mutex
	codes   map[string]grant
	access  map[string]grant
	refresh map[string]grant
	spent   map[string]string // used codes and refresh tokens, to their family
}

func newGrants() *grants {
	return &grants{codes: map[string]grant{}, access: map[string]grant{}, refresh: map[string]grant{}, spent: map[string]string{}}
}

// code gives out a code.
func (s *grants) code(g grant) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := "code-" + rand.Text()
	s.codes[c] = g
	return c
}

// takeCode returns and removes what a code stands for.
func (s *grants) takeCode(code string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(s.codes, code)
}

// takeRefresh returns and removes what a refresh token stands for.
func (s *grants) takeRefresh(token string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(s.refresh, token)
}

// take removes from one of the maps. Whoever brings something a second time
// ends all that came of it (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
func (s *grants) take(from map[string]grant, key string) (grant, bool) {
	if family, ok := s.spent[key]; ok {
		s.end(func(g grant) bool { return g.family == family })
		return grant{}, false
	}
	g, ok := from[key]
	if ok {
		delete(from, key)
		s.spent[key] = g.family
	}
	return g, ok
}

// tokens gives out an access token and a refresh token.
func (s *grants) tokens(g grant, expires time.Time) (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	access, refresh = "access-"+rand.Text(), "refresh-"+rand.Text()
	s.refresh[refresh] = g
	g.expires = expires
	s.access[access] = g
	return access, refresh
}

// accessed returns what an access token stands for.
func (s *grants) accessed(token string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.access[token]
	return g, ok
}

// end forgets tokens.
func (s *grants) end(which func(grant) bool) {
	for _, m := range []map[string]grant{s.access, s.refresh} {
		for k, g := range m {
			if which(g) {
				delete(m, k)
			}
		}
	}
}

// Revoke ends all access and refresh tokens of a person, as when the account
// is disabled.
func (p *Provider) Revoke(subject string) {
	p.grants.mu.Lock()
	defer p.grants.mu.Unlock()
	p.grants.end(func(g grant) bool { return g.person.Subject == subject })
}
