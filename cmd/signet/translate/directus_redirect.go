package translate

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// redirect are the keys that the two drivers share which send people away.
func (p *provider) redirect() {
	p.add("client_id", scalar(p.need("CLIENT_ID", "client_id")))
	p.allow = append(p.allow, p.list("REDIRECT_ALLOW_LIST")...)
	p.text("MODE") // told above all providers
	if p.flag("ALLOW_PUBLIC_REGISTRATION", false) {
		p.add("signup", "true", "Who is unknown gets an account.")
	}
	if life := p.text("LOGIN_TIMEOUT"); life != "" {
		p.say("Who went away to sign in has ten minutes (" + p.prefix + "LOGIN_TIMEOUT was " + shown(life) + ").")
	}
	if p.flag("PLAIN_CODE_CHALLENGE", false) {
		p.say("The challenge is always S256 (" + p.prefix + "PLAIN_CODE_CHALLENGE was on); a server that does not take it ignores it.")
	}
	p.flag("ISSUER_DISCOVERY_MUST_SUCCEED", true) // discovery is done when it is needed
	if ms, err := strconv.Atoi(p.text("CLIENT_HTTP_TIMEOUT")); err == nil {
		life := min(max(time.Duration(ms)*time.Millisecond, 100*time.Millisecond), time.Minute)
		p.add("timeout", span(life))
	}
}

// address is a value that has to be an address, which is added under a name.
func (p *provider) address(variable, name string) {
	text := p.need(variable, name)
	if text == "…" {
		p.add(name, scalar("https://…"))
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		p.lack(p.prefix + variable + " is no address: write it at " + name + ".")
	}
	p.add(name, scalar(text))
}

// insecure permits a provider that is reached without TLS.
func (p *provider) insecure(addresses ...string) {
	if slices.ContainsFunc(addresses, func(a string) bool { return strings.HasPrefix(a, "http://") }) {
		p.add("insecure", "true", "Plain http:// to the provider: passwords and tokens can be read on the way. Write https:// as soon as it can.")
	}
}

// scopes are between blanks in Directus.
func (p *provider) scopes() {
	if all := strings.Fields(strings.ReplaceAll(p.text("SCOPE"), ",", " ")); len(all) > 0 {
		slices.Sort(all)
		p.add("scopes", list(slices.Compact(all)))
	}
}

// authentication is how the client proves who it is.
func (p *provider) authentication(methods ...string) string {
	method := p.text("CLIENT_TOKEN_ENDPOINT_AUTH_METHOD")
	if method != "" && !slices.Contains(methods, method) {
		p.lack(p.prefix + "CLIENT_TOKEN_ENDPOINT_AUTH_METHOD was " + shown(method) + "; Signet knows " + strings.Join(methods, ", ") + ".")
		return ""
	}
	return method
}

// mapping says which groups arrive, from ROLE_MAPPING.
func (p *provider) mapping() {
	all, ok := p.object(p.prefix + "ROLE_MAPPING")
	if !ok {
		p.say(p.prefix + "ROLE_MAPPING is no object in JSON; list the groups that matter in groups.only.")
		return
	}
	var names []string
	for _, r := range all {
		if r.name == "" || slices.Contains(names, r.name) {
			continue
		}
		names = append(names, r.name)
		if !slices.ContainsFunc(p.roles, func(known pair) bool { return known.name == r.name }) {
			p.roles = append(p.roles, r)
		}
	}
	if len(names) > 0 {
		e := key("groups", "", "From ROLE_MAPPING, of which Directus took the first that fitted. Here all of them arrive; see permissions.")
		p.keys = append(p.keys, e.with(key("only", list(names))))
	}
}

// param are the parts of PARAMS that have a key here.
type param struct {
	name   string
	values []string // that can be taken over; none for any
}

// parameters are sent along to the provider.
func (p *provider) parameters(known map[string]param) {
	all, ok := p.object(p.prefix + "PARAMS")
	if !ok {
		p.say(p.prefix + "PARAMS is no object in JSON.")
	}
	var rest []string
	for _, given := range all {
		k, there := known[given.name]
		switch {
		case !there, len(k.values) > 0 && !slices.Contains(k.values, given.value):
			rest = append(rest, given.name)
		case given.name == "acr_values":
			p.add(k.name, list(strings.Fields(given.value)))
		case given.name == "max_age":
			p.add(k.name, seconds(given.value))
		default:
			p.add(k.name, scalar(given.value))
		}
	}
	if len(rest) > 0 {
		p.say("Of " + p.prefix + "PARAMS this is not sent to the provider: " + strings.Join(rest, ", ") + ".")
	}
}

// seconds is a number of seconds as the configuration has it, within a day; ""
// for anything else.
func seconds(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 86400 {
		return ""
	}
	return span(time.Duration(n) * time.Second)
}

// fieldPath matches a dotted path into a profile.
var fieldPath = regexp.MustCompile(`^[^\s.]+(\.[^\s.]+)*$`)

// field is the path that a variable names, or what none stands for.
func (p *provider) field(variable, otherwise string) string {
	path := or(p.text(variable), otherwise)
	if path != "" && !fieldPath.MatchString(path) {
		p.say(p.prefix + variable + " is no dotted path.")
		return ""
	}
	return path
}

// fields are where a profile holds what.
func (p *provider) fields(all ...pair) {
	e := key("fields", "")
	for _, f := range all {
		if f.value != "" {
			e.below = append(e.below, key(f.name, scalar(f.value)))
		}
	}
	if len(e.below) > 0 {
		p.keys = append(p.keys, e)
	}
}

// mapped is the claim with the groups, where roles depend on it.
func (p *provider) mapped() string {
	name := p.field("GROUP_CLAIM_NAME", "")
	if p.text("ROLE_MAPPING") == "" {
		return name
	}
	return or(name, "groups")
}
