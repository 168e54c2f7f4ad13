package oidctest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var pkce = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// Visit is a person's browser: it goes to where AuthURL leads, signs in, and
// returns the query that the provider sends it back with.
func (p *Provider) Visit(tb testing.TB, authURL string) url.Values {
	tb.Helper()
	u, err := url.Parse(authURL)
	if err != nil {
		tb.Fatal(err)
	}
	q, err := p.grant(u.Query())
	if err != nil {
		tb.Fatal(err)
	}
	return q
}

// authorize signs in whoever comes and sends them back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q, err := p.grant(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+q.Encode(), http.StatusSeeOther)
}

// grant checks a request as a strict provider does and makes a code.
func (p *Provider) grant(q url.Values) (url.Values, error) {
	for name, values := range q {
		if len(values) != 1 {
			return nil, fmt.Errorf("%s is there %d times", name, len(values))
		}
	}
	switch {
	case q.Get("client_id") != ClientID:
		return nil, fmt.Errorf("client_id %q", q.Get("client_id"))
	case q.Get("response_type") != "code":
		return nil, fmt.Errorf("response_type %q", q.Get("response_type"))
	case q.Get("code_challenge_method") != "S256" || !pkce.MatchString(q.Get("code_challenge")):
		return nil, fmt.Errorf("no S256 challenge")
	case len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22:
		return nil, fmt.Errorf("state or nonce is missing or short")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := random()
	p.codes[code] = grant{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), nonce: q.Get("nonce"), authTime: q.Get("max_age")}
	reply := url.Values{"code": {code}, "state": {q.Get("state")}}
	if !p.lies.NoIss {
		reply.Set("iss", p.URL)
	}
	return reply, nil
}

// token is the token endpoint: RFC 6749 §4.1.3 and §6.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !p.clientIsRight(r) {
		send(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": Secret})
		return
	}
	g, ok := p.take(r.PostForm)
	if !ok {
		send(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	l := p.current()
	access := random()
	answer := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": p.keepRefresh(g),
		"id_token": p.idToken(l, g, access),
	}
	if l.Token != nil {
		l.Token(answer)
	}
	send(w, http.StatusOK, answer)
}

// clientIsRight checks the client's secret, or leaves the proof to the test
// where the client sends an assertion.
func (p *Provider) clientIsRight(r *http.Request) bool {
	if r.PostForm.Get("client_assertion") != "" {
		return true
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id") == ClientID && r.PostForm.Get("client_secret") == Secret
	}
	id, err := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return err == nil && err2 == nil && id == ClientID && secret == Secret && !r.PostForm.Has("client_secret")
}

func (p *Provider) take(form url.Values) (g grant, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if form.Get("grant_type") == "refresh_token" {
		token := form.Get("refresh_token")
		g, ok = p.refresh[token]
		delete(p.refresh, token)
		return g, ok && !p.disabled
	}
	code := form.Get("code")
	g, ok = p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	right := pkce.MatchString(form.Get("code_verifier")) && base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
	return g, ok && right && form.Get("grant_type") == "authorization_code" && form.Get("redirect_uri") == g.redirect
}

func (p *Provider) keepRefresh(g grant) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := random()
	p.refresh[token] = g
	return token
}

func (p *Provider) idToken(l Lies, g grant, access string) string {
	p.mu.Lock()
	key, now := p.key, p.now()
	p.mu.Unlock()
	claims := maps.Clone(person)
	sum := sha256.Sum256([]byte(access))
	maps.Copy(claims, map[string]any{
		"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Unix() + 300, "nonce": g.nonce, "sid": "upstream-session",
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]), "amr": []any{"pwd", "otp"},
	})
	if g.authTime != "" {
		claims["auth_time"] = now.Unix()
	}
	header := map[string]any{"alg": string(key.Algorithm), "kid": key.ID}
	if l.IDToken != nil {
		l.IDToken(header, claims)
	}
	if l.Sign != nil {
		return l.Sign(header, claims)
	}
	return Sign(key, header, claims)
}

// LogoutToken makes a back-channel logout token; change may lie in it.
func (p *Provider) LogoutToken(change func(header, claims map[string]any)) string {
	p.mu.Lock()
	key, now := p.key, p.now()
	p.mu.Unlock()
	header := map[string]any{"alg": string(key.Algorithm), "kid": key.ID, "typ": "logout+jwt"}
	claims := map[string]any{
		"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Unix() + 120, "jti": random(), "sub": Subject, "sid": "upstream-session",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if change != nil {
		change(header, claims)
	}
	return Sign(key, header, claims)
}
