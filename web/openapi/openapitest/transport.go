package openapitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/routers"
)

// often is how many answers of one kind are looked at: a test may ask thousands
// of times, and looking costs more than asking.
const often = 20

// transport is a client's transport whose conversations are compared with the
// document.
type transport struct {
	next   http.RoundTripper
	router func() (routers.Router, error)

	mu   sync.Mutex
	seen map[string]int // by method, path and status
}

// Transport is [Checked] for tests that ask a server over the network: what does
// not fit is an error of the request. An answer without a request id is another
// server's and is not looked at, nor is that to a body which can be read only
// once.
func Transport(next http.RoundTripper) http.RoundTripper {
	return &transport{next: next, router: routes, seen: map[string]int{}}
}

// RoundTrip implements http.RoundTripper.
func (h *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := h.next.RoundTrip(r)
	if err != nil || a.Header.Get("X-Request-Id") == "" || streamed(r) || !h.first(r, a.StatusCode) {
		return a, err
	}
	got, err := io.ReadAll(a.Body)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read answer: %w", err), a.Body.Close())
	}
	if err := a.Body.Close(); err != nil {
		return nil, err
	}
	a.Body = io.NopCloser(bytes.NewReader(got))
	router, err := h.router()
	if err != nil {
		return nil, err
	}
	x := exchange{r: r.Clone(r.Context()), status: a.StatusCode, header: a.Header, got: got}
	if x.sent, err = sentBy(r); err != nil {
		return nil, err
	}
	if all := x.compare(router); len(all) > 0 {
		return nil, errors.New("not as the document has it: " + strings.Join(all, "\n"))
	}
	return a, nil
}

func bodied(r *http.Request) bool { return r.Body != nil && r.Body != http.NoBody }

// streamed reports a body that can be read once only.
func streamed(r *http.Request) bool { return bodied(r) && r.GetBody == nil }

// sentBy is the body of a request that was sent. The transport may still be at the
// original.
func sentBy(r *http.Request) ([]byte, error) {
	if !bodied(r) {
		return nil, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(body)
	return b, errors.Join(err, body.Close())
}

// first reports that an answer of this kind has not come often yet.
func (h *transport) first(r *http.Request, status int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	kind := fmt.Sprint(r.Method, r.URL.Path, status)
	h.seen[kind]++
	return h.seen[kind] <= often
}
