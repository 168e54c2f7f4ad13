package oidctest

import (
	"crypto/sha256"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// token is the token endpoint (RFC 6749 §3.2).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	answer, wrong := p.redeem(r)
	if wrong != nil {
		status := http.StatusBadRequest
		if wrong.code == "invalid_client" {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		}
		p.write(w, status, map[string]any{"error": wrong.code, "error_description": wrong.why})
		return
	}
	for _, f := range p.told().token {
		f(answer)
	}
	p.write(w, http.StatusOK, answer)
}

// redeem checks a request and takes what it brings.
func (p *Provider) redeem(r *http.Request) (map[string]any, *refusal) {
	if wrong := p.asked(r); wrong != nil {
		return nil, wrong
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		return p.redeemCode(r.PostForm)
	case "refresh_token":
		return p.redeemRefresh(r.PostForm)
	}
	return nil, refuse("unsupported_grant_type", "%q", r.PostForm.Get("grant_type"))
}

// asked checks what is alike in all questions of a client: a form in which
// nothing comes twice, and who asks.
func (p *Provider) asked(r *http.Request) *refusal {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" {
		return refuse("invalid_request", "%s with content type %q", r.Method, r.Header.Get("Content-Type"))
	}
	if err := r.ParseForm(); err != nil {
		return refuse("invalid_request", "%v", err)
	}
	for name, values := range r.PostForm {
		if len(values) != 1 {
			return refuse("invalid_request", "%s comes %d times", name, len(values))
		}
	}
	if r.URL.RawQuery != "" {
		return refuse("invalid_request", "parameters in the address")
	}
	return p.authenticate(r)
}

func (p *Provider) redeemCode(form url.Values) (map[string]any, *refusal) {
	g, ok := p.grants.takeCode(form.Get("code"))
	switch {
	case !ok || p.now().After(g.expires):
		return nil, refuse("invalid_grant", "code is unknown, used or expired")
	case form.Get("redirect_uri") != g.redirectURI:
		return nil, refuse("invalid_grant", "redirect_uri is not that of the code")
	case g.challenge != challenge(form.Get("code_verifier")):
		return nil, refuse("invalid_grant", "code_verifier is not that of the code")
	}
	return p.answer(g, g.nonce)
}

// challenge is a verifier's S256 transform (RFC 7636 §4.2), nothing of
// nothing.
func challenge(verifier string) string {
	if verifier == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return b64(sum[:])
}

// redeemRefresh rotates. The new ID token has no nonce (OpenID Connect Core
// §12.2).
func (p *Provider) redeemRefresh(form url.Values) (map[string]any, *refusal) {
	g, ok := p.grants.takeRefresh(form.Get("refresh_token"))
	if !ok {
		return nil, refuse("invalid_grant", "refresh token is unknown, used or revoked")
	}
	return p.answer(g, "")
}

// answer is what a grant is worth.
func (p *Provider) answer(g grant, nonce string) (map[string]any, *refusal) {
	access, refresh := p.grants.tokens(g, p.now().Add(accessLife))
	id, err := p.idToken(g, nonce, access)
	if err != nil {
		return nil, refuse("server_error", "%v", err)
	}
	return map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife.Seconds()),
		"refresh_token": refresh, "id_token": id, "scope": strings.Join(g.scopes, " "),
	}, nil
}

// idToken makes an ID token (OpenID Connect Core §2).
func (p *Provider) idToken(g grant, nonce, access string) (string, error) {
	now, q := p.now(), p.today(g)
	claims := q.profile(g.scopes)
	own := map[string]any{
		"iss": p.Issuer(), "aud": p.ClientID, "iat": now.Unix(), "exp": now.Add(accessLife).Unix(),
		"auth_time": g.at.Unix(), "at_hash": p.atHash(access),
	}
	put(own, "nonce", nonce)
	put(own, "sid", q.SID)
	put(own, "acr", q.ACR)
	if len(q.AMR) > 0 {
		own["amr"] = q.AMR
	}
	maps.Copy(own, claims)
	return p.jws("JWT", own, p.told().idToken...)
}

// atHash is the left half of an access token's hash (OpenID Connect Core
// §3.1.3.6), with the hash of what signs.
func (p *Provider) atHash(access string) string {
	alg := p.Key().Alg
	if s := p.told().signer; s != nil {
		alg = s.Algorithm()
	}
	sum := digest(hashOf(alg), []byte(access))
	return b64(sum[:len(sum)/2])
}
