package oauth2

import "strings"

// presets is the one table of known services. What is left out is in leftOut,
// with the reason.
//
// An id is where the profile holds what is never given to somebody else. An
// address counts as verified by a boolean of the service only: not by a text
// or a number, nor because the documentation says that all of them are.
var presets = map[string]preset{
	"amazon":       {label: "Amazon", token: "https://api.amazon.com/auth/o2/token", scopes: []string{"profile"}, auth: authPost, fields: Fields{ID: "user_id"}},
	"auth0":        {label: "Auth0", icon: "auth0", hosted: below3("/authorize", "/oauth/token", "/userinfo"), needsBase: true, onlyBase: true, scopes: []string{"openid", "profile", "email", "offline_access"}, auth: authPost, fields: Fields{ID: "sub", EmailVerified: "email_verified"}, trust: TrustClaim, note: "the driver openid has this preset too, and verifies a signature"},
	"battlenet":    {label: "Battle.net", icon: "battledotnet", token: "https://us.battle.net/oauth/token", fields: Fields{ID: "id"}},
	"bitbucket":    {label: "Bitbucket", icon: "bitbucket", token: "https://bitbucket.org/site/oauth2/access_token", scopes: []string{"account", "email"}, fields: Fields{ID: "uuid", Login: "nickname"}, mails: mails{"/emails", "values", "is_primary", "is_confirmed"}, trust: TrustClaim},
	"box":          {label: "Box", icon: "box", token: "https://app.box.com/api/oauth2/token", auth: authPost, fields: Fields{ID: "id", Login: "login", Email: "login"}},
	"classlink":    {label: "ClassLink", token: "https://launchpad.classlink.com/oauth2/v2/token", scopes: []string{"profile"}, auth: authPost, fields: Fields{ID: "UserId", Login: "LoginId"}},
	"cloudfoundry": {label: "Cloud Foundry", icon: "cloudfoundry", hosted: below3("/oauth/authorize", "/oauth/token", "/userinfo"), needsBase: true, scopes: []string{"openid"}, fields: Fields{ID: "user_id", Login: "user_name", EmailVerified: "email_verified"}, trust: TrustClaim, note: "base_url: the UAA, https://uaa.HOST"},
	"cognito":      {label: "Amazon Cognito", hosted: below3("/oauth2/authorize", "/oauth2/token", "/oauth2/userInfo"), needsBase: true, scopes: []string{"openid", "profile", "email"}, fields: Fields{ID: "sub", Login: "username"}, note: "base_url: the domain of the user pool; its email_verified is a text, which does not count"},
	"dailymotion":  {label: "Dailymotion", icon: "dailymotion", token: "https://www.dailymotion.com/oauth/token", scopes: []string{"userinfo", "email"}, auth: authPost, bearer: true, fields: Fields{ID: "id"}},
	"deezer":       {label: "Deezer", icon: "deezer", token: "https://connect.deezer.com/oauth/access_token.php?output=json", scopes: []string{"basic_access", "email"}, separator: ",", auth: authPost, fields: Fields{ID: "id"}},
	"digitalocean": {label: "DigitalOcean", icon: "digitalocean", token: "https://cloud.digitalocean.com/v1/oauth/token", scopes: []string{"read"}, auth: authPost, fields: Fields{ID: "account.uuid", EmailVerified: "account.email_verified"}, trust: TrustClaim},
	"discord":      {label: "Discord", icon: "discord", token: "https://discord.com/api/oauth2/token", scopes: []string{"identify", "email"}, fields: Fields{ID: "id", Login: "username", Name: "global_name", EmailVerified: "verified"}, trust: TrustClaim},
	"dropbox":      {label: "Dropbox", icon: "dropbox", token: "https://api.dropbox.com/oauth2/token", scopes: []string{"account_info.read"}, params: map[string]string{"token_access_type": "offline"}, fields: Fields{ID: "account_id", Login: "email", EmailVerified: "email_verified"}, trust: TrustClaim},
	"eveonline":    {label: "EVE Online", token: "https://login.eveonline.com/oauth/token", fields: Fields{ID: "CharacterOwnerHash", Login: "CharacterName", Name: "CharacterName"}, note: "a character while one person owns it"},
	"facebook":     {label: "Facebook", icon: "facebook", token: "https://graph.facebook.com/oauth/access_token", scopes: []string{"public_profile", "email"}, separator: ",", auth: authPost, fields: Fields{ID: "id"}, note: "the id is this app's own: another client_id means other ids"},
	"fitbit":       {label: "Fitbit", icon: "fitbit", token: "https://api.fitbit.com/oauth2/token", scopes: []string{"profile"}, fields: Fields{ID: "user.encodedId"}},
	"gitea":        {label: "Gitea", icon: "gitea", base: "https://gitea.com", hosted: below3("/login/oauth/authorize", "/login/oauth/access_token", "/api/v1/user"), scopes: []string{"read:user"}, auth: authPost, bearer: true, fields: Fields{ID: "id", Login: "login"}, note: "Forgejo too"},
	"github":       {label: "GitHub", icon: "github", base: "https://github.com", hosted: githubAt, scopes: []string{"read:user", "user:email"}, auth: authPost, fields: Fields{ID: "id", Login: "login"}, mails: mails{"/emails", "", "primary", "verified"}, trust: TrustClaim, note: "base_url for an Enterprise Server or TENANT.ghe.com"},
	"gitlab":       {label: "GitLab", icon: "gitlab", base: "https://gitlab.com", hosted: below3("/oauth/authorize", "/oauth/token", "/api/v4/user"), scopes: []string{"read_user"}, auth: authPost, bearer: true, fields: Fields{ID: "id", Login: "username"}, note: "the driver openid has this preset too, with verified addresses and groups"},
	"google":       {label: "Google", icon: "google", direct: sites{"https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v2/userinfo"}, scopes: []string{"profile", "email"}, auth: authPost, params: map[string]string{"access_type": "offline"}, fields: Fields{ID: "id", Login: "email", Name: "name", GivenName: "given_name", FamilyName: "family_name", Email: "email", EmailVerified: "verified_email", Picture: "picture"}, trust: TrustClaim, note: "the driver openid has this preset too, and verifies a signature"},
	"heroku":       {label: "Heroku", icon: "heroku", token: "https://id.heroku.com/oauth/token", scopes: []string{"identity"}, auth: authPost, fields: Fields{ID: "id", Login: "email"}},
	"hubspot":      {label: "HubSpot", icon: "hubspot", token: "https://api.hubapi.com/oauth/v1/token", scopes: []string{"oauth"}, auth: authPost, fields: Fields{ID: "user_id", Login: "user"}},
	"intercom":     {label: "Intercom", icon: "intercom", token: "https://api.intercom.io/auth/eagle/token", auth: authPost, fields: Fields{ID: "id", Login: "email", EmailVerified: "email_verified"}, trust: TrustClaim},
	"kakao":        {label: "Kakao", icon: "kakao", token: "https://kauth.kakao.com/oauth/token", separator: ",", auth: authPost, fields: Fields{ID: "id", Email: "kakao_account.email", EmailVerified: "kakao_account.is_email_verified"}, trust: TrustClaim, note: "what is asked for is chosen in Kakao's console"},
	"line":         {label: "LINE", icon: "line", direct: sites{"https://access.line.me/oauth2/v2.1/authorize", "https://api.line.me/oauth2/v2.1/token", "https://api.line.me/v2/profile"}, scopes: []string{"profile"}, auth: authPost, fields: Fields{ID: "userId", Name: "displayName", Picture: "pictureUrl"}, note: "tells no address"},
	"mailru":       {label: "Mail.ru", icon: "maildotru", direct: sites{"https://oauth.mail.ru/login", "https://oauth.mail.ru/token", "https://oauth.mail.ru/userinfo"}, scopes: []string{"userinfo"}, query: "access_token", fields: Fields{ID: "id", Login: "nickname", Name: "name", GivenName: "first_name", FamilyName: "last_name", Email: "email", Picture: "image"}},
	"mastodon":     {label: "Mastodon", icon: "mastodon", base: "https://mastodon.social", hosted: below3("/oauth/authorize", "/oauth/token", "/api/v1/accounts/verify_credentials"), onlyBase: true, scopes: []string{"read:accounts"}, auth: authPost, fields: Fields{ID: "id", Login: "username"}, note: "tells no address"},

	"microsoftonline": {label: "Microsoft", icon: "microsoft", direct: sites{"https://login.microsoftonline.com/common/oauth2/v2.0/authorize", "https://login.microsoftonline.com/common/oauth2/v2.0/token", "https://graph.microsoft.com/v1.0/me"}, scopes: []string{"user.read", "offline_access"}, auth: authPost, fields: Fields{ID: "id", Login: "userPrincipalName", Name: "displayName", GivenName: "givenName", FamilyName: "surname", Email: "mail"}, note: "people of every directory; the driver openid's preset microsoft has a tenant"},
	"naver":           {label: "Naver", icon: "naver", token: "https://nid.naver.com/oauth2.0/token", auth: authPost, fields: Fields{ID: "response.id", Login: "response.nickname", Name: "response.name", Email: "response.email", Picture: "response.profile_image"}},
	"nextcloud":       {label: "Nextcloud", icon: "nextcloud", hosted: below3("/apps/oauth2/authorize", "/apps/oauth2/api/v1/token", "/ocs/v2.php/cloud/user?format=json"), needsBase: true, fields: Fields{ID: "ocs.data.id", Login: "ocs.data.id", Groups: "ocs.data.groups"}, note: "its id is the user name: delete no user there whose name is to be given away again"},
	"okta":            {label: "Okta", icon: "okta", hosted: below3("/oauth2/default/v1/authorize", "/oauth2/default/v1/token", "/oauth2/default/v1/userinfo"), needsBase: true, scopes: []string{"openid", "profile", "email", "offline_access"}, fields: Fields{ID: "sub", Login: "preferred_username", EmailVerified: "email_verified"}, trust: TrustClaim, note: "the driver openid has this preset too, and verifies a signature"},
	"patreon":         {label: "Patreon", icon: "patreon", token: "https://www.patreon.com/api/oauth2/token", scopes: []string{"identity", "identity[email]"}, auth: authPost, fields: Fields{ID: "data.id", Login: "data.attributes.vanity"}},
	"paypal":          {label: "PayPal", icon: "paypal", base: "https://www.paypal.com", hosted: below3("/webapps/auth/protocol/openidconnect/v1/authorize", "/webapps/auth/protocol/openidconnect/v1/tokenservice", "/webapps/auth/protocol/openidconnect/v1/userinfo"), scopes: []string{"openid", "profile", "email"}, bearer: true, fields: Fields{ID: "user_id", Login: "email"}, note: "base_url https://www.sandbox.paypal.com for tests"},
	"reddit":          {label: "Reddit", icon: "reddit", direct: sites{"https://www.reddit.com/api/v1/authorize", "https://www.reddit.com/api/v1/access_token", "https://oauth.reddit.com/api/v1/me"}, scopes: []string{"identity"}, params: map[string]string{"duration": "permanent"}, fields: Fields{ID: "id", Login: "name", Name: "name", Picture: "icon_img"}},
	"salesforce":      {label: "Salesforce", icon: "salesforce", token: "https://login.salesforce.com/services/oauth2/token", hosted: below3("/services/oauth2/authorize", "/services/oauth2/token", ""), onlyBase: true, scopes: []string{"id", "refresh_token"}, auth: authPost, extras: map[string]string{"id": "ID"}, fields: Fields{ID: "user_id", Login: "username", EmailVerified: "email_verified"}, trust: TrustClaim, note: "base_url for a sandbox or a domain of one's own"},
	"seatalk":         {label: "SeaTalk", direct: sites{"https://seatalkweb.com/webapp/oauth2/authorize", "https://seatalkweb.com/webapp/oauth2/token", "https://seatalkweb.com/webapp/oauth2/profile"}, auth: authPost, query: "access_token", fields: Fields{ID: "user_id", Login: "email", Name: "name", Email: "email"}},
	"soundcloud":      {label: "SoundCloud", icon: "soundcloud", token: "https://api.soundcloud.com/oauth2/token", auth: authPost, bearer: true, fields: Fields{ID: "id", Login: "username"}, note: "tells no address"},
	"spotify":         {label: "Spotify", icon: "spotify", token: "https://accounts.spotify.com/api/token", scopes: []string{"user-read-email"}, fields: Fields{ID: "id", Login: "id"}},
	"strava":          {label: "Strava", icon: "strava", token: "https://www.strava.com/oauth/token", scopes: []string{"read"}, separator: ",", auth: authPost, bearer: true, fields: Fields{ID: "id", Login: "username"}, note: "tells no address"},
	"stripe":          {label: "Stripe", icon: "stripe", token: "https://connect.stripe.com/oauth/token", scopes: []string{"read_write"}, auth: authPost, extras: map[string]string{"stripe_user_id": "ID"}, fields: Fields{ID: "id"}, note: "an account of Stripe Connect, not a person"},
	"twitch":          {label: "Twitch", icon: "twitch", token: "https://id.twitch.tv/oauth2/token", scopes: []string{"user:read:email"}, auth: authPost, fields: Fields{ID: "data.0.id", Login: "data.0.login", Name: "data.0.display_name"}, note: "the driver openid has this preset too, with verified addresses"},
	"uber":            {label: "Uber", icon: "uber", token: "https://login.uber.com/oauth/token", scopes: []string{"profile"}, auth: authPost, fields: Fields{ID: "uuid"}},
	"vk":              {label: "VK", icon: "vk", token: "https://oauth.vk.com/access_token", auth: authPost, fields: Fields{ID: "response.0.id"}, note: "tells no address"},
	"wepay":           {label: "WePay", token: "https://wepayapi.com/v2/oauth2/token", scopes: []string{"view_user"}, auth: authPost, fields: Fields{ID: "user_id"}},
	"yahoo":           {label: "Yahoo", token: "https://api.login.yahoo.com/oauth2/get_token", scopes: []string{"openid", "profile", "email"}, fields: Fields{ID: "sub", Login: "email", EmailVerified: "email_verified"}, trust: TrustClaim},
	"yandex":          {label: "Yandex", token: "https://oauth.yandex.com/token", scopes: []string{"login:email", "login:info", "login:avatar"}, auth: authPost, fields: Fields{ID: "id", Login: "login"}},
	"zoom":            {label: "Zoom", icon: "zoom", token: "https://zoom.us/oauth/token", scopes: []string{"user:read"}, fields: Fields{ID: "id"}, note: "its verified is a number, which does not count"},
}

