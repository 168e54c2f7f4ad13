package oidctest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// lies are what a provider was told to say. The zero value is the truth.
type lies struct {
	idToken       []func(header, claims map[string]any)
	discovery     []func(doc map[string]any)
	token         []func(answer map[string]any)
	userinfo      []func(claims map[string]any)
	jwks          []func(keys []map[string]any) []map[string]any
	reply         []func(reply url.Values)
	introspection []func(answer map[string]any)

	signer  Signer
	json    func(header, claims string) (string, string)
	rewrite func(token string) string

	answers map[Endpoint]http.HandlerFunc
	bodies  map[Endpoint]func(honest string) string
}

// told returns the lies of this moment.
func (p *Provider) told() lies {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lies
	l.idToken, l.discovery, l.token = slices.Clone(l.idToken), slices.Clone(l.discovery), slices.Clone(l.token)
	l.introspection = slices.Clone(l.introspection)
	l.userinfo, l.jwks, l.reply = slices.Clone(l.userinfo), slices.Clone(l.jwks), slices.Clone(l.reply)
	l.answers, l.bodies = maps.Clone(l.answers), maps.Clone(l.bodies)
	return l
}

// lie tells one more.
func (p *Provider) lie(f func(l *lies)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.lies)
}

// Honest takes all lies back, the clock's too. Keys and the person stay.
func (p *Provider) Honest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lies, p.skew = lies{}, 0
}

// Clock makes the provider's clock wrong by an offset.
func (p *Provider) Clock(offset time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skew = offset
}

// IDToken changes header and claims of ID tokens before they are signed.
// json.RawMessage is written as it stands, if it is JSON.
func (p *Provider) IDToken(f func(header, claims map[string]any)) {
	p.lie(func(l *lies) { l.idToken = append(l.idToken, f) })
}

// Discovery changes the metadata.
func (p *Provider) Discovery(f func(doc map[string]any)) {
	p.lie(func(l *lies) { l.discovery = append(l.discovery, f) })
}

// Token changes good answers of the token endpoint.
func (p *Provider) Token(f func(answer map[string]any)) {
	p.lie(func(l *lies) { l.token = append(l.token, f) })
}

// UserInfo changes good answers of the userinfo endpoint.
func (p *Provider) UserInfo(f func(claims map[string]any)) {
	p.lie(func(l *lies) { l.userinfo = append(l.userinfo, f) })
}

// Introspection changes answers about tokens that are good.
func (p *Provider) Introspection(f func(answer map[string]any)) {
	p.lie(func(l *lies) { l.introspection = append(l.introspection, f) })
}

// JWKS changes the published keys.
func (p *Provider) JWKS(f func(keys []map[string]any) []map[string]any) {
	p.lie(func(l *lies) { l.jwks = append(l.jwks, f) })
}

// Reply changes what a browser is sent back with.
func (p *Provider) Reply(f func(reply url.Values)) {
	p.lie(func(l *lies) { l.reply = append(l.reply, f) })
}

// SignWith signs all tokens with something else. The kid
// stays that of [Provider.Key].
func (p *Provider) SignWith(s Signer) {
	p.lie(func(l *lies) { l.signer = s })
}

// RewriteJSON changes the texts of header and claims before they are encoded
// and signed: for members that come twice and JSON that is none.
func (p *Provider) RewriteJSON(f func(header, claims string) (string, string)) {
	p.lie(func(l *lies) { l.json = f })
}

// Rewrite changes ID tokens and logout tokens after they were signed.
func (p *Provider) Rewrite(f func(token string) string) {
	p.lie(func(l *lies) { l.rewrite = f })
}

// Answer answers for an endpoint; nil is the honest answer again.
func (p *Provider) Answer(e Endpoint, h http.HandlerFunc) {
	p.lie(func(l *lies) {
		l.answers = maps.Clone(l.answers)
		if l.answers == nil {
			l.answers = map[Endpoint]http.HandlerFunc{}
		}
		l.answers[e] = h
	})
}

// Body changes the text of what an endpoint answers; nil leaves it.
func (p *Provider) Body(e Endpoint, f func(honest string) string) {
	p.lie(func(l *lies) {
		l.bodies = maps.Clone(l.bodies)
		if l.bodies == nil {
			l.bodies = map[Endpoint]func(string) string{}
		}
		l.bodies[e] = f
	})
}
