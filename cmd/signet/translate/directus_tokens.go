package translate

import (
	"regexp"
	"strings"
	"time"
)

const day = 24 * time.Hour

// life reads a duration of Directus within what Signet takes. What does not fit
// is told.
func (d *directus) life(name string, otherwise, least, most time.Duration) (life time.Duration, remarks []string) {
	text := d.text(name)
	if text == "" {
		return otherwise, nil
	}
	life, ok := readDuration(text)
	switch {
	case !ok:
		return otherwise, []string{name + " is no duration: this is the default."}
	case life < least:
		return least, []string{name + " was " + shown(text) + ", which is less than Signet has."}
	case life > most:
		return most, []string{name + " was " + shown(text) + ", which is more than Signet has."}
	}
	return life, nil
}

func (d *directus) tokens() []entry {
	const ages = 3650 * day
	refresh, aboutRefresh := d.life("REFRESH_TOKEN_TTL", 7*day, 10*time.Second, ages)
	access, aboutAccess := d.life("ACCESS_TOKEN_TTL", 15*time.Minute, 10*time.Second, 31*day)
	session, aboutSession := d.life("SESSION_COOKIE_TTL", day, 10*time.Second, ages)
	grace, aboutGrace := d.life("SESSION_REFRESH_GRACE_PERIOD", 10*time.Second, 0, time.Minute)
	if access > refresh {
		refresh = access
		aboutRefresh = append(aboutRefresh, "REFRESH_TOKEN_TTL was shorter than ACCESS_TOKEN_TTL; here a session is not.")
	}
	e := key("tokens", "")
	e.below = []entry{
		key("issuer", "directus", "What verifiers of Directus' tokens ask for. Remove it when none does: then it is public_url."),
	}
	e.below = append(e.below, d.signing()...)
	e.below = append(e.below,
		key("access_ttl", span(access), aboutAccess...),
		key("refresh_ttl", span(refresh), aboutRefresh...),
		key("absolute_ttl", span(max(30*day, refresh, session)), "However often it is refreshed. Directus knew no such limit."),
		key("session_ttl", span(session), aboutSession...),
		key("reuse_grace", span(grace), aboutGrace...))
	return []entry{e}
}

// cookieName matches names that Signet takes, without the prefixes that
// browsers give a meaning.
var cookieName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

func (d *directus) cookies() []entry {
	e := key("cookies", "")
	secure := "auto"
	if !d.https() && (d.flag("REFRESH_TOKEN_COOKIE_SECURE", false) || d.flag("SESSION_COOKIE_SECURE", false)) {
		secure = "true"
	}
	for _, name := range []string{"REFRESH_TOKEN_COOKIE_SECURE", "SESSION_COOKIE_SECURE"} {
		d.seen[name] = true
	}
	site, aboutSite := d.sameSite(secure == "true" || d.https())
	domain, aboutDomain := d.cookieDomain()
	refresh := d.cookieNamed("refresh_name", "REFRESH_TOKEN_COOKIE_NAME", "directus_refresh_token")
	session := d.cookieNamed("session_name", "SESSION_COOKIE_NAME", "directus_session_token")
	if refresh.value == session.value {
		session = key("session_name", "directus_session_token", "SESSION_COOKIE_NAME was the name of the other cookie.")
	}
	e.below = []entry{
		refresh, session,
		key("same_site", site, aboutSite...),
		key("secure", secure, "auto: whenever public_url is https."),
		key("domain", scalar(domain), aboutDomain...),
	}
	return []entry{e}
}

func (d *directus) cookieNamed(name, variable, otherwise string) entry {
	value := or(d.text(variable), otherwise)
	if cookieName.MatchString(value) && !strings.HasPrefix(value, "__") {
		return key(name, scalar(value))
	}
	return key(name, otherwise, variable+" was "+shown(value)+", which is no name that can be taken over.")
}

// sameSite is one setting here; Directus has one for each cookie.
func (d *directus) sameSite(secure bool) (value string, remarks []string) {
	read := func(name string) string {
		value := strings.ToLower(d.text(name))
		switch {
		case value == "true":
			return "strict"
		case value == "strict" || value == "none":
			return value
		}
		return "lax"
	}
	value = read("REFRESH_TOKEN_COOKIE_SAME_SITE")
	if session := read("SESSION_COOKIE_SAME_SITE"); session != value {
		remarks = []string{"SESSION_COOKIE_SAME_SITE was " + session + "; Signet has one setting for both cookies."}
	}
	if value == "none" && !secure {
		return "lax", append(remarks, "REFRESH_TOKEN_COOKIE_SAME_SITE was none, which browsers take from https only.")
	}
	return value, remarks
}

// cookieDomain is the domain of both cookies, if browsers would take it.
func (d *directus) cookieDomain() (domain string, remarks []string) {
	domain = strings.TrimPrefix(d.text("REFRESH_TOKEN_COOKIE_DOMAIN"), ".")
	session := strings.TrimPrefix(d.text("SESSION_COOKIE_DOMAIN"), ".")
	if session != domain {
		remarks = []string{"REFRESH_TOKEN_COOKIE_DOMAIN was " + shown(domain) + " and SESSION_COOKIE_DOMAIN " + shown(session) + "; Signet has one setting for both cookies."}
	}
	domain = strings.ToLower(or(domain, session))
	switch {
	case domain == "":
		return "", remarks
	case d.public != nil && strings.Contains(domain, ".") && within(d.public.Hostname(), domain):
		return domain, remarks
	}
	return "", append(remarks, "The domain was "+shown(domain)+", and public_url is not in it: browsers would drop the cookies.")
}

// within reports a host in a domain of plain letters.
func within(host, domain string) bool {
	odd := strings.ContainsFunc(domain, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-'
	})
	host = strings.ToLower(host)
	return !odd && (host == domain || strings.HasSuffix(host, "."+domain))
}
