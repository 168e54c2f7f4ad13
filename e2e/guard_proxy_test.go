package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// starter starts a real proxy with a configuration.
type starter func(t testing.TB, address, conf string) *parts.Proxy

// fronted is an application behind a real proxy with the printed configuration.
type fronted struct {
	proxy       *parts.Proxy
	signet      *parts.Server // nil behind a stand-in
	application *parts.Application
	public      string // the address for browsers
	cookie      string // of ann, who is in staff
}

const frontRules = `
guard:
  rules:
    - {path: ["/public/**"], public: true}
    - {path: ["/admin/**"], groups: [admins]}
    - {path: ["/**"]}
`

// front starts Signet, an application and a proxy between them.
func front(t *testing.T, kind string, start starter, more string, flags ...string) fronted {
	t.Helper()
	address := parts.FreeAddress(t)
	f := fronted{
		application: parts.Echo(t),
		signet:      serve(t, more, "SIGNET_PUBLIC_URL=http://"+address),
		public:      "http://" + address,
	}
	f.command(t, adminPassword, "user", "add", "--username", "ann", "--group", "staff", "--name", "Ann Lee", "--email", "ann@example.org", "--password-stdin")
	args := append([]string{"guard", kind, "--listen", address, "--upstream", f.application.URL, "--signet", f.signet.URL}, flags...)
	f.proxy = start(t, address, f.command(t, "", args...))
	return f
}

// command runs a command beside the server and returns what it prints.
func (f fronted) command(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := parts.Run(t, parts.Launch{Dir: f.signet.Dir, Args: args, Stdin: stdin, Env: []string{"SIGNET_SECRET=" + masterKey, "SIGNET_PUBLIC_URL=" + f.public}})
	if r.Code != 0 {
		t.Fatalf("signet %v: %s%s", args, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// signIn signs ann in through the proxy.
func (f fronted) signIn(t *testing.T) fronted {
	t.Helper()
	body := fmt.Sprintf(`{"identifier":"ann","password":%q,"mode":"session"}`, adminPassword)
	a := f.send(t, "POST /auth/login", "Content-Type: application/json", "", body)
	for _, c := range a.header["Set-Cookie"] {
		if pair, _, _ := strings.Cut(c, ";"); strings.HasPrefix(pair, "signet_session=") {
			f.cookie = pair
			f.application.Heard()
			return f
		}
	}
	t.Fatalf("signing in through the proxy: got %d %v %s", a.status, a.header, a.body)
	return f
}

// send writes a request as it stands: the method and target, its fields, and
// after an empty one the body. Host and Content-Length come by themselves unless
// they are given.
func (f fronted) send(t *testing.T, line string, fields ...string) answer {
	t.Helper()
	var body string
	for i, field := range fields {
		if field == "" {
			fields, body = fields[:i], strings.Join(fields[i+1:], "")
			break
		}
	}
	has := func(name string) bool {
		return strings.Contains(strings.ToLower("\n"+strings.Join(fields, "\n")), "\n"+name+":")
	}
	if !has("host") {
		fields = append(fields, "Host: "+f.proxy.Address)
	}
	if body != "" && !has("content-length") && !has("transfer-encoding") {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return f.write(t, line, strings.Join(fields, "\r\n")+"\r\n\r\n"+body)
}

func (f fronted) write(t *testing.T, line, rest string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", f.proxy.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, line+" HTTP/1.1\r\n"+rest); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	method, _, _ := strings.Cut(line, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// asAnn is send with ann's cookie.
func (f fronted) asAnn(t *testing.T, line string, fields ...string) answer {
	t.Helper()
	return f.send(t, line, append([]string{"Cookie: " + f.cookie}, fields...)...)
}

// heard is the one request that the application got.
func (f fronted) heard(t *testing.T) parts.Heard {
	t.Helper()
	all := f.application.Heard()
	if len(all) != 1 {
		t.Fatalf("the application got %d requests, want 1: %+v", len(all), all)
	}
	return all[0]
}

// nothing fails the test when the application got a request.
func (f fronted) nothing(t *testing.T) {
	t.Helper()
	if all := f.application.Heard(); len(all) != 0 {
		t.Errorf("the application got %+v", all)
	}
}

// echoed is what the application heard, by its answer.
func echoed(t *testing.T, a answer) parts.Heard {
	t.Helper()
	var h parts.Heard
	if err := json.Unmarshal([]byte(a.body), &h); err != nil || a.status != http.StatusOK {
		t.Fatalf("got %d %s, want the application's answer", a.status, a.body)
	}
	return h
}
