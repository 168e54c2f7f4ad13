package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/signet-sso/signet/web"
)

// hidden is a request in what one reader takes for the body of another.
const hidden = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

func patient() web.Timeouts {
	return web.Timeouts{Header: generous, Read: generous, Write: generous, Idle: generous}
}

// inChunks is a body of one chunk.
func inChunks(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }

func TestC35_AmbiguousFramingIsRefused(t *testing.T) {
	address := newHouse(t).serve(t, patient())
	length := fmt.Sprintf("Content-Length: %d\r\n", len(rightBody))
	chunks := inChunks(rightBody)
	both := fmt.Sprintf("Content-Length: %d\r\n", len(chunks+hidden))
	for name, c := range map[string]struct{ head, body string }{
		"two lengths":                      {length + "Content-Length: 5\r\n", rightBody},
		"two lengths in one field":         {fmt.Sprintf("Content-Length: %d, 5\r\n", len(rightBody)), rightBody},
		"a length that is none":            {"Content-Length: +5\r\n", rightBody},
		"a length in hexadecimal":          {"Content-Length: 0x5\r\n", rightBody},
		"a blank before a colon":           {strings.Replace(length, ":", " :", 1), rightBody},
		"a folded length":                  {"Content-Length:\r\n 5 5\r\n", rightBody},
		"an unknown encoding":              {"Transfer-Encoding: xchunked\r\n", chunks + hidden},
		"two encodings":                    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks + hidden},
		"a list of encodings":              {"Transfer-Encoding: identity, chunked\r\n", chunks + hidden},
		"a vertical tab before chunked":    {"Transfer-Encoding: \x0bchunked\r\n", chunks + hidden},
		"a blank before an encoding":       {both + "Transfer-Encoding : chunked\r\n", chunks + hidden},
		"a length, then chunks":            {both + "Transfer-Encoding: chunked\r\n", chunks + hidden},
		"chunks, then a length":            {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks + hidden},
		"a length and chunks in capitals":  {"CONTENT-LENGTH: 5\r\nTRANSFER-ENCODING:\tCHUNKED\r\n", chunks + hidden},
		"a length and folded chunks":       {both + "Transfer-Encoding:\r\n chunked\r\n", chunks + hidden},
		"a length after a bare line feed":  {"X: y\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks + hidden},
		"a chunk that ends with a feed":    {"Transfer-Encoding: chunked\r\n", strings.Replace(chunks, "\r\n", "\n", 1) + hidden},
		"a chunk's extension ends with it": {"Transfer-Encoding: chunked\r\n", strings.Replace(chunks, "\r\n", ";\n", 1) + hidden},
		"the last chunk ends with a feed":  {"Transfer-Encoding: chunked\r\n", strings.Replace(chunks, "0\r\n\r\n", "0\n\n", 1) + hidden},
		"a chunk of a negative size":       {"Transfer-Encoding: chunked\r\n", "-" + chunks + hidden},
		"a chunk of a vast size":           {"Transfer-Encoding: chunked\r\n", "f0000000000000000" + chunks + hidden},
		"a chunk of size 0x0":              {"Transfer-Encoding: chunked\r\n", "0x" + chunks + hidden},
	} {
		t.Run("C-35 "+name, func(t *testing.T) {
			_, r := dial(t, address, "POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+c.head+"\r\n"+c.body)
			status, _ := answer(t, r)
			if status != http.StatusBadRequest && status != http.StatusNotImplemented {
				t.Errorf("got %d, want 400 or 501", status)
			}
			if second, _ := answer(t, r); second != 0 {
				t.Errorf("a second answer %d came", second)
			}
		})
	}
	t.Run("C-35 chunks in HTTP/1.0", func(t *testing.T) {
		_, r := dial(t, address, "POST /auth/login HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"+inChunks(rightBody)+hidden)
		if status, _ := answer(t, r); status != http.StatusBadRequest {
			t.Errorf("got %d, want 400", status)
		}
		if second, _ := answer(t, r); second != 0 {
			t.Errorf("a second answer %d came", second)
		}
	})
	t.Run("C-35 nobody goes on in HTTP/2", func(t *testing.T) {
		_, r := dial(t, address, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
		if status, _ := answer(t, r); status != http.StatusOK {
			t.Errorf("got %d, want an answer in HTTP/1.1", status)
		}
	})
}

// oneConn is a listener of one connection.
type oneConn chan net.Conn

func (l oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l oneConn) Close() error   { return nil }
func (l oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestC35_TwoLengthsInPiecesAreTwo(t *testing.T) {
	ours, theirs := net.Pipe() // each write is a read of its own
	l := make(oneConn, 1)
	l <- theirs
	s := web.Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler), patient())
	served := make(chan error, 1)
	go func() { served <- s.Serve(web.Door(l, 1)) }()
	go func() {
		for _, c := range []byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") {
			_, _ = ours.Write([]byte{c})
		}
	}()
	if status, _ := answer(t, bufio.NewReader(ours)); status != http.StatusBadRequest {
		t.Errorf("got %d, want 400", status)
	}
	close(l)
	_ = ours.Close()
	<-served
}

