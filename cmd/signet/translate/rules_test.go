package translate_test

import (
	"strings"
	"testing"

	"github.com/signet-sso/signet/cmd/signet/translate"
)

// translated is what becomes of an environment, on one line, without the signs of
// comments.
func translated(t *testing.T, env string) string {
	t.Helper()
	vars, err := translate.ReadEnv(strings.NewReader(env))
	if err != nil {
		t.Fatal(err)
	}
	text := translate.Directus(vars)
	good(t, text, vars)
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimLeft(line, " #"))
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

// https is an environment that the rules are tried in.
const https = "PUBLIC_URL=https://cms.example.org\n"

// long is a secret that can seal keys.
const long = "rT9vBq2LxWm7Yc4NzHf8Kd1PsGj6AeUoi3rT9v"

func TestRules(t *testing.T) {
	for _, c := range []struct{ name, env, want, never string }{
		{"durations are those of ms", "ACCESS_TOKEN_TTL=2.5 hrs\nREFRESH_TOKEN_TTL=1y\nSESSION_COOKIE_TTL=90 minutes", "access_ttl: 2h30m refresh_ttl: 365d6h", "no duration"},
		{"a number alone is milliseconds", "ACCESS_TOKEN_TTL=900000", "access_ttl: 15m ", "TOKEN_TTL was"},
		{"a day and a half", "SESSION_COOKIE_TTL=36h", "session_ttl: 1d12h", ""},
		{"a session outlives its access tokens", "ACCESS_TOKEN_TTL=10d", "access_ttl: 10d REFRESH_TOKEN_TTL was shorter than ACCESS_TOKEN_TTL; here a session is not. refresh_ttl: 10d", ""},
		{"no limit of Signet's ends a session before Directus did", "REFRESH_TOKEN_TTL=90d", "absolute_ttl: 90d", ""},
		{"a number in words is none", "ACCESS_TOKEN_TTL=1e3", "ACCESS_TOKEN_TTL is no duration", "1000"},

		{"a secret that is long enough is taken", "SECRET=" + long, "secret: {env: SECRET}", long},
		{"one that is in an example is not", "SECRET=your-super-secret-key-your-super-secret-key", "SECRET is an example, not a secret", " secret: {env"},
		{"one that is too short to sign with is told", "SECRET=short", "give them and Signet a longer one first, of at least 32 characters", ""},
		{"a cast before a secret is told", "SECRET=string:" + long, "SECRET begins with string:, which Signet takes for a part of the secret", ""},
		{"the last of two assignments counts", "LOG_LEVEL=warn\nLOG_LEVEL=error", "level: error", ""},

		{"a path below the host is told", "PUBLIC_URL=https://example.org/cms", "Directus was below /cms on this host", ""},
		{"cookies of a parent domain stay there", https + "REFRESH_TOKEN_COOKIE_DOMAIN=.Example.org\nSESSION_COOKIE_DOMAIN=example.org", "domain: example.org", ""},
		{"those of another domain do not", https + "REFRESH_TOKEN_COOKIE_DOMAIN=example.com", `domain: ""`, "domain: example.com"},
		{"nor those of a whole top level", "PUBLIC_URL=https://example\nREFRESH_TOKEN_COOKIE_DOMAIN=example", `domain: ""`, ""},
		{"same-site none needs https", "REFRESH_TOKEN_COOKIE_SAME_SITE=none\nSESSION_COOKIE_SAME_SITE=none", "which browsers take from https only. same_site: lax", ""},
		{"with https it is taken", https + "REFRESH_TOKEN_COOKIE_SAME_SITE=none\nSESSION_COOKIE_SAME_SITE=none", "same_site: none", ""},
		{"secure cookies stay so", "REFRESH_TOKEN_COOKIE_SECURE=true", "secure: true", ""},
		{"cookies that were not secure are, behind https", https + "REFRESH_TOKEN_COOKIE_SECURE=false", "secure: auto", ""},

		{"nobody is believed about addresses who was not named", "IP_TRUST_PROXY=true", "trusted_proxies: [127.0.0.1/32]", "0.0.0.0/0"},
		{"a network is cut to its length", "IP_TRUST_PROXY=10.1.2.3/8,fd00::1", `trusted_proxies: ["10.0.0.0/8", "fd00::1/128"]`, ""},
		{"not every site may call", "CORS_ENABLED=true\nCORS_ORIGIN=*", "origins: []", `"*"`},
		{"a list of front ends may", "CORS_ENABLED=true\nCORS_ORIGIN=https://b.example.org,https://a.example.org", "origins: [https://a.example.org, https://b.example.org]", ""},
		{"nobody may while it was off", "CORS_ORIGIN=https://a.example.org", "origins: []", ""},
		{"no place is taken that could be read in two ways", "PASSWORD_RESET_URL_ALLOW_LIST=https://u@app.example.org/reset,https://app.example.org/../reset", "password_reset: []", ""},

		{"letters that were sent in clear are not, with a password", "EMAIL_TRANSPORT=smtp\nEMAIL_SMTP_HOST=mail\nEMAIL_SMTP_USER=u\nEMAIL_SMTP_PASSWORD=p\nEMAIL_SMTP_IGNORE_TLS=true", "tls: starttls", "tls: none"},
		{"without one they are", "EMAIL_TRANSPORT=smtp\nEMAIL_SMTP_HOST=mail\nEMAIL_SMTP_IGNORE_TLS=true", "tls: none", ""},
		{"other transports are told where to", "EMAIL_TRANSPORT=ses", "host: email-smtp.eu-west-1.amazonaws.com", ""},
		{"a password of the administrator's is where it was", "ADMIN_PASSWORD=plum jacket river lake", "password: {env: ADMIN_PASSWORD}", "plum"},

		{"a password of the database's is not in the command", "DB_CLIENT=pg\nDB_USER=o'neil\nDB_PASSWORD=hunter2\nDB_DATABASE=a b", `signet import directus --from 'postgres://o%27neil@localhost:5432/a%20b'`, "hunter2"},
		{"nor is one in the address", "DB_CLIENT=pg\nDB_CONNECTION_STRING=postgres://u:hunter2@h/d", "signet import directus --from env:DB_CONNECTION_STRING", "hunter2"},
		{"a file's name is quoted for a shell", "DB_CLIENT=sqlite3\nDB_FILENAME=it's;rm -rf x", `signet import directus --from 'it'\''s;rm -rf x'`, ""},
		{"a provider whose name begins with another's keeps its variables", "AUTH_PROVIDERS=g,g_work\nAUTH_G_DRIVER=saml\nAUTH_G_X=1\nAUTH_G_WORK_DRIVER=openid\nAUTH_G_WORK_CLIENT_ID=w\nAUTH_G_WORK_CLIENT_SECRET=y\nAUTH_G_WORK_ISSUER_URL=https://w.example.org\nAUTH_G_WORK_FUTURE=1", "nothing like it: AUTH_G_WORK_FUTURE.", ""},
		{"and the other one does not list them", "AUTH_PROVIDERS=g,g_work\nAUTH_G_DRIVER=openid\nAUTH_G_CLIENT_ID=w\nAUTH_G_CLIENT_SECRET=y\nAUTH_G_ISSUER_URL=https://w.example.org\nAUTH_G_FUTURE=1\nAUTH_G_WORK_DRIVER=saml\nAUTH_G_WORK_IDP=1", "nothing like it: AUTH_G_FUTURE.", "AUTH_G_WORK_IDP"},
		{"renamed providers are told to the import", "AUTH_PROVIDERS=Okta\nAUTH_OKTA_DRIVER=openid\nAUTH_OKTA_CLIENT_ID=x\nAUTH_OKTA_CLIENT_SECRET=y\nAUTH_OKTA_ISSUER_URL=https://okta.example.org", "--provider 'Okta=okta'", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := translated(t, c.env)
			if !strings.Contains(got, c.want) {
				t.Errorf("%q is not in it:\n%s", c.want, got)
			}
			if c.never != "" && strings.Contains(got, c.never) {
				t.Errorf("%q is in it: %s", c.never, got)
			}
		})
	}
}