// leftOut are the services of goth's that are no preset, and why.
var leftOut = map[string]string{
	"apple":         "it tells about people in an ID token only; use the driver openid with preset: apple",
	"azuread":       "its Azure AD Graph has been switched off; use the driver openid with preset: microsoft",
	"azureadv2":     "use the driver openid with preset: microsoft, which has a tenant",
	"bitly":         "its profile has no immutable id",
	"faux":          "it is goth's own test",
	"gplus":         "Google+ has been switched off; use google",
	"influxcloud":   "InfluxDB Cloud 1 has been switched off",
	"instagram":     "the API that goth asks has been switched off",
	"lark":          "its token endpoint takes JSON and a token of the app, not RFC 6749",
	"lastfm":        "it has a signature of its own instead of OAuth 2.0",
	"linkedin":      "the API that goth asks is closed to new apps; use the driver openid with preset: linkedin",
	"meetup":        "the API that goth asks has been switched off",
	"onedrive":      "the API that goth asks has been switched off, and knew people by e-mail address only",
	"openidConnect": "use the driver openid, which checks signatures and the nonce",
	"oura":          "the API that goth asks has been switched off",
	"shopify":       "it tells about a shop, not a person",
	"slack":         "goth asks for the permissions of a workspace; use the driver openid with preset: slack",
	"steam":         "it speaks OpenID 2.0, which has neither state nor PKCE",
	"tiktok":        "the API that goth asks has been switched off, and it did not follow RFC 6749",
	"tumblr":        "goth speaks OAuth 1.0a with it, which has neither state nor PKCE",
	"twitter":       "goth speaks OAuth 1.0a with it, which has neither state nor PKCE; describe its OAuth 2.0 by its addresses",
	"twitterv2":     "goth speaks OAuth 1.0a with it, which has neither state nor PKCE; describe its OAuth 2.0 by its addresses",
	"typetalk":      "the service has ended",
	"wechat":        "its token endpoint takes the secret in the address, not RFC 6749",
	"wecom":         "it gives no token of the person's, only the company's",
	"xero":          "goth speaks OAuth 1.0a with it, which has neither state nor PKCE",
	"yammer":        "its token endpoint does not answer as RFC 6749 says",
}

// below3 makes an instance's addresses of three paths.
func below3(authorize, token, profile string) func(string) sites {
	return func(base string) sites {
		s := sites{base + authorize, base + token, base + profile}
		if profile == "" {
			s.profile = "" // the token's answer names it
		}
		return s
	}
}

// githubAt are GitHub's addresses: its API has a host of its own, and that of
// an Enterprise Server has not.
func githubAt(base string) sites {
	s := below3("/login/oauth/authorize", "/login/oauth/access_token", "/api/v3/user")(base)
	host := strings.TrimPrefix(base, "https://")
	if host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
		s.profile = "https://api." + host + "/user"
	}
	return s
}
