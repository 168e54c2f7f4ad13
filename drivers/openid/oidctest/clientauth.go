package oidctest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// refusal is an error answer of the token endpoint (RFC 6749 §5.2).
type refusal struct{ code, why string }

func (e *refusal) Error() string { return e.code + ": " + e.why }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code: code, why: fmt.Sprintf(format, args...)}
}

// authenticate checks who calls the token endpoint, by exactly one method.
func (p *Provider) authenticate(r *http.Request) *refusal {
	method, id, secret, wrong := credentials(r)
	switch {
	case wrong != nil:
		return wrong
	case !slices.Contains(p.o.ClientAuth, method):
		return refuse("invalid_client", "method %s is not among %q", method, p.o.ClientAuth)
	case method == "private_key_jwt":
		return p.checkAssertion(r.PostForm)
	case id != p.ClientID:
		return refuse("invalid_client", "client %q is unknown", id)
	case method == "none":
		return nil
	case p.o.CheckSecret != nil && p.o.CheckSecret(secret), p.o.CheckSecret == nil && secret == p.ClientSecret:
		return nil
	}
	return refuse("invalid_client", "wrong secret")
}

// credentials finds the method and what came with it.
func credentials(r *http.Request) (method, id, secret string, wrong *refusal) {
	form := r.PostForm
	var methods []string
	user, pass, basic := r.BasicAuth()
	if basic {
		methods = append(methods, "client_secret_basic")
		var err1, err2 error
		id, err1 = url.QueryUnescape(user) // RFC 6749 §2.3.1
		secret, err2 = url.QueryUnescape(pass)
		if err1 != nil || err2 != nil {
			return "", "", "", refuse("invalid_client", "Basic credentials are not form-encoded")
		}
		if form.Has("client_id") && form.Get("client_id") != id {
			return "", "", "", refuse("invalid_request", "two client ids")
		}
	}
	if form.Has("client_secret") {
		methods, id, secret = append(methods, "client_secret_post"), form.Get("client_id"), form.Get("client_secret")
	}
	if form.Has("client_assertion") {
		methods = append(methods, "private_key_jwt")
	}
	switch len(methods) {
	case 0:
		return "none", form.Get("client_id"), "", nil
	case 1:
		return methods[0], id, secret, nil
	}
	return "", "", "", refuse("invalid_request", "methods %q at once", methods)
}

// checkAssertion verifies private_key_jwt (RFC 7523 §3).
func (p *Provider) checkAssertion(form url.Values) *refusal {
	if form.Get("client_assertion_type") != assertionType {
		return refuse("invalid_client", "client_assertion_type is %q", form.Get("client_assertion_type"))
	}
	jws, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	})
	if err != nil {
		return refuse("invalid_client", "assertion: %v", err)
	}
	payload, err := jws.Verify(p.o.ClientKey)
	if err != nil {
		return refuse("invalid_client", "assertion: %v", err)
	}
	var c struct {
		Iss, Sub, Jti string
		Aud           any
		Exp           int64
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return refuse("invalid_client", "assertion: %v", err)
	}
	left := time.Unix(c.Exp, 0).Sub(p.now())
	switch {
	case c.Iss != p.ClientID || c.Sub != p.ClientID:
		return refuse("invalid_client", "assertion of %q about %q", c.Iss, c.Sub)
	case !p.meant(c.Aud):
		return refuse("invalid_client", "assertion for %v", c.Aud)
	case left <= 0 || left > time.Hour:
		return refuse("invalid_client", "assertion has %v left", left)
	case c.Jti == "" || !p.grants.once("assertion "+c.Jti):
		return refuse("invalid_client", "assertion's jti %q is missing or was seen", c.Jti)
	}
	return nil
}

// meant reports an audience that is the provider alone.
func (p *Provider) meant(aud any) bool {
	if list, ok := aud.([]any); ok && len(list) == 1 {
		aud = list[0]
	}
	return aud == p.Issuer() || aud == p.URL(Token)
}

// once reports whether something comes for the first time.
func (s *grants) once(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, seen := s.spent[what]
	s.spent[what] = ""
	return !seen
}
