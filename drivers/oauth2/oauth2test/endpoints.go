package oauth2test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// serve is every request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "no form", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	down, own := s.down, s.own[r.URL.Path]
	s.calls = append(s.calls, Call{r.Method, r.URL.Path, r.Header.Clone(), r.URL.Query(), r.PostForm})
	s.mu.Unlock()
	more, extra := s.options.More[r.URL.Path]
	switch {
	case down:
		panic(http.ErrAbortHandler)
	case own != nil:
		own(w, r)
	case r.URL.Path == s.options.Authorize:
		s.authorize(w, r)
	case r.URL.Path == s.options.Token:
		s.token(w, r)
	case r.URL.Path == s.options.Introspect:
		s.introspect(w, r)
	case r.URL.Path == s.options.Profile:
		s.tell(w, r, "")
	case extra:
		s.tell(w, r, more)
	default:
		http.NotFound(w, r)
	}
}

// authorize is the person who signs in and says yes (RFC 6749 §4.1.1).
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range q {
		if len(values) != 1 {
			http.Error(w, name+" is there twice", http.StatusBadRequest)
			return
		}
	}
	to, err := url.Parse(s.RedirectURI)
	if err != nil || q.Get("redirect_uri") != s.RedirectURI || q.Get("client_id") != s.ClientID || q.Get("response_type") != "code" {
		http.Error(w, "no such client, or not its redirect URI", http.StatusBadRequest)
		return
	}
	bare := s.options.Lax && !q.Has("code_challenge") && !q.Has("code_challenge_method")
	if q.Get("state") == "" || !bare && (q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43) {
		http.Error(w, "state and S256 are needed", http.StatusBadRequest)
		return
	}
	code := fresh()
	s.mu.Lock()
	s.codes[code] = grant{q.Get("code_challenge"), q.Get("redirect_uri")}
	s.mu.Unlock()
	back := to.Query()
	back.Set("code", code)
	back.Set("state", q.Get("state"))
	to.RawQuery = back.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

// token is the token endpoint (RFC 6749 §4.1.3 and §6).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || len(r.URL.Query()) > 0 || !s.proven(r) {
		deny(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		g, ok := s.codes[r.PostForm.Get("code")]
		delete(s.codes, r.PostForm.Get("code"))
		if !ok || challenge(r.PostForm.Get("code_verifier")) != g.challenge || r.PostForm.Get("redirect_uri") != g.redirect {
			deny(w, http.StatusBadRequest, "invalid_grant")
			return
		}
	case "refresh_token":
		if !s.renewals[r.PostForm.Get("refresh_token")] {
			deny(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		delete(s.renewals, r.PostForm.Get("refresh_token"))
	default:
		deny(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	s.give(w)
}

// challenge is a verifier's S256 transform (RFC 7636 §4.2), nothing of nothing.
func challenge(verifier string) string {
	if verifier == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// introspect tells a client about a token (RFC 7662 §2).
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || len(r.URL.Query()) > 0 || !s.proven(r) {
		deny(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := r.PostForm.Get("token")
	ends, ok := s.tokens[token]
	if !ok || !s.options.Now().Before(ends) {
		reply(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	answer := map[string]any{"active": true, "client_id": s.ClientID, "token_type": "bearer", "exp": ends.Unix(), "scope": "profile mail"}
	if s.sayOf != nil {
		s.sayOf(token, answer)
	}
	reply(w, http.StatusOK, answer)
}

// give writes new tokens; mu is held.
func (s *Server) give(w http.ResponseWriter) {
	access := fresh()
	s.tokens[access] = s.options.Now().Add(s.options.Life)
	answer := map[string]any{"access_token": access, "token_type": "bearer", "expires_in": int(s.options.Life.Seconds())}
	if !s.options.NoRefresh {
		refresh := fresh()
		s.renewals[refresh] = true
		answer["refresh_token"] = refresh
	}
	reply(w, http.StatusOK, answer)
}

// proven checks the client in the header or in the body, never both (RFC 6749
// §2.3.1).
func (s *Server) proven(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id") == s.ClientID && r.PostForm.Get("client_secret") == s.ClientSecret
	}
	id, err := url.QueryUnescape(id)
	if err != nil || r.PostForm.Has("client_secret") {
		return false
	}
	secret, err = url.QueryUnescape(secret)
	return err == nil && id == s.ClientID && secret == s.ClientSecret
}

// tell answers about the person, to a good token in the header only (RFC 6750
// §2.1). An empty text is the profile.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, text string) {
	access, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if ends, ok := s.tokens[access]; !ok || !bearer || !s.options.Now().Before(ends) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(or(text, s.profile))) // a caller who went away
}

func deny(w http.ResponseWriter, status int, kind string) {
	reply(w, status, map[string]any{"error": kind, "error_description": "it is not good"})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a caller who went away
}

// Visit is the person's browser: it goes to an address of the server and
// returns the query that it is sent back with.
func (s *Server) Visit(tb testing.TB, to string) url.Values {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, to, nil)
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := s.browser().Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		tb.Fatalf("the server answers %d to %s", answer.StatusCode, to)
	}
	q := back.Query()
	q.Del("x") // our own part of the address
	return q
}

// browser trusts the server and follows nothing.
func (s *Server) browser() *http.Client {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if cert := s.http.Certificate(); cert != nil {
		roots := x509.NewCertPool()
		roots.AddCert(cert)
		c.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	}
	return c
}
