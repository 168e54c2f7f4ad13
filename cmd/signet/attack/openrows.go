package attack

import "strings"

// methods are those that browsers, WebDAV and debuggers send, and some that
// nobody does.
var methods = []string{
	"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "DEBUG", "PROPFIND", "MKCOL", "COPY", "MOVE", "LOCK", "REPORT", "SEARCH", "PURGE", "LINK", "MADEUP", "get", "Get", "GET\t",
}

// openRows ask for what needs a sign-in without one, in every form of a
// request.
func openRows(s *scene) []row {
	var all []row
	add := func(name string, q request) {
		all = append(all, row{
			class: "no credential", name: "no credential, " + name, id: "C-20",
			tries: []attempt{{request: q, judge: judgeOf(q.method)}},
			mend:  "make the guard decide on every request, not only on those of some methods or versions",
		})
	}
	add("GET", s.ask(s.Protected))
	for _, m := range methods {
		q := s.ask(s.Protected)
		q.method = m
		if m == "POST" || m == "PUT" || m == "PATCH" {
			q = q.quietly("Content-Length: 0")
		}
		add("method "+m, q)
	}
	preflight := s.ask(s.Protected).with("Origin: https://evil.example", "Access-Control-Request-Method: GET")
	preflight.method = "OPTIONS"
	add("a preflight of CORS", preflight)
	bare := request{method: "GET", target: s.Protected, proto: "HTTP/1.0"}
	add("HTTP/1.0 without Host", bare)
	add("HTTP/1.0 with Host", bare.with("Host: "+s.URL.Host))
	bare.proto = ""
	add("HTTP/0.9", bare)
	for _, proto := range []string{"HTTP/1.2", "HTTP/3.0", "HTTP/1.10", "http/1.1", "ICY/1.1"} {
		q := s.ask(s.Protected)
		q.proto = proto
		add("version "+proto, q)
	}
	all = append(all, s.socketRow())
	return all
}

// judgeOf is the judge of a stranger's request: some methods are answered by
// proxies themselves.
func judgeOf(method string) judge {
	if method == "OPTIONS" || method == "TRACE" {
		return shutElsewhere
	}
	return shut
}

// socketRow asks for a websocket, which some proxies treat on a way of its own.
func (s *scene) socketRow() row {
	q := s.ask(s.Protected).without("Connection").with("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	return row{
		class: "no credential", name: "no credential, as a websocket", id: "C-20",
		tries: []attempt{{request: q, judge: shut}}, mend: "let the guard decide on the handshake of websockets too",
	}
}

// hostRows name another host than the one that is guarded.
func hostRows(s *scene) []row {
	var all []row
	host, port := s.URL.Hostname(), ""
	if p := s.URL.Port(); p != "" {
		port = ":" + p
	}
	for _, h := range []struct {
		name  string
		hosts []string
	}{
		{"without Host", nil},
		{"an empty Host", []string{""}},
		{"a foreign Host", []string{"other.example"}},
		{"Host localhost", []string{"localhost"}},
		{"Host 127.0.0.1", []string{"127.0.0.1"}},
		{"Host with another port", []string{host + ":81"}},
		{"Host with a trailing dot", []string{host + "." + port}},
		{"Host in upper case", []string{strings.ToUpper(host) + port}},
		{"Host with a path", []string{s.URL.Host + "/x"}},
		{"Host with a user", []string{"user@" + s.URL.Host}},
		{"Host with a comma", []string{s.URL.Host + ",other.example"}},
		{"Host twice, ours first", []string{s.URL.Host, "other.example"}},
		{"Host twice, ours last", []string{"other.example", s.URL.Host}},
	} {
		var lines []string
		for _, v := range h.hosts {
			lines = append(lines, "Host: "+v)
		}
		all = append(all, s.hostRow(h.name, "", lines))
	}
	for _, target := range []string{"http://" + s.URL.Host, "http://other.example", "https://other.example:443"} {
		all = append(all, s.hostRow("the absolute target "+target, target, []string{"Host: " + s.URL.Host}))
	}
	for _, name := range []string{"X-Forwarded-Host", "X-Host", "X-HTTP-Host-Override", "X-Forwarded-Server", "Forwarded"} {
		value := "other.example"
		if name == "Forwarded" {
			value = "for=127.0.0.1;host=other.example;proto=https"
		}
		all = append(all, s.hostRow(name, "", []string{"Host: " + s.URL.Host, name + ": " + value}))
	}
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Forwarded-Proto"} {
		value := "127.0.0.1"
		if name == "X-Forwarded-Proto" {
			value = "https"
		}
		all = append(all, s.hostRow(name, "", []string{"Host: " + s.URL.Host, name + ": " + value}))
	}
	return all
}

func (s *scene) hostRow(name, origin string, lines []string) row {
	r := row{class: "host", name: "another host, " + name, id: "C-23", mend: "guard the default server too, pass the guard the host that the proxy chose, and set X-Forwarded-* yourself"}
	q := s.ask(origin + s.Protected).without("Host")
	q.honest = append(q.honest, "Accept: */*")
	r.tries = append(r.tries, attempt{request: q.with(lines...), judge: shutElsewhere})
	if s.isShut {
		q = s.as(s.ask(origin + s.Forbidden).without("Host"))
		r.tries = append(r.tries, attempt{request: q.with(lines...), judge: shutElsewhere})
	}
	return r
}
