package translate

import "strings"

// services are those whose addresses were for a preset of ours.
var services = []struct{ preset, authorize, access, profile string }{
	{"github", "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token", "https://api.github.com/user"},
	{"discord", "https://discord.com/api/oauth2/authorize", "https://discord.com/api/oauth2/token", "https://discord.com/api/users/@me"},
	{"gitlab", "https://gitlab.com/oauth/authorize", "https://gitlab.com/oauth/token", "https://gitlab.com/api/v4/user"},
}

// oauth2 translates a provider of the driver oauth2.
func (p *provider) oauth2() {
	preset := p.service()
	if preset != "" {
		p.add("preset", preset, "Brings the addresses and the fields; Directus had the same addresses.")
	} else {
		addresses := []string{p.text("AUTHORIZE_URL"), p.text("ACCESS_URL"), p.text("PROFILE_URL")}
		p.address("AUTHORIZE_URL", "authorize_url")
		p.address("ACCESS_URL", "token_url")
		p.address("PROFILE_URL", "profile_url")
		p.insecure(addresses...)
	}
	p.redirect()
	secret := p.secret("CLIENT_SECRET")
	if secret == "" {
		p.lack(p.prefix + "CLIENT_SECRET is missing.")
	}
	p.add("client_secret", or(secret, "{env: "+scalar(p.prefix+"CLIENT_SECRET")+"}"))
	p.add("client_auth", p.authentication("client_secret_basic", "client_secret_post"))
	p.scopes()
	if preset != "" {
		p.presetID()
	} else {
		p.profile()
	}
	p.mapping()
	p.parameters(nil)
}

// service is the preset whose addresses the variables hold, "" for none.
func (p *provider) service() string {
	for _, s := range services {
		if strings.TrimSuffix(p.text("AUTHORIZE_URL"), "/") == s.authorize && p.text("ACCESS_URL") == s.access && p.text("PROFILE_URL") == s.profile {
			return s.preset
		}
	}
	return ""
}

// presetID says by what people were known, where it was not the immutable id.
func (p *provider) presetID() {
	known := or(p.text("IDENTIFIER_KEY"), or(p.text("EMAIL_KEY"), "email"))
	for _, name := range []string{"EMAIL_KEY", "FIRST_NAME_KEY", "LAST_NAME_KEY"} {
		p.text(name) // the preset knows
	}
	if known != "id" {
		p.otherID(known)
	}
	if groups := p.mapped(); groups != "" {
		p.fields(pair{"groups", groups})
	}
}

// otherID says that people are known by something else here, and how those come
// in who were imported.
func (p *provider) otherID(known string) {
	p.keys = append(p.keys, off(key("link", "verified_email",
		"Directus knew people by "+shown(known)+", which may change or be given to somebody else; Signet by the immutable id. This lets in who was imported by the address that both sides have confirmed.")))
}

// profile says where the profile holds what, and what its addresses are worth.
func (p *provider) profile() {
	email := p.field("EMAIL_KEY", "email")
	id := p.field("IDENTIFIER_KEY", email)
	if id == email || strings.Contains(strings.ToLower(id), "email") {
		p.otherID(id)
		p.say("Check fields.id: it has to be where the profile holds what never changes, often id or sub. signet provider test shows a profile.")
		id = "id"
	} else {
		p.vouched = true
	}
	p.fields(
		pair{"id", id}, pair{"email", email},
		pair{"given_name", p.field("FIRST_NAME_KEY", "")}, pair{"family_name", p.field("LAST_NAME_KEY", "")},
		pair{"groups", p.mapped()},
	)
	p.keys = append(p.keys, off(key("email_trust", "domains",
		"Addresses of this provider count as unverified. If it vouches for those of some domains, or says of each whether it is verified (verified_claim, and fields.email_verified), write that.")),
		off(key("email_domains", "[example.org]")))
}
