package openid

import (
	"maps"
	"slices"
)

// habits are what is particular about a known service.
type habits struct {
	label, icon string
	issuer      string // "": the operator's own
	scopes      []string
	fields      Fields
	// params are sent along to the authorization endpoint.
	params       map[string]string
	responseMode string
	auth         string // client authentication; "": what discovery names
	// noNonce and noPKCE: the service does not return the nonce, and refuses a
	// verifier from a client with a secret. State and the secret still tie the
	// code to this client and browser.
	noNonce, noPKCE bool
	note            string
}

var standardScopes = []string{"openid", "profile", "email"}

var standardFields = Fields{
	Login: "preferred_username", Name: "name", GivenName: "given_name", FamilyName: "family_name",
	Email: "email", EmailVerified: "email_verified", Picture: "picture", Groups: "groups",
}

// presets is the one table of known services; "" is any other.
var presets = map[string]habits{
	"":          {},
	"apple":     {label: "Apple", icon: "apple", issuer: "https://appleid.apple.com", scopes: []string{"openid", "name", "email"}, responseMode: "form_post", auth: authApple, note: "private_key, private_key_id and team_id instead of a client secret"},
	"auth0":     {label: "Auth0", icon: "auth0", scopes: []string{"openid", "profile", "email", "offline_access"}, fields: Fields{Login: "nickname"}, note: "issuer: https://TENANT.auth0.com/, with the slash"},
	"authentik": {label: "authentik", icon: "authentik", scopes: []string{"openid", "profile", "email", "offline_access"}, note: "issuer: https://HOST/application/o/APPLICATION/, with the slash"},
	"gitlab":    {label: "GitLab", icon: "gitlab", issuer: "https://gitlab.com", fields: Fields{Login: "nickname", Groups: "groups_direct"}, note: "issuer for an instance of your own"},
	"google":    {label: "Google", icon: "google", issuer: "https://accounts.google.com", fields: Fields{Login: "email"}, params: map[string]string{"access_type": "offline"}},
	"keycloak":  {label: "Keycloak", icon: "keycloak", note: "issuer: https://HOST/realms/REALM; add a group mapper for groups"},
	"linkedin":  {label: "LinkedIn", icon: "linkedin", issuer: "https://www.linkedin.com/oauth", auth: authPost, fields: Fields{Login: "email"}, noNonce: true, noPKCE: true, note: "returns no nonce and takes no PKCE"},
	"microsoft": {label: "Microsoft", icon: "microsoft", scopes: []string{"openid", "profile", "email", "offline_access"}, note: "tenant; tenants when tenant stands for many"},
	"okta":      {label: "Okta", icon: "okta", scopes: []string{"openid", "profile", "email", "offline_access"}, note: "issuer: https://TENANT.okta.com; add the scope groups and a groups claim"},
	"slack":     {label: "Slack", icon: "slack", issuer: "https://slack.com", auth: authPost, fields: Fields{Login: "email"}},
	"twitch": {label: "Twitch", icon: "twitch", issuer: "https://id.twitch.tv/oauth2", scopes: []string{"openid", "user:read:email"}, auth: authPost,
		params: map[string]string{"claims": `{"id_token":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}`}},
}

// Preset is a known service, for a list of them.
type Preset struct {
	Name   string
	Label  string // what people read on the button
	Icon   string
	Issuer string   // "" when the operator names it
	Scopes []string // asked for unless others are configured
	Note   string   // what is particular about it
}

// Presets lists the known services by name.
func Presets() []Preset {
	var all []Preset
	for _, name := range presetNames() {
		h := presets[name]
		all = append(all, Preset{Name: name, Label: h.label, Icon: h.icon, Issuer: h.issuer, Scopes: slices.Clone(or2(h.scopes, standardScopes)), Note: h.note})
	}
	return all
}

func presetNames() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(presets)), func(name string) bool { return name == "" })
}
