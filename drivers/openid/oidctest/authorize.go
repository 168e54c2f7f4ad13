package oidctest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// challenges is what a code challenge may look like (RFC 7636 §4.2).
var challenges = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// page submits a reply at once (OAuth 2.0 Form Post Response Mode §2).
var page = template.Must(template.New("page").Parse(`<!doctype html><title>Signing in</title>
<body onload="document.forms[0].submit()"><form method="post" action="{{.To}}">
{{range $name, $values := .Reply}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<noscript><button>Continue</button></noscript></form></body>
`))

// Visit is the person's browser: it goes to the address that a relying party
// made, signs in at once, and returns what it is sent back with. The test
// fails when the address is not one that an honest provider takes.
func (p *Provider) Visit(tb testing.TB, authURL string) url.Values {
	tb.Helper()
	u, err := url.Parse(authURL)
	if err != nil {
		tb.Fatalf("visit: %v", err)
	}
	at, q := *u, u.Query()
	if at.RawQuery = ""; at.String() != p.URL(Authorize) {
		tb.Fatalf("visit: the address leads to %s, want %s", at.String(), p.URL(Authorize))
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		tb.Fatalf("visit: %v", err)
	}
	if err := p.checkRequest(q); err != nil {
		tb.Fatalf("visit: %v", err)
	}
	p.log.add(Authorize, Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
	return p.signIn(q)
}

// authorize is the same over HTTP: it sends the browser straight back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		q = r.Form
	}
	if err := p.checkRequest(q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	to, reply := q.Get("redirect_uri"), p.signIn(q)
	if q.Get("response_mode") != "form_post" {
		http.Redirect(w, r, join(to, reply), http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, map[string]any{"To": to, "Reply": reply}) // the browser may be gone
}

// join adds a query to an address that may have one.
func join(address string, q url.Values) string {
	if strings.Contains(address, "?") {
		return address + "&" + q.Encode()
	}
	return address + "?" + q.Encode()
}

// signIn gives the current person a code for a request that was checked.
func (p *Provider) signIn(q url.Values) url.Values {
	now := p.now()
	code := p.grants.code(grant{
		family: rand.Text(), person: p.Person(), nonce: q.Get("nonce"), challenge: q.Get("code_challenge"),
		redirectURI: q.Get("redirect_uri"), scopes: strings.Fields(q.Get("scope")), at: now, expires: now.Add(codeLife),
	})
	reply := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer()}}
	for _, f := range p.told().reply {
		f(reply)
	}
	return reply
}

// checkRequest finds what an authorization request has wrong (OpenID Connect
// Core §3.1.2.1, RFC 7636 §4.3).
func (p *Provider) checkRequest(q url.Values) error {
	for name, values := range q {
		if len(values) != 1 {
			return fmt.Errorf("%s comes %d times", name, len(values))
		}
	}
	for name, want := range map[string][]string{
		"client_id": {p.ClientID}, "response_type": {"code"}, "response_mode": {"", "query", "form_post"},
	} {
		if !slices.Contains(want, q.Get(name)) {
			return fmt.Errorf("%s is %q, want one of %q", name, q.Get(name), want)
		}
	}
	if err := p.checkRedirect(q.Get("redirect_uri")); err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(q.Get("scope")), "openid") {
		return fmt.Errorf("scope %q is without openid", q.Get("scope"))
	}
	if q.Get("state") == "" {
		return errors.New("state is missing")
	}
	if q.Has("client_secret") || q.Has("code_verifier") {
		return errors.New("a secret is in the address")
	}
	if p.o.Lax {
		return nil
	}
	return checkProofs(q)
}

// checkProofs finds what is wrong with what ties a reply to its request.
func checkProofs(q url.Values) error {
	if q.Get("nonce") == "" {
		return errors.New("nonce is missing")
	}
	if m := q.Get("code_challenge_method"); m != "S256" {
		return fmt.Errorf("code_challenge_method is %q, want S256", m)
	}
	if c := q.Get("code_challenge"); !challenges.MatchString(c) {
		return fmt.Errorf("code_challenge %q is not 43 to 128 unreserved characters", c)
	}
	return nil
}

func (p *Provider) checkRedirect(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || !u.IsAbs() || u.Host == "" || strings.Contains(uri, "#") {
		return fmt.Errorf("redirect_uri %q is not an absolute address without fragment", uri)
	}
	if p.o.RedirectURIs != nil && !slices.Contains(p.o.RedirectURIs, uri) {
		return fmt.Errorf("redirect_uri %q is not registered", uri)
	}
	return nil
}