// What is plain goes on as ever, on one connection and in pieces too.
func TestPlainFramingIsServed(t *testing.T) {
	address := newHouse(t).serve(t, patient())
	login := "POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	counted := login + fmt.Sprintf("content-length: %d\r\n\r\n", len(rightBody)) + rightBody
	chunked := login + "Transfer-Encoding: chunked\r\n\r\n" + inChunks(rightBody)
	for name, c := range map[string]struct {
		sent string
		want int // answers
	}{
		"a length":                     {counted, 1},
		"chunks":                       {chunked, 1},
		"lengths, and then chunks":     {counted + hidden + counted + chunked, 4},
		"nothing after chunks":         {chunked + hidden, 1},
		"a field that begins as one":   {strings.Replace(chunked, "Host: a\r\n", "Host: a\r\nContent-Length-Hint: 5\r\n", 1), 1},
		"HTTP/1.0, and nothing after":  {"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + hidden, 1},
		"a length in HTTP/1.0":         {strings.Replace(counted, "HTTP/1.1", "HTTP/1.0", 1), 1},
		"a length that is there twice": {strings.Replace(counted, "Host: a\r\n", fmt.Sprintf("Host: a\r\nContent-Length: %d\r\n", len(rightBody)), 1), 1},
	} {
		for _, size := range []int{len(c.sent), 7} {
			t.Run(fmt.Sprintf("%s, %d bytes at a time", name, size), func(t *testing.T) {
				conn, r := dial(t, address, "")
				var sending sync.WaitGroup
				defer sending.Wait()
				sending.Go(func() {
					for rest := c.sent; rest != ""; rest = rest[min(size, len(rest)):] {
						_, _ = conn.Write([]byte(rest[:min(size, len(rest))]))
					}
				})
				for i := range c.want {
					if status, body := answer(t, r); status != http.StatusOK {
						t.Fatalf("answer %d: got %d %s", i, status, body)
					}
				}
				if strings.Contains(name, "nothing after") {
					if status, _ := answer(t, r); status != 0 {
						t.Errorf("got %d after it", status)
					}
				}
			})
		}
	}
}

// crowd is a listener that brings as many connections as somebody wants.
type crowd struct {
	came chan net.Conn
	err  error
}

func (l crowd) Accept() (net.Conn, error) {
	if l.err != nil {
		return nil, l.err
	}
	ours, theirs := net.Pipe()
	l.came <- theirs
	return ours, nil
}

func (l crowd) Close() error { return nil }
func (crowd) Addr() net.Addr { return &net.TCPAddr{} }

func TestADoorHasSoManyPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		came := make(chan net.Conn, 10)
		d := web.Door(crowd{came: came}, 2)
		let := make(chan net.Conn, 10)
		var accepting sync.WaitGroup
		accepting.Go(func() {
			for {
				c, err := d.Accept()
				if err != nil {
					return
				}
				let <- c
			}
		})
		for i, want := range []int{2, 3, 3, 4} {
			synctest.Wait()
			if got := len(came); got != want {
				t.Fatalf("step %d: %d came in, want %d", i, got, want)
			}
			switch i {
			case 0, 2:
				c := <-let
				_, _ = c.Close(), c.Close() // the second time it has no place to give back
			case 1:
				if err := (<-let).(interface{ CloseWrite() error }).CloseWrite(); err != nil {
					t.Errorf("half closed: %v", err)
				}
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		accepting.Wait() // who waits for a place hears that there will be none
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("who did not come takes none", func(t *testing.T) {
		d := web.Door(crowd{err: errors.New("too many files")}, 1)
		for range 3 {
			if _, err := d.Accept(); err == nil {
				t.Error("got no error")
			}
		}
	})
}
