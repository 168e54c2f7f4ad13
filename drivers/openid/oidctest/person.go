package oidctest

import (
	"maps"
	"slices"
)

// Person is who signs in. Empty fields make no claim.
type Person struct {
	Subject string
	Login   string // preferred_username
	Name    string
	Email   string
	// EmailVerified is nearly always a boolean; nil makes no claim.
	EmailVerified any
	// Groups is nearly always a []string; nil makes no claim.
	Groups any
	AMR    []string
	ACR    string
	SID    string // the session at the provider
	// Extra are more claims, for ID token and userinfo alike. They win over
	// those above.
	Extra map[string]any
}

// ada is who signs in unless a test says otherwise.
func ada() Person {
	return Person{
		Subject: "a1b2-ada", Login: "ada", Name: "Ada Lovelace", Email: "ada@example.org", EmailVerified: true,
		Groups: []string{"engineers", "readers"}, AMR: []string{"pwd", "otp"}, SID: "session-of-ada",
	}
}

// SetPerson makes somebody else sign in from now on. Tokens that were given
// out keep their person; where that has the same subject, the profile is
// today's.
func (p *Provider) SetPerson(q Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = q
}

// Person is who signs in now.
func (p *Provider) Person() Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.person
}

// today is the person of a grant with the profile of today.
func (p *Provider) today(g grant) Person {
	if q := p.Person(); q.Subject == g.person.Subject {
		return q
	}
	return g.person
}

// profile are the claims about a person that the scopes ask for (OpenID
// Connect Core §5.4). Groups come with any scope.
func (q Person) profile(scopes []string) map[string]any {
	c := map[string]any{"sub": q.Subject}
	if slices.Contains(scopes, "profile") {
		put(c, "preferred_username", q.Login)
		put(c, "name", q.Name)
	}
	if slices.Contains(scopes, "email") {
		put(c, "email", q.Email)
		if q.EmailVerified != nil {
			c["email_verified"] = q.EmailVerified
		}
	}
	if q.Groups != nil {
		c["groups"] = q.Groups
	}
	maps.Copy(c, q.Extra)
	return c
}

func put(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}
