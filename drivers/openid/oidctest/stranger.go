package oidctest

import (
	"net/http"
	"slices"
	"sync"
	"testing"
)

// Stranger is a server that nobody has business with: what a redirect, a
// token's header or a claim points at. It counts who comes all the same.
type Stranger struct {
	URL string

	mu    sync.Mutex
	calls []Request
}

// Stranger starts a server on another port of the provider's address, with the
// provider's certificate. It answers with h, or with an empty JSON object, and
// ends with the test.
func (p *Provider) Stranger(tb testing.TB, h http.HandlerFunc) *Stranger {
	tb.Helper()
	if h == nil {
		h = Raw(http.StatusOK, "application/json", "{}")
	}
	s := &Stranger{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := record(r)
		s.mu.Lock()
		s.calls = append(s.calls, call)
		s.mu.Unlock()
		h(w, r)
	})
	s.URL = p.server.beside(tb, p.o.Host, handler).origin
	return s
}

// Requests are the calls so far.
func (s *Stranger) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Calls counts them.
func (s *Stranger) Calls() int { return len(s.Requests()) }
