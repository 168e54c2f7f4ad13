package mailtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// session is one connection.
type session struct {
	*Server
	number int
	conn   net.Conn
	text   *textproto.Conn
	tls    bool
	user   string
	letter Letter
	// refused says that the last answer was not the usual one.
	refused bool
}

func (s *Server) serve(c net.Conn, number int) {
	x := &session{Server: s, number: number, conn: c}
	if s.options.Implicit && !x.protect() {
		return
	}
	x.text = textproto.NewConn(x.conn)
	if !x.answer("", "", "220 localhost ESMTP mailtest") {
		return
	}
	for {
		line, err := x.text.ReadLine()
		if err != nil || !x.command(line) {
			return
		}
	}
}

func (x *session) protect() bool {
	secure := tls.Server(x.conn, x.Server.tls)
	if err := secure.Handshake(); err != nil {
		return false
	}
	x.conn, x.tls = secure, true
	x.text = textproto.NewConn(secure)
	return true
}

// answer notes a command, asks the script and replies. false ends the session.
func (x *session) answer(verb, line, usual string) bool {
	c := Command{Session: x.number, Verb: verb, Line: line, TLS: x.tls}
	if verb != "" {
		x.note(func() { x.said = append(x.said, c) })
	}
	var a Answer
	if x.options.Script != nil {
		a = x.options.Script(c)
	}
	if a.Wait != nil {
		select {
		case <-a.Wait:
		case <-x.over:
			return false
		}
	}
	taken := verb == "." && (a.Keep || !a.Drop && (a.Reply == "" || strings.HasPrefix(a.Reply, "2")))
	if taken {
		x.note(func() { x.letters = append(x.letters, x.letter) })
	}
	if a.Drop {
		return false
	}
	reply := usual
	if a.Reply != "" {
		reply = a.Reply
	}
	_, err := io.WriteString(x.conn, strings.ReplaceAll(reply, "\n", "\r\n")+"\r\n")
	x.refused = reply[:1] != usual[:1]
	return err == nil
}

func (x *session) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	switch verb {
	case "EHLO", "HELO":
		return x.answer(verb, line, x.hello())
	case "STARTTLS":
		return x.answer(verb, line, "220 go ahead") && (x.refused || x.protect())
	case "AUTH":
		return x.auth(line, rest)
	case "MAIL":
		if len(x.options.Users) > 0 && x.user == "" {
			return x.answer(verb, line, "530 5.7.0 Authentication required")
		}
		x.letter = Letter{From: rest, User: x.user, TLS: x.tls}
		return x.answer(verb, line, "250 2.1.0 ok")
	case "RCPT":
		x.letter.To = append(x.letter.To, rest)
		return x.answer(verb, line, "250 2.1.5 ok")
	case "DATA":
		return x.data(line)
	case "QUIT":
		x.answer(verb, line, "221 2.0.0 bye")
		return false
	}
	return x.answer(verb, line, "250 ok")
}

func (x *session) hello() string {
	lines := append([]string{"localhost"}, x.options.Extensions...)
	if !x.options.NoTLS && !x.tls {
		lines = append(lines, "STARTTLS")
	}
	if len(x.options.Users) > 0 && (x.tls || x.options.AuthInClear) {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	var b strings.Builder
	for i, l := range lines {
		if i == len(lines)-1 {
			return b.String() + "250 " + l
		}
		b.WriteString("250-" + l + "\n")
	}
	return ""
}

func (x *session) data(line string) bool {
	if !x.answer("DATA", line, "354 end with a dot") || x.refused {
		return x.refused
	}
	content, err := readDots(x.text.R)
	if err != nil {
		return false
	}
	x.letter.Content = content
	return x.answer(".", content, "250 2.0.0 taken")
}

// readDots reads to the line with a single dot, with no line end but CR LF
// counting: a lone LF that ends a letter early would be smuggling.
func readDots(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := readLine(r)
		if err != nil || line == ".\r\n" {
			return b.String(), err
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := r.ReadString('\n')
		b.WriteString(part)
		if err != nil || strings.HasSuffix(part, "\r\n") {
			return b.String(), err
		}
	}
}

func (x *session) auth(line, rest string) bool {
	way, first, _ := strings.Cut(rest, " ")
	var name, password string
	switch strings.ToUpper(way) {
	case "PLAIN":
		fields := strings.Split(decoded(first), "\x00")
		if len(fields) == 3 {
			name, password = fields[1], fields[2]
		}
	case "LOGIN":
		name, password = x.ask("VXNlcm5hbWU6"), x.ask("UGFzc3dvcmQ6")
	}
	if want, ok := x.options.Users[name]; !ok || want != password {
		return x.answer("AUTH", line, "535 5.7.8 wrong name or password")
	}
	x.user = name
	return x.answer("AUTH", line, "235 2.7.0 welcome")
}

func (x *session) ask(question string) string {
	if err := x.text.PrintfLine("334 %s", question); err != nil {
		return ""
	}
	line, err := x.text.ReadLine()
	if err != nil {
		return ""
	}
	return decoded(line)
}

func decoded(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}
