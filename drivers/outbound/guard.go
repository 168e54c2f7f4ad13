package outbound

import (
	"io"
	"net/http"
	"sync"
)

// guard is the transport between a client and the network.
type guard struct {
	plain bool
	slots chan struct{}
	next  http.RoundTripper
}

// RoundTrip makes one call. It holds a slot until the answer's body is closed.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !(g.plain && r.URL.Scheme == "http") {
		return nil, ErrPlain
	}
	select {
	case g.slots <- struct{}{}:
	case <-r.Context().Done():
		return nil, ErrBusy
	}
	release := sync.OnceFunc(func() { <-g.slots })
	answer, err := g.next.RoundTrip(r)
	if err != nil {
		release()
		return nil, err
	}
	if answer.ContentLength > MaxBody || answer.Header.Get("Content-Encoding") != "" {
		_ = answer.Body.Close() // nobody will read it
		release()
		return nil, ErrTooLarge
	}
	answer.Body = &body{from: answer.Body, left: MaxBody, release: release}
	return answer, nil
}

// body is an answer's body up to MaxBody.
type body struct {
	from    io.ReadCloser
	left    int
	release func()
}

// Read answers ErrTooLarge when there is more than MaxBody, so that nobody
// takes a part for the whole.
func (b *body) Read(p []byte) (int, error) {
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if n > b.left {
		return b.left, ErrTooLarge
	}
	b.left -= n
	return n, err
}

// Close ends the call.
func (b *body) Close() error {
	defer b.release()
	return b.from.Close()
}
