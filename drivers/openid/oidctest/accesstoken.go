package oidctest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
)

// everything is the scope of the access tokens that a test asks for.
const everything = "openid profile email"

// AccessToken makes an access token of a person that is a JWT (RFC 9068 §2),
// as the relying party would get it. mutate may be nil. [Provider.SignWith] and
// its like count here too, [Provider.IDToken] does not.
func (p *Provider) AccessToken(tb testing.TB, q Person, mutate func(header, claims map[string]any)) string {
	tb.Helper()
	now := p.now()
	claims := q.profile(strings.Fields(everything))
	for name, value := range map[string]any{
		"iss": p.Issuer(), "aud": p.ClientID, "client_id": p.ClientID, "iat": now.Unix(), "exp": now.Add(accessLife).Unix(),
		"jti": rand.Text(), "scope": everything,
	} {
		claims[name] = value
	}
	if mutate == nil {
		mutate = func(_, _ map[string]any) {}
	}
	made, err := p.jws("at+jwt", claims, mutate)
	if err != nil {
		tb.Fatalf("make an access token: %v", err)
	}
	return made
}

// OpaqueToken gives out an access token of a person that says nothing by
// itself; its userinfo and introspection do.
func (p *Provider) OpaqueToken(q Person) string {
	now := p.now()
	access, _ := p.grants.tokens(grant{family: rand.Text(), person: q, scopes: strings.Fields(everything), at: now}, now.Add(accessLife))
	return access
}

// introspect tells a client about an access token (RFC 7662 §2). Of one that
// is not good it tells nothing, nor of a refresh token.
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) {
	if wrong := p.asked(r); wrong != nil {
		p.write(w, http.StatusUnauthorized, map[string]any{"error": wrong.code, "error_description": wrong.why})
		return
	}
	g, ok := p.grants.accessed(r.PostForm.Get("token"))
	if !ok || !p.now().Before(g.expires) {
		p.write(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	answer := p.today(g).profile(g.scopes)
	for name, value := range map[string]any{
		"active": true, "iss": p.Issuer(), "aud": p.ClientID, "client_id": p.ClientID, "token_type": "Bearer",
		"iat": g.at.Unix(), "exp": g.expires.Unix(), "scope": strings.Join(g.scopes, " "),
	} {
		answer[name] = value
	}
	for _, f := range p.told().introspection {
		f(answer)
	}
	p.write(w, http.StatusOK, answer)
}
