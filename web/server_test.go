package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/web"
)

// generous is a limit that no test waits for.
const generous = 30 * time.Second

// dial connects to a server and sends text as it is.
func dial(t *testing.T, address, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(generous)); err != nil {
		t.Fatal(err)
	}
	// A server that has heard enough closes early: what it said is what counts.
	_, _ = io.WriteString(c, text)
	return c, bufio.NewReader(c)
}

// answer reads one answer to a raw request, 0 for a connection that was closed
// without one.
func answer(t *testing.T, r *bufio.Reader) (status int, body string) {
	t.Helper()
	w, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = w.Body.Close() }()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(b)
}

func TestX05_EveryTimeoutIsSet(t *testing.T) {
	s := web.Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler), web.DefaultTimeouts())
	for name, d := range map[string]time.Duration{
		"ReadHeaderTimeout": s.ReadHeaderTimeout, "ReadTimeout": s.ReadTimeout, "WriteTimeout": s.WriteTimeout, "IdleTimeout": s.IdleTimeout,
	} {
		if d <= 0 || d > time.Minute {
			t.Errorf("X-05 %s is %s", name, d)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("X-08 MaxHeaderBytes is %d", s.MaxHeaderBytes)
	}
	if s.Protocols.UnencryptedHTTP2() || s.Protocols.HTTP2() {
		t.Error("X-09 HTTP/2 is on")
	}
}

func TestX05_ADrippingClientIsCutOffAndOthersAreServed(t *testing.T) {
	short := web.Timeouts{Header: 50 * time.Millisecond, Read: 100 * time.Millisecond, Write: generous, Idle: 50 * time.Millisecond}
	address := newHouse(t).serve(t, short)
	// Each of these sends no more: only the server can end the connection.
	for name, text := range map[string]string{
		"half a header":     "GET /auth HTTP/1.1\r\nHost: a\r\nX: ",
		"nothing":           "",
		"half a body":       "POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"idle after answer": "GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run("X-05 "+name, func(t *testing.T) {
			_, r := dial(t, address, text)
			_, err := io.Copy(io.Discard, r)
			if ours, ok := errors.AsType[net.Error](err); ok && ours.Timeout() {
				t.Errorf("the connection was left open: %v", err)
			}
			_, other := dial(t, address, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			if status, body := answer(t, other); status != http.StatusOK {
				t.Errorf("another client got %d %s", status, body)
			}
		})
	}
	t.Run("X-05 an HTTP/2 preface in clear is no request", func(t *testing.T) {
		_, r := dial(t, address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		if status, _ := answer(t, r); status != 0 && status < 400 {
			t.Errorf("got %d", status)
		}
	})
}

func TestX08_HugeHeadersAre431(t *testing.T) {
	long := web.Timeouts{Header: generous, Read: generous, Write: generous, Idle: generous}
	address := newHouse(t).serve(t, long)
	for name, fields := range map[string]string{
		"X-08 a field of 1 MB":                 "X: " + strings.Repeat("a", 1<<20) + "\r\n",
		"X-08 1,000 fields":                    manyFields(1000),
		"X-08 10,000 values of one field":      strings.Repeat("X: y\r\n", 10_000),
		"T-11 a Bearer of 1 MB":                "Authorization: Bearer " + strings.Repeat("a", 1<<20) + "\r\n",
		"T-11 a Bearer of a million dots":      "Authorization: Bearer " + strings.Repeat(".", 1_000_000) + "\r\n",
		"T-11 a cookie of 64 kB":               "Cookie: signet_session=" + strings.Repeat("a", 64<<10) + "\r\n",
		"L-20 an Authorization field of 64 kB": "Authorization: " + strings.Repeat("a", 64<<10) + "\r\n",
		"C-09 500 cookies":                     strings.Repeat("Cookie: a=b\r\n", 500),
		"C-09 500 cookies in one field":        "Cookie: " + strings.Repeat("a=b; ", 499) + "a=b\r\n",
		"C-09 a cookie of 1 MB":                "Cookie: a=" + strings.Repeat("b", 1<<20) + "\r\n",
		"T-11 a thousand Authorization fields": strings.Repeat("Authorization: Bearer x\r\n", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			_, r := dial(t, address, "GET /auth/me HTTP/1.1\r\nHost: a\r\n"+fields+"\r\n")
			if status, body := answer(t, r); status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("got %d %s, want 431", status, body)
			}
		})
	}
	t.Run("T-11 a hundred Authorization fields are malformed", func(t *testing.T) {
		_, r := dial(t, address, "GET /auth/me HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("Authorization: Bearer x\r\n", 100)+"\r\n")
		if status, _ := answer(t, r); status != http.StatusBadRequest {
			t.Errorf("got %d, want 400", status)
		}
	})
	t.Run("X-07 an address of 1 MB", func(t *testing.T) {
		_, r := dial(t, address, "GET /"+strings.Repeat("a", 1<<20)+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if status, _ := answer(t, r); status != http.StatusRequestHeaderFieldsTooLarge && status != http.StatusRequestURITooLong {
			t.Errorf("got %d, want 414 or 431", status)
		}
	})
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: y\r\n", i)
	}
	return b.String()
}
