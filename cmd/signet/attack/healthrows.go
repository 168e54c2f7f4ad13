package attack

import (
	"slices"
	"strings"
)

// checkers are the names of programs that look whether a server lives.
var checkers = []string{
	"GoogleHC/1.0", "kube-probe/1.31", "ELB-HealthChecker/2.0", "Consul Health Check", "Prometheus/2.53", "HealthChecker/1.0", "Amazon-Route53-Health-Check-Service", "signet/health", "Signet-Health", "curl/7.88.1", "Googlebot/2.1", "Uptime-Kuma/1.23", "Go-http-client/1.1",
}

// healthRows look like something that need not sign in.
func healthRows(s *scene) []row {
	var all []row
	add := func(name string, q request) {
		all = append(all, row{
			class: "health check", name: "no credential, " + name, id: "C-31",
			tries: []attempt{{request: q, judge: shut}}, mend: "let health checks in by a path of their own, never by what a client says of itself",
		})
	}
	for _, name := range checkers {
		add("as "+name, s.ask(s.Protected).with("User-Agent: "+name))
	}
	base := s.Protected
	for _, query := range []string{"?healthz", "?health", "?ping", "?/healthz", "?x=/health", "?x=.css", "?/auth/login", "?static=1"} {
		add("with the query "+query, s.ask(base+query))
	}
	for _, line := range []string{
		"X-Health-Check: 1", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Sec-Purpose: prefetch", "X-Requested-With: XMLHttpRequest", "Sec-Fetch-Dest: image",
		"X-Auth-Bypass: 1", "X-Authenticated: true", "X-Original-Status: 200", "X-Signet-Login: /", "Range: bytes=0-9", "Expect: 100-continue", "Max-Forwards: 0", "Cache-Control: only-if-cached", "If-None-Match: *",
	} {
		add("with "+line, s.ask(base).with(line))
	}
	return all
}

// sorted orders rows that came out of a map.
func sorted(rows []row) []row {
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	return rows
}