// TestNothingInAValueBecomesAKey has values that could end a line or a comment.
func TestNothingInAValueBecomesAKey(t *testing.T) {
	for _, value := range []string{"a\nadmin: {password: x}", "a\r\nlisten: 0", "a\u2028listen: 0", "a\u0085listen: 0", `a", admin: "b`, "a # b", "a: b", "- a", "&a", "*a", "!a", "%a", "|", ">", "{env: HOME}"} {
		t.Run(value, func(t *testing.T) {
			vars := []translate.Variable{
				{Name: "AUTH_PROVIDERS", Value: "okta"}, {Name: "AUTH_OKTA_DRIVER", Value: "openid"}, {Name: "AUTH_OKTA_CLIENT_ID", Value: value},
				{Name: "AUTH_OKTA_CLIENT_SECRET", Value: "x"}, {Name: "AUTH_OKTA_ISSUER_URL", Value: "https://okta.example.org"}, {Name: "AUTH_OKTA_LABEL", Value: value},
				{Name: "AUTH_OKTA_DEFAULT_ROLE_ID", Value: value}, {Name: "DB_CLIENT", Value: value}, {Name: "ACCESS_TOKEN_TTL", Value: value},
				{Name: value, Value: "x"},
			}
			text := translate.Directus(vars)
			good(t, text, vars[:len(vars)-1])
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "admin: {") || strings.HasPrefix(line, "listen: 0\n") {
					t.Errorf("got the line %q", line)
				}
			}
		})
	}
}
