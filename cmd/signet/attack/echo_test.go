package attack

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tell sends bytes to an Echo and returns its answers until it closes the
// connection. An Echo that has closed it before it was sent everything has
// still said what there is: what it answered counts, and not what the writer
// was told.
func tell(t *testing.T, sent string) []echoed {
	t.Helper()
	l := listen(t)
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- Echo(ctx, l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, sent)
	_ = conn.(*net.TCPConn).CloseWrite()
	var all []echoed
	in := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return all
		}
		var e echoed
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
			t.Fatalf("an answer that is no echo: %v", err)
		}
		if resp.Header.Get(echoMark) == "" {
			t.Errorf("the answer has no field %s", echoMark)
		}
		all = append(all, e)
	}
}

func TestEcho(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		want       []Received
	}{
		{
			"fields come in their order and spelling", "GET /a%2Fb?c#d HTTP/1.1\r\nhOsT: x\r\nRemote_User : a\r\nRemote-User:b\r\n\r\n",
			[]Received{{"GET", "/a%2Fb?c#d", "HTTP/1.1", []Field{{"hOsT", "x"}, {"Remote_User", "a"}, {"Remote-User", "b"}}, 0}},
		},
		{
			"a folded line goes on, or is a field of its own", "GET / HTTP/1.1\r\nA: b\r\n c\r\n Remote-User: d\r\n\r\n",
			[]Received{{"GET", "/", "HTTP/1.1", []Field{{"A", "b c"}, {"Remote-User", "d"}}, 0}},
		},
		{
			"two requests on one connection are two", "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n\r\n",
			[]Received{{"POST", "/1", "HTTP/1.1", []Field{{"Content-Length", "3"}}, 3}, {"GET", "/2", "HTTP/1.1", nil, 0}},
		},
		{
			"chunks count before a length", "POST /1 HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n2;x\r\nab\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\nGET /3 HTTP/1.1\r\n\r\n",
			[]Received{
				{"POST", "/1", "HTTP/1.1", []Field{{"Content-Length", "4"}, {"Transfer-Encoding", "xchunked"}}, 2},
				{"GET", "/2", "HTTP/1.1", []Field{{"Connection", "close"}}, 0},
			},
		},
		{"HTTP/1.0 ends the connection", "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", []Received{{"GET", "/1", "HTTP/1.0", nil, 0}}},
		{"a body that is too long is not read", "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", nil},
		{"a head that is too long is not read", "GET / HTTP/1.1\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 300) + "\r\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []Received
			for _, e := range tell(t, c.sent) {
				if !e.Mark {
					t.Error("the body does not say that it is an echo")
				}
				got = append(got, e.Received)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestEchoEnds(t *testing.T) {
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Echo(t.Context(), l); err == nil || !strings.HasPrefix(err.Error(), "accept: ") {
		t.Errorf("got %v, want why it cannot accept", err)
	}
}

// An application that is no Echo, and which answers with what it was sent
// or not.
func application(t *testing.T, answer func(m Received) string) Config {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if m, err := readVersioned(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, answer(m))
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	c := against(t, "")
	c.URL.Host = l.Addr().String()
	return c
}

// readVersioned reads a request, but none of HTTP/0.9, of whose head it would
// wait for more.
func readVersioned(in *bufio.Reader) (Received, error) {
	first, err := in.ReadString('\n')
	if err != nil {
		return Received{}, err
	}
	if !strings.Contains(first, " HTTP/") {
		return Received{}, fmt.Errorf("request line %q", first)
	}
	return readRequest(bufio.NewReader(io.MultiReader(strings.NewReader(first), in)))
}

func plainAnswer(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
}

// signedIn is a guard that knows the two tokens and no rule but one.
func signedIn(m Received) int {
	token := strings.TrimPrefix(strings.Join(m.Values("Authorization"), ","), "Bearer ")
	switch {
	case strings.HasPrefix(m.Target, "/public"):
		return 200
	case token != ann && token != bob:
		return 401
	case m.Target == "/admin" && token == ann:
		return 403
	}
	return 200
}

func TestWithoutEcho(t *testing.T) {
	verdicts := func(r Report, class string) map[Verdict]int {
		got := make(map[Verdict]int)
		for _, f := range r.Findings {
			if f.Class == class {
				got[f.Verdict]++
			}
		}
		return got
	}
	t.Run("what cannot be seen is not said to hold", func(t *testing.T) {
		r := assaultWith(t, application(t, func(m Received) string { return plainAnswer(signedIn(m), "welcome") }), allClasses()...)
		if r.Echo {
			t.Error("got an echo where there is none")
		}
		got := verdicts(r, "identity")
		if got[NotSeen] == 0 || got[Held] > 0 || got[Broken] > 0 {
			t.Errorf("got %v for spoofed identities, want none but not seen", got)
		}
		if got := verdicts(r, "path"); got[NotSeen] == 0 || got[Held] > got[NotSeen] {
			t.Errorf("got %v for paths, which it serves with 200, want not seen", got)
		}
		if got := verdicts(r, "smuggling"); got[Held] > 0 {
			t.Errorf("got %v for hidden requests, want none held", got)
		}
	})
	t.Run("an application that shows the spoofed name has seen it", func(t *testing.T) {
		r := assaultWith(t, application(t, func(m Received) string {
			return plainAnswer(signedIn(m), "welcome "+strings.Join(m.Values("Remote-User"), ","))
		}), "identity")
		if got := verdicts(r, "identity"); got[Broken] == 0 {
			t.Errorf("got %v, want some broken", got)
		}
	})
	t.Run("one that lets a stranger in is broken", func(t *testing.T) {
		r := assaultWith(t, application(t, func(m Received) string {
			if m.Method == "OPTIONS" || m.Method == "PROPFIND" || !strings.HasPrefix(strings.Join(m.Values("Host"), ","), "127.0.0.1") {
				return plainAnswer(204, "")
			}
			return plainAnswer(signedIn(m), "")
		}), "no credential", "host")
		if want := []string{"no credential, method PROPFIND", "no credential, HTTP/1.0 without Host"}; !cmp.Equal(broken(r), want) {
			t.Errorf("got %q broken, want %q", broken(r), want)
		}
		for _, name := range []string{"no credential, method OPTIONS", "another host, a foreign Host"} {
			if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Name == name && f.Verdict == NotSeen }) {
				t.Errorf("%s, which somebody else may answer, is not among those not seen", name)
			}
		}
	})
}
