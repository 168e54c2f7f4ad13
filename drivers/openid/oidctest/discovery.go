package oidctest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// discover answers with the metadata (OpenID Connect Discovery §3).
func (p *Provider) discover(w http.ResponseWriter, _ *http.Request) {
	algs := []string{"RS256"} // must be there (OpenID Connect Discovery §3)
	for _, k := range p.Keys() {
		if !slices.Contains(algs, k.Alg) {
			algs = append(algs, k.Alg)
		}
	}
	doc := map[string]any{
		"issuer":                                         p.Issuer(),
		"authorization_endpoint":                         p.URL(Authorize),
		"token_endpoint":                                 p.URL(Token),
		"userinfo_endpoint":                              p.URL(UserInfo),
		"jwks_uri":                                       p.URL(JWKS),
		"end_session_endpoint":                           p.URL(Logout),
		"introspection_endpoint":                         p.URL(Introspection),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "form_post"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          algs,
		"scopes_supported":                               []string{"openid", "profile", "email", "offline_access"},
		"token_endpoint_auth_methods_supported":          p.o.ClientAuth,
		"code_challenge_methods_supported":               []string{"S256"},
		"claims_supported":                               []string{"sub", "name", "preferred_username", "email", "email_verified", "groups", "amr", "acr", "sid"},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
	}
	for _, f := range p.told().discovery {
		f(doc)
	}
	p.write(w, http.StatusOK, doc)
}

// jwks answers with the public keys (RFC 7517 §5).
func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	keys := []map[string]any{}
	for _, k := range p.Keys() {
		keys = append(keys, k.JWK())
	}
	for _, f := range p.told().jwks {
		keys = f(keys)
	}
	p.write(w, http.StatusOK, map[string]any{"keys": keys})
}

// write answers with JSON and the provider's time.
func (p *Provider) write(w http.ResponseWriter, status int, answer map[string]any) {
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, "a lie that is no JSON: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
