package web

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Door returns l with at most so many connections at once, each of which watches
// how its requests say how long they are. net/http reads one that says so twice,
// by Content-Length and by Transfer-Encoding, and goes on with the connection,
// where a proxy in front may have seen the end of the request elsewhere (RFC 9112
// §6.1, §11.2). [Server] refuses such requests on these connections.
func Door(l net.Listener, most int) net.Listener {
	return &door{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

type door struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener. It waits until there is a place.
func (d *door) Accept() (net.Conn, error) {
	select {
	case d.places <- struct{}{}:
	case <-d.closed:
		return nil, net.ErrClosed
	}
	c, err := d.Listener.Accept()
	if err != nil {
		<-d.places
		return nil, err
	}
	return &framed{Conn: c, leave: sync.OnceFunc(func() { <-d.places })}, nil
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Listener.Close()
}

// framed counts the lines that came with a length. Those in bodies count too:
// it may refuse a request too many, and never lets one pass.
type framed struct {
	net.Conn
	line           []byte // the beginning of the line that is not over yet
	lengths, codes atomic.Int64
	told           int64 // lengths of the requests so far
	leave          func()
}

// Close implements net.Conn.
func (c *framed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends what we say and lets the client go on, as net/http does before
// it closes a connection of which it has not read everything: the answer would
// be lost otherwise.
func (c *framed) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

const (
	lengthLine = "content-length:"
	codeLine   = "transfer-encoding:"
)

// Read implements net.Conn.
func (c *framed) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.watch(b[:n])
	return n, err
}

func (c *framed) watch(b []byte) {
	for len(b) > 0 {
		line, rest, over := bytes.Cut(b, []byte{'\n'})
		if room := len(codeLine) - len(c.line); room > 0 {
			c.line = append(c.line, line[:min(room, len(line))]...)
		}
		if !over {
			return
		}
		c.note()
		c.line, b = c.line[:0], rest
	}
}

// note counts a line by its beginning.
func (c *framed) note() {
	switch {
	case begins(c.line, lengthLine):
		c.lengths.Add(1)
	case begins(c.line, codeLine):
		c.codes.Add(1)
	}
}

func begins(line []byte, with string) bool {
	return len(line) >= len(with) && strings.EqualFold(string(line[:len(with)]), with)
}

// doubled reports a request whose length was said twice or, in HTTP/1.0, in a way
// that there is none. It is asked once about each request of the connection.
func (c *framed) doubled(r *http.Request) bool {
	if len(r.TransferEncoding) > 0 {
		return c.lengths.Load() > c.told
	}
	c.told += int64(len(r.Header["Content-Length"]))
	return !r.ProtoAtLeast(1, 1) && c.codes.Load() > 0
}

type framedKey struct{}

// withFramed makes the connection known to its requests.
func withFramed(ctx context.Context, c net.Conn) context.Context {
	if f, ok := c.(*framed); ok {
		return context.WithValue(ctx, framedKey{}, f)
	}
	return ctx
}

// framing refuses requests of two lengths, and lets no other request follow one
// whose end somebody else may see elsewhere.
func framing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close")
		}
		if c, ok := r.Context().Value(framedKey{}).(*framed); ok && c.doubled(r) {
			http.Error(w, "400 Bad Request: two lengths", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
