package attack

import (
	"slices"
	"strings"
)

// guardPaths are where proxies ask the guard, and ways to write that.
var guardPaths = []string{
	"/guard/nginx", "/guard/forward", "/guard/envoy/", "/guard/envoy", "/guard", "/guard/nginx/", "/guard/nginx?groups=", "//guard/nginx", "/./guard/nginx", "/x/../guard/nginx", "/%67uard/nginx", "/guard%2fnginx", "/%2fguard/nginx",
	"/guard/%6eginx", "/GUARD/nginx", "/guard/nginx;x", "/guard\\nginx", "/guard%5cnginx", "/auth/../guard/nginx", "/auth/%2e%2e/guard/nginx", "/auth/..%2fguard/nginx", "/auth/..;/guard/nginx", "/login/../guard/forward", "/.well-known/../guard/forward",
	"//guard/forward", "/%67uard/forward", "/guard%2fforward", "/_guard", "/__guard", "/signet-guard", "/_signet", "/_signet_guard", "/signet_guard", "/=guard", "/@guard", "/signet/guard/nginx", "/internal/guard/nginx",
}

// guardRows ask the guard itself, which only the proxy should.
func guardRows(s *scene) []row {
	var all []row
	told := []string{
		"X-Original-URL: " + s.URL.Scheme + "://" + s.URL.Host + s.Protected, "X-Original-Method: GET",
		"X-Forwarded-Proto: " + s.URL.Scheme, "X-Forwarded-Host: " + s.URL.Host, "X-Forwarded-Uri: " + s.Protected, "X-Forwarded-Method: GET",
	}
	for _, path := range guardPaths {
		all = append(all, row{
			class: "guard", name: "the guard from outside, " + path, id: "C-27", needs: needToken,
			tries: []attempt{{request: s.as(s.ask(path)).with(told...), judge: aloof}, {request: s.as(s.ask(path)), judge: aloof}},
			mend:  "let nobody but the proxy reach /guard: pass only /auth, /login, /.well-known and the pages you want on to Signet, and mark the guard's location internal",
		})
	}
	return append(all, s.chattyRow())
}

// aloof judges a request to the guard: it must not say who a token is.
func aloof(s *scene, r reply) (Verdict, string) {
	a := r.first()
	if a.seen != nil {
		return Held, "" // it went to the application, as any path does
	}
	if name := s.betrayed(a); name != "" {
		return Broken, "the answer tells " + name
	}
	if !s.echo && a.status/100 == 2 {
		return NotSeen, "the answer is " + s.got(r) + ", and whose it is does not show"
	}
	return Held, ""
}

// betrayed is a field of an answer that says who the person is.
func (s *scene) betrayed(a answer) string {
	var names []string
	for name := range a.header {
		if s.names[normal(name)] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// chattyRow is an ordinary request, whose answer should not show what the guard
// told the proxy.
func (s *scene) chattyRow() row {
	return row{
		class: "guard", name: "the guard's words in answers to browsers", id: "C-27", needs: needToken,
		tries: []attempt{{request: s.as(s.ask(s.Protected)), judge: discreet}},
		mend:  "pass the guard's fields on to the application, not to the browser",
	}
}

func discreet(s *scene, r reply) (Verdict, string) {
	a := r.first()
	if name := s.betrayed(a); name != "" {
		return Broken, "the answer tells " + name
	}
	if strings.HasPrefix(a.header.Get("Authorization"), "Bearer ") {
		return Broken, "the answer holds an access token"
	}
	return Held, ""
}
