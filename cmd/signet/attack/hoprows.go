package attack

// hopRows name end-to-end fields as fields of one connection, for proxies to
// throw away: those that the guard has set, or those that it asks for.
func hopRows(s *scene) []row {
	var all []row
	for _, named := range []string{
		"Remote-User", "Remote-User, Remote-Name, Remote-Email, Remote-Groups, Remote-Roles",
		"X-Forwarded-User, X-Forwarded-Groups, X-Forwarded-Email", "X-Auth-Request-User, X-Auth-Request-Groups, X-Auth-Request-Email",
		"Authorization", "Cookie", "Authorization, Cookie", "X-Original-URL", "X-Original-URL, X-Original-Method", "X-Original-URI",
		"X-Forwarded-Uri, X-Forwarded-Method", "X-Forwarded-Host, X-Forwarded-Proto", "X-Forwarded-For", "Host", "Content-Length",
	} {
		line := "Connection: close, " + named
		r := row{
			class: "hop-by-hop", name: line, id: "C-29",
			mend:  "the proxy throws away what the client names in Connection after the guard has set it: clear or set Connection before the guard is asked",
			tries: []attempt{{request: s.ask(s.Protected).without("Connection").with(line), judge: shut}},
		}
		if s.takesToken {
			r.tries = append(r.tries, attempt{request: s.as(s.ask(s.Protected).without("Connection")).with(line), judge: owned})
		}
		if s.isShut {
			r.tries = append(r.tries, attempt{request: s.as(s.ask(s.Forbidden).without("Connection")).with(line), judge: shut})
		}
		all = append(all, r)
	}
	return all
}

// urlFields are by what proxies tell the guard which request they ask about,
// and what some frameworks take for the path or the method.
var urlFields = []string{
	"X-Original-URL", "X-Original-URI", "X-Original-Uri", "X_Original_URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-URI", "X_Forwarded_Uri", "X-Forwarded-Path", "X-Forwarded-Prefix",
	"X-Envoy-Original-Path", "X-Accel-Redirect", "X-Request-Uri", "X-Auth-Request-Redirect", "X-Script-Name", "Request-Uri", "Base-Url",
}

// methodFields are by what proxies and clients tell another method.
var methodFields = []string{"X-Original-Method", "X-Forwarded-Method", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X_Original_Method", "X_Forwarded_Method"}

// urlRows tell the guard of a public request while making another one.
func urlRows(s *scene) []row {
	var all []row
	open := s.Public
	if open == "" {
		open = "/auth"
	}
	for _, name := range urlFields {
		all = append(all, s.urlRow(name, []string{name + ": " + open}), s.urlRow(name+" as a whole URL", []string{name + ": " + s.URL.Scheme + "://" + s.URL.Host + open}))
	}
	all = append(all, s.urlRow("X-Original-URL twice", []string{"X-Original-URL: " + open, "X-Original-URL: " + s.URL.Scheme + "://" + s.URL.Host + open}))
	for _, name := range methodFields {
		all = append(all, s.urlRow(name, []string{name + ": OPTIONS"}), s.urlRow(name+" GET", []string{name + ": GET"}))
	}
	every := []string{"X-Original-Method: GET", "X-Forwarded-Method: GET", "X-Forwarded-Proto: " + s.URL.Scheme, "X-Forwarded-Host: " + s.URL.Host}
	for _, name := range []string{"X-Original-URL", "X-Original-URI", "X-Forwarded-Uri"} {
		value := open
		if name == "X-Original-URL" {
			value = s.URL.Scheme + "://" + s.URL.Host + open
		}
		every = append(every, name+": "+value)
	}
	return append(all, s.urlRow("all of them at once", every))
}

func (s *scene) urlRow(name string, lines []string) row {
	r := row{
		class: "forwarded URL", name: "another request told, " + name, id: "C-27",
		mend:  "set these fields yourself in the request to the guard, from the request's own line ($request_uri, not $uri), over what the client sent",
		tries: []attempt{{request: s.ask(s.Protected).with(lines...), judge: shut}},
	}
	if s.isShut {
		r.tries = append(r.tries,
			attempt{request: s.as(s.ask(s.Forbidden)).with(lines...), judge: shut},
			attempt{request: s.ask(s.Forbidden).with(lines...), judge: shut})
	}
	if s.takesToken {
		r.tries = append(r.tries, attempt{request: s.as(s.ask(s.Protected)).with(lines...), judge: owned})
	}
	return r
}
