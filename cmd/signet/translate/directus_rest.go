package translate

import (
	"slices"
	"strings"
)

// known are variables of Directus that have no key here, and what stands in
// their place. A name that ends in * is every one that begins so; the first that
// fits counts.
var known = []struct{ names, what string }{
	{"LOGIN_STALL_TIME", "a failed sign-in takes as long whoever is meant, without waiting on purpose."},
	{"USER_INVITE_URL_ALLOW_LIST USER_REGISTER_URL_ALLOW_LIST", "letters of invitations and registrations lead to Signet's own pages."},
	{"EMAIL_TEMPLATES_PATH", "letters of your own: signet mail templates writes ours into a folder, mail.templates names it."},
	{"EMAIL_VERIFY_SETUP", "signet mail test sends one letter and says how it went."},
	{"EMAIL_*", "what is set of mail is above."},
	{"RATE_LIMITER_*", "limits.logins counts sign-ins of one client address, limits.mails letters, and lockout failures at one account; all are on. A limit for every request belongs into the reverse proxy."},
	{"PRESSURE_LIMITER_*", "too many sign-ins at once are answered with 503 and a time to come again."},
	{"ADMIN_TOKEN", "there are no tokens that never expire. signet token USER prints one; services ask with clients (docs/tokens.md)."},
	{"HASH_*", "what a new hash costs is passwords.argon2; those that are imported are read whatever they cost."},
	{"CORS_*", "methods, fields and their like follow from what there is to call."},
	{"IP_CUSTOM_HEADER", "the client's address is taken from X-Forwarded-For, of trusted_proxies."},
	{"AUTH_ALLOWED_PUBLIC_URLS", "Signet has one public_url."},
	{"PASSWORD_RESET_URL_* PUBLIC_REGISTRATION* GRAPHQL_* METRICS_*", "see redirects, registration, compat.graphql and metrics in providers.example.yaml."},
	{"LOG_*", "see log in providers.example.yaml."},
	{"DB_*", "of the database of Directus; see database above."},
	{"SESSION_* REFRESH_TOKEN_*", "see tokens and cookies above."},
	{"KEY PROJECT_NAME ACCEPT_TERMS ROOT_REDIRECT ROBOTS_TXT SERVE_APP MAX_PAYLOAD_SIZE MAX_BATCH_MUTATION MAX_RELATIONAL_DEPTH QUERY_* QUERYSTRING_* " +
		"SERVER_* EXTENSIONS_* MARKETPLACE_* STORAGE_* ASSETS_* FILES_* CACHE_* REDIS* MESSENGER_* SYNCHRONIZATION_* FLOWS_* WEBSOCKETS_* TELEMETRY* TEMP_PATH " +
		"CONTENT_SECURITY_POLICY* HSTS_* IMPORT_* CONFIG_PATH MIGRATIONS_* RETENTION_* EXPERIMENTAL_* TUS_* REPORT_* MCP_* USERS_* NODE_ENV EDITOR_* AI_*", "about the content that Directus keeps; Signet has none."},
}

// leftovers lists every variable that nothing was made of.
func (d *directus) leftovers() []entry {
	kinds := map[string][]string{}
	var order []string
	for _, name := range d.names {
		if d.seen[name] {
			continue
		}
		what := d.instead(name)
		if kinds[what] == nil {
			order = append(order, what)
		}
		kinds[what] = append(kinds[what], name)
	}
	if len(order) == 0 {
		return nil
	}
	e := remark("Of the environment this was not taken over:")
	for _, what := range order {
		e.remarks = append(e.remarks, "- "+strings.Join(kinds[what], ", ")+": "+what)
	}
	return []entry{e}
}

// instead says what stands in the place of a variable.
func (d *directus) instead(name string) string {
	i := slices.IndexFunc(known, func(k struct{ names, what string }) bool { return fits(k.names, name) })
	switch {
	case d.named(name):
		return unopened
	case i >= 0:
		return known[i].what
	case strings.HasPrefix(name, "AUTH_"):
		return "of no provider in AUTH_PROVIDERS, or of a later Directus."
	}
	return "not known here. What is about signing in, look up in providers.example.yaml; the rest is not Signet's."
}

const unopened = "files are not opened here: write what is in them where the value belongs."

// named reports a variable that holds the name of a file with the value of one
// that was looked at.
func (d *directus) named(name string) bool {
	base, found := strings.CutSuffix(name, fileSuffix)
	return found && d.seen[base]
}

// fits reports a name that is one of a list.
func fits(list, name string) bool {
	for want := range strings.FieldsSeq(list) {
		begin, open := strings.CutSuffix(want, "*")
		if name == want || open && strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}
