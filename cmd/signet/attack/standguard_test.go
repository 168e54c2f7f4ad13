package attack

import (
	"encoding/base64"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// judge is the guard of the stand-in: who it is, and 200, 401, 403 or 400.
func (p *standIn) judge(m message) (who string, status int) {
	if !p.hostIsGood(m) {
		return "", 400
	}
	who, wrong := p.person(m)
	if p.letsIn(m) {
		return who, 200
	}
	switch public, admin, ok := p.place(m); {
	case !ok:
		return "", 403
	case public && !wrong:
		return who, 200
	case who == "" || wrong:
		return "", 401
	case admin && who != "bob":
		return "", 403
	}
	return who, 200
}

// letsIn is carelessness that looks at no credential.
func (p *standIn) letsIn(m message) bool {
	hosts := m.values("Host")
	switch p.careless {
	case guardsNothing:
		return true
	case openOptions:
		return m.method == "OPTIONS"
	case openOldVersion:
		return m.proto == "HTTP/1.0"
	case openForeignHost:
		return len(hosts) == 1 && hosts[0] != p.host
	case openTwoHosts:
		return len(hosts) == 2
	case openAbsolute:
		return strings.HasPrefix(m.target, "http")
	case believesHost:
		return m.value("X-Forwarded-Host") == "other.example"
	case openSocket:
		return m.value("Upgrade") == "websocket"
	case believesMethod:
		return m.value("X-HTTP-Method-Override") == "OPTIONS"
	case letsCheckersIn:
		return strings.HasPrefix(m.value("User-Agent"), "GoogleHC")
	case letsQueryIn:
		return strings.HasSuffix(m.target, "?healthz")
	}
	return false
}

func (p *standIn) hostIsGood(m message) bool {
	if p.is(openForeignHost) || p.is(openTwoHosts) {
		return true
	}
	hosts := m.values("Host")
	return len(hosts) == 1 && hosts[0] == p.host
}

var clean = regexp.MustCompile(`^(/[a-z0-9_-]+)*/?(\?[!-~]*)?$`)

// place is which rule fits: everybody below /public, bob below /admin, and
// those who are signed in elsewhere.
func (p *standIn) place(m message) (public, admin, ok bool) {
	target := m.target
	switch {
	case p.is(believesURL) && m.value("X-Original-URL") != "":
		target = withoutOrigin(m.value("X-Original-URL"))
	case p.is(believesURI) && m.value("X-Forwarded-Uri") != "":
		target = withoutOrigin(m.value("X-Forwarded-Uri"))
	}
	at, _, _ := strings.Cut(target, "?")
	switch {
	case p.is(judgesRaw):
	case p.is(judgesDecoded):
		decoded, err := url.PathUnescape(at)
		if err != nil {
			return false, false, false
		}
		at = path.Clean(decoded)
	case p.is(judgesCase):
		if !clean.MatchString(strings.ToLower(target)) {
			return false, false, false
		}
	case !clean.MatchString(target):
		return false, false, false
	}
	return below(at, "/public"), below(at, "/admin"), true
}

func below(at, folder string) bool { return at == folder || strings.HasPrefix(at, folder+"/") }

// person is who the credentials are of; wrong is when there are some that are
// not good, or that disagree.
func (p *standIn) person(m message) (who string, wrong bool) {
	tokens, jars := p.tokens(m), p.jars(m)
	switch {
	case p.is(tokenWins) && len(tokens) > 0:
		jars = nil
	case p.is(cookieWins) && len(jars) > 0:
		tokens = nil
	}
	if len(tokens) > 1 || len(jars) > 1 {
		return "", true
	}
	all := append(tokens, jars...)
	if p.is(ignoresWrong) {
		all = slices.DeleteFunc(all, func(t string) bool { return p.owner(t) == "" })
	}
	for _, t := range all {
		owner := p.owner(t)
		if owner == "" || who != "" && who != owner {
			return "", true
		}
		who = owner
	}
	return who, false
}

func (p *standIn) owner(token string) string {
	for name, known := range map[string]string{"ann": ann, "bob": bob} {
		if token == known || p.is(checksNoSignature) && strings.Contains(token, "."+strings.Split(known, ".")[1]+".") {
			return name
		}
	}
	return ""
}

func (p *standIn) tokens(m message) []string {
	var all []string
	for _, v := range m.values("Authorization") {
		scheme, token, _ := strings.Cut(v, " ")
		switch {
		case strings.EqualFold(scheme, "Bearer"):
			all = append(all, strings.TrimSpace(token))
		case p.is(takesBasic) && scheme == "Basic":
			plain, _ := base64.StdEncoding.DecodeString(token)
			_, password, _ := strings.Cut(string(plain), ":")
			all = append(all, password)
		}
	}
	if _, query, ok := strings.Cut(m.target, "?access_token="); ok && p.is(takesQuery) {
		all = append(all, query)
	}
	if p.is(firstToken) && len(all) > 1 {
		return all[:1]
	}
	return all
}

func (p *standIn) jars(m message) []string {
	var all []string
	for _, v := range m.values("Cookie") {
		for _, pair := range strings.Split(v, "; ") {
			if token, ok := strings.CutPrefix(pair, "signet_session="); ok {
				all = append(all, token)
			}
		}
	}
	switch {
	case p.is(firstCookie) && len(all) > 1:
		return all[:1]
	case p.is(lastCookie) && len(all) > 1:
		return all[len(all)-1:]
	}
	return all
}
