package proxy

import (
	"slices"
	"strings"
)

// identities are the fields by which applications are commonly told who it is.
// None of a client's own gets through, whichever the guard uses.
var identities = []string{
	"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Roles", "Remote-Groups-Ref",
	"X-Forwarded-User", "X-Forwarded-Name", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Roles", "X-Forwarded-Groups-Ref",
	"X-Auth-Request-User", "X-Auth-Request-Name", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Roles", "X-Auth-Request-Groups-Ref",
	"X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Access-Token",
	"X-Remote-User", "X-Remote-Group", "X-Remote-Groups", "X-Remote-Email", "X-Auth-User", "X-Auth-Name", "X-Auth-Email", "X-Auth-Groups",
	"X-Authenticated-User", "X-Webauth-User", "X-Webauth-Name", "X-Webauth-Email", "X-Webauth-Groups", "X-Webauth-Role",
	"X-Authentik-Username", "X-Authentik-Email", "X-Authentik-Groups", "X-Token-Subject", "X-Userinfo",
}

// claims are the fields in which proxies tell applications what was asked for,
// and where from. What the application hears of that is the proxy's own word.
var claims = []string{
	"Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "Proxy",
	"X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Forwarded-Port", "X-Forwarded-Server",
	"X-Forwarded-Scheme", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "X-Url-Scheme", "Front-End-Https",
	"X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Original-Host", "X-Rewrite-URL", "X-Host", "X-HTTP-Host-Override",
	"X-Signet-Login", "X-Signet-Error",
}

// reference is what the guard adds to the name of the groups field when there
// are too many groups.
const reference = "-Ref"

// told are the fields that the guard may answer with.
func (h Headers) told() []string {
	var all []string
	for _, name := range []string{h.User, h.Name, h.Email, h.Groups, h.Roles} {
		if name != "" {
			all = append(all, name)
		}
	}
	if h.Groups != "" {
		all = append(all, h.Groups+reference)
	}
	return all
}

// cleared are the fields of a client that never get through: identities, those
// of the guard's own names, and claims, but not the ones that are set anyway.
func cleared(told []string) []string {
	set := append([]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}, told...)
	var all []string
	for _, name := range slices.Concat(identities, claims) {
		if !slices.ContainsFunc(set, func(s string) bool { return strings.EqualFold(s, name) }) {
			all = append(all, name)
		}
	}
	return all
}

// lower is a name as Envoy writes it.
func lower(name string) string { return strings.ToLower(name) }

// variable is a name as it is part of one of nginx's variables.
func variable(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }
