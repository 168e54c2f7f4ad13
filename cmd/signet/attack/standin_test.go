package attack

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The two persons of the tests. Only bob may see /admin.
var (
	ann = fakeToken("ann")
	bob = fakeToken("bob")
)

// fakeToken has the shape of a JWT; the stand-in compares it as a whole.
func fakeToken(who string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(`{"alg":"ES256","typ":"at+jwt"}`)) + "." + e([]byte(`{"sub":"`+who+`","iss":"https://sso.example"}`)) + "." + e([]byte(strings.Repeat(who+"!", 16)))
}

// standIn is a proxy with its guard in one: it holds everything, unless it is
// careless in one way or another.
type standIn struct {
	host, app string
	careless  fault
}

// fault is one way to be careless.
type fault string

const (
	guardsNothing     fault = "asks nobody"
	openOptions       fault = "lets OPTIONS through"
	openOldVersion    fault = "guards HTTP/1.1 only"
	openForeignHost   fault = "guards its own host only"
	openTwoHosts      fault = "judges the first of two hosts"
	openAbsolute      fault = "does not judge absolute targets"
	believesHost      fault = "believes X-Forwarded-Host"
	openSocket        fault = "lets websockets through"
	clearsNothing     fault = "clears no identity"
	clearsExact       fault = "clears exact spellings only"
	clearsFirst       fault = "clears the first of two only"
	clearsProtected   fault = "clears where a sign-in is needed only"
	readsOddLines     fault = "takes spaces before the colon"
	dropsNamed        fault = "drops what Connection names after the guard"
	believesURL       fault = "believes X-Original-URL"
	believesURI       fault = "believes X-Forwarded-Uri"
	believesMethod    fault = "believes X-HTTP-Method-Override"
	judgesRaw         fault = "judges the path as it came"
	judgesDecoded     fault = "judges the decoded path and passes on the raw one"
	judgesCase        fault = "judges the path by case"
	showsGuard        fault = "passes /guard on"
	tellsBrowser      fault = "tells the browser what the guard said"
	tokenWins         fault = "looks at the token only where there is a cookie too"
	cookieWins        fault = "looks at the cookie only where there is a token too"
	firstCookie       fault = "takes the first of two cookies"
	lastCookie        fault = "takes the last of two cookies"
	firstToken        fault = "takes the first of two tokens"
	ignoresWrong      fault = "ignores a wrong credential beside a good one"
	takesQuery        fault = "takes a token in the query"
	takesBasic        fault = "takes a token by Basic"
	checksNoSignature fault = "checks no signature"
	letsCheckersIn    fault = "lets health checks in by their name"
	letsQueryIn       fault = "lets ?healthz in"
	passesLengths     fault = "passes both lengths on"
	passesUpgrade     fault = "passes any Upgrade on"
)

func (p *standIn) is(f fault) bool { return p.careless == f }

// start runs the stand-in before an Echo until the test ends, and returns its
// URL.
func start(t *testing.T, careless fault) *url.URL {
	t.Helper()
	app := listen(t)
	echoes := make(chan error, 1)
	ctx := t.Context()
	go func() { echoes <- Echo(ctx, app) }()
	front := listen(t)
	p := &standIn{host: front.Addr().String(), app: app.Addr().String(), careless: careless}
	var clients sync.WaitGroup
	clients.Go(func() {
		for {
			conn, err := front.Accept()
			if err != nil {
				return
			}
			clients.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = front.Close()
		clients.Wait()
		if err := <-echoes; err != nil {
			t.Errorf("the echo ended with %v", err)
		}
	})
	return &url.URL{Scheme: "http", Host: p.host}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// message is a request as the stand-in reads it: its lines as they came.
type message struct {
	method, target, proto string
	lines                 []string
	body                  string
}

// patience is how long anybody in these tests waits for somebody else. Nothing
// is judged by its running out: every stand-in answers or closes.
const patience = time.Minute

func (p *standIn) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	for {
		m, err := p.read(in)
		if err != nil {
			if err != io.EOF {
				fmt.Fprintf(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}
			return
		}
		if !p.answer(conn, m) {
			return
		}
	}
}

var (
	goodMethod = regexp.MustCompile(`^[A-Z]+$`)
	goodField  = regexp.MustCompile(`^[A-Za-z0-9_-]+:[ \t]*[ -~\t]*$`)
	oddField   = regexp.MustCompile(`^[ \t]*[A-Za-z0-9_-]+[ \t]*:`)
)

func (p *standIn) read(in *bufio.Reader) (message, error) {
	var m message
	first, err := in.ReadString('\n')
	if err != nil {
		return m, io.EOF
	}
	words := strings.Split(strings.TrimSuffix(first, "\r\n"), " ")
	if len(words) != 3 || !goodMethod.MatchString(words[0]) || words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0" {
		return m, fmt.Errorf("request line %q", first)
	}
	m.method, m.target, m.proto = words[0], words[1], words[2]
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return m, io.EOF
		}
		line, whole := strings.CutSuffix(line, "\r\n")
		if line == "" && whole {
			break
		}
		good := whole && goodField.MatchString(line) || p.is(readsOddLines) && oddField.MatchString(line) || p.is(passesLengths) && strings.Contains(line, "Transfer-Encoding")
		if !good {
			return m, fmt.Errorf("field %q", line)
		}
		m.lines = append(m.lines, line)
	}
	return m, p.readBody(in, &m)
}

func (p *standIn) readBody(in *bufio.Reader, m *message) error {
	if len(m.values("Transfer-Encoding")) > 0 && !p.is(passesLengths) {
		return fmt.Errorf("chunked")
	}
	lengths := m.values("Content-Length")
	if len(lengths) == 0 {
		return nil
	}
	n, err := strconv.Atoi(lengths[0])
	if err != nil || n < 0 || lengths[0] != strconv.Itoa(n) || len(lengths) > 1 && !p.is(passesLengths) {
		return fmt.Errorf("length")
	}
	body := make([]byte, n)
	_, err = io.ReadFull(in, body)
	m.body = string(body)
	return err
}

func (m message) values(name string) []string {
	var all []string
	for _, line := range m.lines {
		n, v, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(n), name) {
			all = append(all, strings.TrimSpace(v))
		}
	}
	return all
}

func (m message) value(name string) string { return strings.Join(m.values(name), ",") }

// answer reports whether the connection stays open.
func (p *standIn) answer(conn net.Conn, m message) bool {
	if p.is(showsGuard) && strings.HasPrefix(m.target, "/guard/") {
		who, _ := p.person(m)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nRemote-User: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", who)
		return false
	}
	who, status := p.judge(m)
	if status != 200 {
		fmt.Fprintf(conn, "HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n", status)
		return m.value("Connection") == "keep-alive"
	}
	back, err := net.Dial("tcp", p.app)
	if err != nil {
		return false
	}
	defer back.Close()
	fmt.Fprintf(back, "%s %s HTTP/1.1\r\n%s\r\n\r\n%s", m.method, p.target(m), strings.Join(p.forward(m, who), "\r\n"), m.body)
	if p.is(passesLengths) {
		// The application is told that there is no more, and closes after its
		// last answer, so that nobody has to guess which one is the last.
		_ = back.(*net.TCPConn).CloseWrite()
	}
	if p.is(tellsBrowser) {
		answer, _ := io.ReadAll(back)
		_, err = io.WriteString(conn, strings.Replace(string(answer), "\r\n", "\r\nRemote-User: "+who+"\r\n", 1))
		return err == nil
	}
	_, _ = io.Copy(conn, back)
	return false
}

// target is what the application is asked for.
func (p *standIn) target(m message) string {
	if p.is(openAbsolute) {
		return withoutOrigin(m.target)
	}
	return m.target
}

// forward are the lines for the application.
func (p *standIn) forward(m message, who string) []string {
	var lines []string
	cleared := make(map[string]bool)
	for _, line := range m.lines {
		name, _, _ := strings.Cut(line, ":")
		n := strings.ToLower(name)
		switch {
		case p.clears(m, name) && !(p.is(clearsFirst) && cleared[n]):
			cleared[n] = true
		case n == "connection" && !p.is(passesUpgrade), n == "upgrade" && !p.is(passesUpgrade):
		default:
			lines = append(lines, line)
		}
	}
	if who != "" {
		lines = append(lines, "Remote-User: "+who, "Remote-Groups: people")
	}
	if p.is(dropsNamed) {
		named := strings.Split(strings.ReplaceAll(m.value("Connection"), " ", ""), ",")
		lines = slices.DeleteFunc(lines, func(l string) bool {
			name, _, _ := strings.Cut(l, ":")
			return slices.Contains(named, name)
		})
	}
	if p.is(passesLengths) {
		return lines
	}
	return append(lines, "Connection: close")
}

func (p *standIn) clears(m message, name string) bool {
	if p.is(clearsNothing) || p.is(clearsProtected) && strings.HasPrefix(m.target, "/public") {
		return false
	}
	if p.is(clearsExact) {
		return slices.ContainsFunc(knownNames(), func(n string) bool { return strings.EqualFold(n, name) }) || sinister(name)
	}
	if p.is(readsOddLines) {
		return slices.Contains(knownNames(), name) || strings.Contains(name, "_") || sinister(name)
	}
	return strings.Contains(name, "_") || sinister(name) || slices.Contains(knownNames(), name) ||
		slices.ContainsFunc(knownNames(), func(n string) bool { return strings.EqualFold(n, name) })
}

func TestStandInHolds(t *testing.T) {
	report := assault(t, "", allClasses()...)
	for _, f := range report.Findings {
		if f.Verdict != Held {
			t.Errorf("%s: got %s %q %q %q, want held", f.Name, f.Verdict, f.Why, f.Sent, f.Got)
		}
	}
	if n := len(report.Findings); n < 350 {
		t.Errorf("got %d attacks, want hundreds", n)
	}
}
