package translate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-sso/signet/config"
)

// provider is one way to sign in while it is translated.
type provider struct {
	*directus
	name    string // as in AUTH_PROVIDERS
	prefix  string // of its variables
	remarks []string
	keys    []entry
	missing []string // why it cannot work as it is
	vouched bool     // people are known by the same id there and here
}

func (p *provider) text(name string) string           { return p.directus.text(p.prefix + name) }
func (p *provider) flag(name string, other bool) bool { return p.directus.flag(p.prefix+name, other) }
func (p *provider) list(name string) []string         { return p.directus.list(p.prefix + name) }

// add appends a key, unless it has no value.
func (p *provider) add(name, value string, remarks ...string) {
	if value != "" && value != `""` {
		p.keys = append(p.keys, key(name, value, remarks...))
	}
}

// say puts a sentence above the provider.
func (p *provider) say(sentence string) { p.remarks = append(p.remarks, sentence) }

// lack says why the provider has to be completed by hand, and is a comment until
// then.
func (p *provider) lack(why string) { p.missing = append(p.missing, why) }

// need is a value that has to be there. One that is in a file is not opened.
func (p *provider) need(variable, name string) string {
	value := p.text(variable)
	switch file := p.text(variable + fileSuffix); {
	case value != "":
	case file != "":
		p.lack("Write at " + name + " what is in the file " + shown(file) + " (" + p.prefix + variable + fileSuffix + ").")
	default:
		p.lack(p.prefix + variable + " is missing.")
	}
	return or(value, "…")
}

// secret is where a secret of the provider's is.
func (p *provider) secret(variable string) string {
	where, about := p.directus.secret(p.prefix + variable)
	if about != "" {
		p.say(about)
	}
	return where
}

// providers are the ways to sign in: passwords first, as Directus has them.
func (d *directus) providers() []entry {
	e := key("providers", "", "The ways to sign in, in the order in which they are shown.",
		"Who comes back from a provider gets the cookie that the front end asked for: /auth/login/NAME?redirect=…&mode=session, as Directus did unless AUTH_…_MODE said otherwise, or mode=cookie, which is the default here.")
	taken := map[string]bool{}
	if !d.flag("AUTH_DISABLE_DEFAULT", false) {
		e.below = append(e.below, local("local"))
		taken["local"] = true
	}
	var known []string
	for _, name := range d.list("AUTH_PROVIDERS") {
		if slices.Contains(known, name) {
			continue
		}
		known = append(known, name)
		e.below = append(e.below, d.provider(name, taken))
	}
	if !slices.ContainsFunc(e.below, func(e entry) bool { return e.item && !e.off }) {
		none := local("local")
		none.remarks = []string{"Without any way to sign in there would be passwords anyway."}
		e.below = append(e.below, none)
	}
	return []entry{e}
}

// local is the provider of passwords that are kept here.
func local(name string) entry {
	return entry{item: true, below: []entry{key("name", name), key("driver", "local"), key("label", scalar("E-mail and password"))}}
}

// provider translates one of AUTH_PROVIDERS.
func (d *directus) provider(name string, taken map[string]bool) entry {
	p := &provider{directus: d, name: name, prefix: "AUTH_" + strings.ToUpper(name) + "_"}
	if name == "default" {
		p.ignore()
		return remark("default was left out of AUTH_PROVIDERS by Directus, since it is the provider of its passwords.")
	}
	own := p.ownName(taken)
	switch driver := p.text("DRIVER"); driver {
	case "local":
		return p.local(own, taken)
	case "oauth2", "openid", "ldap":
		p.add("name", scalar(own))
		p.add("driver", driver)
		p.common(own)
		map[string]func(){"oauth2": p.oauth2, "openid": p.openid, "ldap": p.ldap}[driver]()
	case "saml":
		p.options = append(p.options, "--provider "+quoted(p.name+"=-"))
		p.ignore()
		return remark("SAML: " + p.name + ". Signet does not speak SAML; most servers that do speak OpenID Connect too: add it there and here as driver: openid.")
	case "":
		p.ignore()
		return remark(p.name + ": " + p.prefix + "DRIVER is missing, so Directus left this provider out.")
	default:
		p.ignore()
		return remark(p.name + ": " + p.prefix + "DRIVER is " + shown(driver) + ", which is no driver.")
	}
	taken[own] = true
	if own != p.name && len(p.missing) == 0 {
		p.options = append(p.options, "--provider "+quoted(p.name+"="+own))
	}
	if p.vouched && len(p.missing) == 0 {
		p.options = append(p.options, "--identifiers "+own)
	}
	return p.entry()
}

