package attack

import (
	"fmt"
	"strings"
)

// frame is a body of two meanings: lines are how long it is said to be, open is
// what one reader takes for its end.
type frame struct {
	name  string
	lines []string
	open  string
}

// frames hide a request in the body of another. {n} is the length of the whole
// body, {k} that of what comes before the hidden request.
var frames = []frame{
	{"both lengths", []string{"Content-Length: {n}", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"both lengths, the other first", []string{"Transfer-Encoding: chunked", "Content-Length: {n}"}, "0\r\n\r\n"},
	{"both lengths, the short one", []string{"Content-Length: {k}", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"a space before the colon", []string{"Content-Length: {n}", "Transfer-Encoding : chunked"}, "0\r\n\r\n"},
	{"a tab in the value", []string{"Content-Length: {n}", "Transfer-Encoding:\tchunked"}, "0\r\n\r\n"},
	{"a vertical tab in the value", []string{"Content-Length: {n}", "Transfer-Encoding: \x0bchunked"}, "0\r\n\r\n"},
	{"an x before chunked", []string{"Content-Length: {n}", "Transfer-Encoding: xchunked"}, "0\r\n\r\n"},
	{"chunked twice", []string{"Content-Length: {n}", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"chunked, then identity", []string{"Content-Length: {n}", "Transfer-Encoding: chunked, identity"}, "0\r\n\r\n"},
	{"identity, then chunked", []string{"Content-Length: {n}", "Transfer-Encoding: identity", "Transfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"chunked in upper case", []string{"Content-Length: {n}", "Transfer-Encoding: CHUNKED"}, "0\r\n\r\n"},
	{"chunked in quotes", []string{"Content-Length: {n}", `Transfer-Encoding: "chunked"`}, "0\r\n\r\n"},
	{"chunked on the next line", []string{"Content-Length: {n}", "Transfer-Encoding:", " chunked"}, "0\r\n\r\n"},
	{"_ for -", []string{"Content-Length: {n}", "Transfer_Encoding: chunked"}, "0\r\n\r\n"},
	{"after a bare LF", []string{"Content-Length: {n}", "X-Bare: a\nTransfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"after a bare CR", []string{"Content-Length: {n}", "X-Bare: a\rTransfer-Encoding: chunked"}, "0\r\n\r\n"},
	{"two lengths", []string{"Content-Length: {n}", "Content-Length: 0"}, ""},
	{"two lengths, the other first", []string{"Content-Length: 0", "Content-Length: {n}"}, ""},
	{"two lengths in one field", []string{"Content-Length: 0, {n}"}, ""},
	{"a length with a sign", []string{"Content-Length: +{n}"}, ""},
	{"a negative length", []string{"Content-Length: -{n}"}, ""},
	{"a length in hexadecimal", []string{"Content-Length: 0x{n}"}, ""},
	{"a length with a space before the colon", []string{"Content-Length : {n}"}, ""},
	{"a length named in Connection", []string{"Content-Length: {n}", "Connection: keep-alive, Content-Length"}, ""},
	{"chunks with bare LF", []string{"Transfer-Encoding: chunked"}, "0\n\n"},
	{"a bare LF in a chunk's extension", []string{"Transfer-Encoding: chunked"}, "2;\nxx\r\n0\r\n\r\n"},
	{"a chunk of a negative size", []string{"Transfer-Encoding: chunked"}, "-1\r\n\r\n0\r\n\r\n"},
	{"a chunk of a vast size", []string{"Transfer-Encoding: chunked"}, "ffffffffffffffff0\r\n0\r\n\r\n"},
	{"a chunk of size 0x0", []string{"Transfer-Encoding: chunked"}, "0x0\r\n\r\n"},
	{"the body of a GET without a length", nil, ""},
}

const smuggleMend = "a request with two lengths, or an odd one, must be refused with 400 and its connection closed: update the proxy, and let it speak to the application on connections of one request each"

// smuggleRows hide a request that needs a sign-in, without one, in the body of
// an honest one.
func smuggleRows(s *scene) []row {
	var all []row
	for _, f := range frames {
		all = append(all, s.smuggle(f))
	}
	return append(all, s.cleartextRow(), s.tunnelRow())
}

// hidden is a request that the application must never answer. The canary in its
// query says that it did.
func (s *scene) hidden() string {
	return fmt.Sprintf("GET %s?%s HTTP/1.1\r\nHost: %s\r\nX-Hidden: %s\r\n\r\n", s.Protected, s.canary, s.URL.Host, s.canary)
}

func (s *scene) smuggle(f frame) row {
	body := f.open + s.hidden()
	fill := strings.NewReplacer("{n}", fmt.Sprint(len(body)), "{k}", fmt.Sprint(len(f.open)))
	q := s.carrier().without("Connection").quietly("Connection: keep-alive")
	q.method, q.body, q.hold = "POST", body, true
	if len(f.lines) == 0 {
		q.method = "GET"
	}
	for _, l := range f.lines {
		q.odd = append(q.odd, fill.Replace(l))
	}
	after := s.carrier()
	return row{
		class: "smuggling", name: "a hidden request, " + f.name, id: "C-35", mend: smuggleMend,
		tries: []attempt{{request: q, judge: unhidden, then: &after}},
	}
}

// carrier is a request that the application answers, if there is one.
func (s *scene) carrier() request {
	switch {
	case s.takesToken:
		return s.as(s.ask(s.Protected))
	case s.isPublic:
		return s.ask(s.Public)
	}
	return s.ask(s.Protected)
}

// unhidden judges by what the application was asked: neither the hidden
// request nor one whose length has two readings.
func unhidden(s *scene, r reply) (Verdict, string) {
	for _, a := range r.answers {
		if a.seen == nil && a.status/100 == 2 && strings.Contains(string(a.body), s.canary) {
			return Broken, "an answer to the hidden request"
		}
		if a.seen == nil {
			continue
		}
		if strings.Contains(a.seen.Target, s.canary) {
			return Broken, "the application answers the hidden request"
		}
		if why := twoLengths(*a.seen); why != "" {
			return Broken, "the application receives " + why
		}
	}
	if !s.echo {
		return NotSeen, "what the application received does not show; put 'signet guard echo' in its place"
	}
	return Held, ""
}

// twoLengths says how the length of a request's body has two readings.
func twoLengths(m Received) string {
	lengths, codings := 0, 0
	for _, f := range m.Fields {
		switch normal(f.Name) {
		case "content-length":
			lengths++
			if strings.Trim(f.Value, "0123456789") != "" || f.Value == "" {
				return "Content-Length: " + f.Value
			}
		case "transfer-encoding":
			codings++
			if f.Value != "chunked" {
				return "Transfer-Encoding: " + f.Value
			}
		}
	}
	if lengths+codings > 1 {
		return fmt.Sprintf("%d fields Content-Length and %d Transfer-Encoding", lengths, codings)
	}
	return ""
}

// cleartextRow asks to go on in HTTP/2, in which a proxy that agrees reads no
// request any more.
func (s *scene) cleartextRow() row {
	q := s.carrier().without("Connection").with("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
	return s.upgrade("an upgrade to h2c", q)
}

// tunnelRow asks for an upgrade that nobody knows.
func (s *scene) tunnelRow() row {
	q := s.carrier().without("Connection").with("Connection: Upgrade", "Upgrade: TLS/1.0, HTTP/2.0")
	return s.upgrade("an upgrade to HTTP/2.0", q)
}

func (s *scene) upgrade(name string, q request) row {
	return row{
		class: "smuggling", name: name, id: "C-35", tries: []attempt{{request: q, judge: unswitched}},
		mend: "an application that agrees makes the proxy blind, and every later request on the connection goes past the guard: clear Upgrade unless it is websocket",
	}
}

func unswitched(s *scene, r reply) (Verdict, string) {
	a := r.first()
	if a.status == 101 {
		return Broken, "the set-up agrees"
	}
	if a.seen != nil && len(a.seen.Values("Upgrade")) > 0 {
		return Broken, "the application is asked to agree: Upgrade: " + strings.Join(a.seen.Values("Upgrade"), ", ")
	}
	if !s.echo {
		return NotSeen, "what the application received does not show; put 'signet guard echo' in its place"
	}
	return Held, ""
}
