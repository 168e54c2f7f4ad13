package oidctest

import (
	"net/http"
	"strings"
)

// userinfo answers who an access token stands for (OpenID Connect Core §5.3).
// Tokens are taken from the Authorization header only.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	g, ok := p.grants.accessed(token)
	if !ok || !strings.EqualFold(kind, "Bearer") || p.now().After(g.expires) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		p.write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	claims := p.today(g).profile(g.scopes)
	for _, f := range p.told().userinfo {
		f(claims)
	}
	p.write(w, http.StatusOK, claims)
}