// ignore passes over all variables of the provider.
func (p *provider) ignore() {
	for _, name := range p.own() {
		p.seen[name] = true
	}
}

// own are the variables of this provider: not those of one whose name begins
// with this one's.
func (p *provider) own() (all []string) {
	for _, name := range p.names {
		if strings.HasPrefix(name, p.prefix) && p.longest(name) {
			all = append(all, name)
		}
	}
	return all
}

func (p *provider) longest(variable string) bool {
	for _, other := range p.directus.list("AUTH_PROVIDERS") {
		prefix := "AUTH_" + strings.ToUpper(other) + "_"
		if len(prefix) > len(p.prefix) && strings.HasPrefix(variable, prefix) {
			return false
		}
	}
	return true
}

// entry is the whole provider: a comment while something is missing.
func (p *provider) entry() entry {
	var rest []string
	for _, name := range p.own() {
		if !p.seen[name] && !p.named(name) { // those are told with all others
			rest = append(rest, name)
			p.seen[name] = true
		}
	}
	if len(rest) > 0 {
		p.say("Not taken over, since Signet has nothing like it: " + strings.Join(rest, ", ") + ".")
	}
	if len(p.missing) > 0 {
		p.say("TO DO before this provider works; remove the # then. " + strings.Join(p.missing, " "))
	}
	return entry{item: true, off: len(p.missing) > 0, remarks: p.remarks, below: p.keys}
}

// notName matches what a provider's name cannot hold here.
var notName = regexp.MustCompile(`[^a-z0-9_-]+`)

// ownName is the name of the provider here: the same, wherever it can be.
func (p *provider) ownName(taken map[string]bool) string {
	name := strings.Trim(notName.ReplaceAllString(strings.ToLower(p.name), "-"), "-_")
	if name = name[:min(len(name), 50)]; !config.ProviderName(name) {
		name = strings.Trim("sso-"+name, "-")
	}
	for base, n := name, 2; taken[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	if name != p.name {
		p.say("The provider was called " + shown(p.name) + ", which cannot be a name here. It is " + name + " in addresses now, in /auth/login/" + name + "/callback too: enter that at the provider.")
	}
	return name
}

// local is a second provider of passwords in Directus; here there is one.
func (p *provider) local(own string, taken map[string]bool) entry {
	if taken["local"] {
		p.ignore()
		return remark(p.name + " is a further provider of passwords. There is one set of them here: its people sign in at local.")
	}
	taken["local"], taken[own] = true, true
	e := local(scalar(own))
	if label := p.text("LABEL"); label != "" {
		e.below[2].value = scalar(label)
	}
	e.remarks = p.remarks
	p.ignore()
	return e
}

// common are the keys that every provider has.
func (p *provider) common(own string) {
	label := p.text("LABEL")
	if label == "" && own != p.name {
		label = p.name
	}
	p.add("label", scalar(label))
	if icon := p.text("ICON"); icon != "" && icon != "account_circle" {
		p.add("icon", scalar(icon))
	}
	if p.text("DEFAULT_ROLE_ID") != "" {
		p.say("Who came in without a role got the role " + shown(p.text("DEFAULT_ROLE_ID")) + " (" + p.prefix + "DEFAULT_ROLE_ID). Signet gives nobody a group that the provider does not name.")
	}
	if p.text("SYNC_USER_INFO") != "" && !p.flag("SYNC_USER_INFO", false) {
		p.say("Names and address of who first came in by this provider follow it at every sign-in (" + p.prefix + "SYNC_USER_INFO was off).")
	}
}
