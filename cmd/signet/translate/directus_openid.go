package translate

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// discovery is where a discovery document is, below the issuer.
const discovery = "/.well-known/openid-configuration"

// openid translates a provider of the driver openid.
func (p *provider) openid() {
	p.issuer()
	p.redirect()
	p.openidClient()
	p.scopesWith("openid")
	p.fields(
		pair{"email", p.field("EMAIL_KEY", "")}, pair{"given_name", p.field("FIRST_NAME_KEY", "")},
		pair{"family_name", p.field("LAST_NAME_KEY", "")}, pair{"groups", p.mapped()},
	)
	if known := p.text("IDENTIFIER_KEY"); known != "" && known != "sub" {
		p.otherID(known)
	}
	if p.flag("REQUIRE_VERIFIED_EMAIL", false) {
		p.say("An address that the provider has not verified keeps nobody out here (" + p.prefix + "REQUIRE_VERIFIED_EMAIL was on), but it counts for nothing: it joins no account and is not marked as verified in tokens. To let in known domains only, write domains.")
	}
	p.mapping()
	p.parameters(map[string]param{
		"prompt":        {"prompt", []string{"login", "consent", "select_account"}},
		"response_mode": {"response_mode", []string{"query", "form_post"}},
		"max_age":       {"max_age", nil},
		"acr_values":    {"acr", nil},
	})
}

// tenant matches the issuer of Microsoft's directories.
var tenant = regexp.MustCompile(`^https://login\.microsoftonline\.com/([^/]+)/v2\.0$`)

// issuer writes who vouches. Directus takes the discovery document's address for
// it too, which tells all but whether the issuer ends in a slash.
func (p *provider) issuer() {
	text := p.need("ISSUER_URL", "issuer")
	issuer, document := strings.CutSuffix(text, discovery)
	if m := tenant.FindStringSubmatch(strings.TrimSuffix(issuer, "/")); m != nil {
		p.add("preset", "microsoft")
		p.add("tenant", scalar(m[1]))
		if slices.Contains([]string{"common", "organizations", "consumers"}, m[1]) {
			p.lack("Everybody's directory is meant by the tenant " + m[1] + ": list at tenants the ids of those whose people may enter.")
			p.add("tenants", "[99999999-8888-7777-6666-555555555555]")
		}
		return
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		p.lack(p.prefix + "ISSUER_URL is no address of an issuer.")
		p.add("issuer", scalar(issuer))
		return
	}
	var about []string
	if document {
		if strings.HasSuffix(u.Hostname(), ".auth0.com") || strings.Contains(u.Path, "/application/o/") {
			issuer += "/"
		}
		about = []string{"To the letter as in " + text + ", where it may end in a slash."}
	}
	p.add("issuer", scalar(issuer), about...)
	p.insecure(issuer)
}

// openidClient is how Signet proves that it is the client.
func (p *provider) openidClient() {
	method := p.authentication("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
	p.add("client_auth", method)
	secret := p.secret("CLIENT_SECRET")
	switch {
	case method == "private_key_jwt":
		p.text("CLIENT_PRIVATE_KEYS")
		p.lack("Write the private key of " + p.prefix + "CLIENT_PRIVATE_KEYS, which is a JWK there, as PEM into a file, and its kid at private_key_id.")
		p.add("private_key", "{file: key.pem}")
		return
	case method == "none":
		return
	case secret == "":
		p.lack(p.prefix + "CLIENT_SECRET is missing; for a client without one write client_auth: none.")
	}
	p.add("client_secret", or(secret, "{env: "+scalar(p.prefix+"CLIENT_SECRET")+"}"))
	switch alg := p.text("CLIENT_ID_TOKEN_SIGNED_RESPONSE_ALG"); {
	case alg == "":
	case slices.Contains([]string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}, alg):
		p.add("algorithms", "["+alg+"]")
	default:
		p.lack(p.prefix + "CLIENT_ID_TOKEN_SIGNED_RESPONSE_ALG was " + shown(alg) + ", which Signet does not accept: have the provider sign with RS256 or ES256.")
	}
}

// scopesWith is scopes, with one that must be among them.
func (p *provider) scopesWith(needed string) {
	all := strings.Fields(p.text("SCOPE"))
	if len(all) == 0 {
		return
	}
	if !slices.Contains(all, needed) {
		all = append([]string{needed}, all...)
	}
	p.add("scopes", list(all))
}
