package oidctest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
)

// longest is how much of a request's body is kept, in bytes.
const longest = 1 << 20

// Request is a call as it arrived.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   string
	Form   url.Values // of a POST's body
}

// log counts and keeps calls.
type log struct {
	mu      sync.Mutex
	calls   map[Endpoint][]Request
	written map[Endpoint]int64
	held    map[Endpoint]chan struct{}
	changed chan struct{} // closed and replaced with each call
}

func newLog() *log {
	return &log{calls: map[Endpoint][]Request{}, written: map[Endpoint]int64{}, held: map[Endpoint]chan struct{}{}, changed: make(chan struct{})}
}

// add keeps a call and returns what holds its answer back, nil for nothing.
func (l *log) add(e Endpoint, r Request) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[e] = append(l.calls[e], r)
	close(l.changed)
	l.changed = make(chan struct{})
	return l.held[e]
}

// Calls counts the calls of an endpoint, from their arrival.
func (p *Provider) Calls(e Endpoint) int { return len(p.Requests(e)) }

// Requests are the calls of an endpoint so far.
func (p *Provider) Requests(e Endpoint) []Request {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return slices.Clone(p.log.calls[e])
}

// Last is the last call of an endpoint, the zero Request before the first.
func (p *Provider) Last(e Endpoint) Request {
	all := p.Requests(e)
	if len(all) == 0 {
		return Request{}
	}
	return all[len(all)-1]
}

// Await waits until an endpoint was called n times in all.
func (p *Provider) Await(ctx context.Context, e Endpoint, n int) error {
	for {
		p.log.mu.Lock()
		calls, changed := len(p.log.calls[e]), p.log.changed
		p.log.mu.Unlock()
		if calls >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Written counts the bytes of bodies that an endpoint wrote. What a client
// read is less by what the network held.
func (p *Provider) Written(e Endpoint) int64 {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return p.log.written[e]
}

// Hold keeps an endpoint's answers back until release is called, or a client
// goes away. Calls count at once.
func (p *Provider) Hold(e Endpoint) (release func()) {
	gate := make(chan struct{})
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	p.log.held[e] = gate
	return sync.OnceFunc(func() {
		p.log.mu.Lock()
		defer p.log.mu.Unlock()
		if p.log.held[e] == gate {
			delete(p.log.held, e)
		}
		close(gate)
	})
}

// endpoint is an honest handler that is counted and can be made to lie.
func (p *Provider) endpoint(e Endpoint, honest http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if gate := p.log.add(e, record(r)); gate != nil {
			select {
			case <-gate:
			case <-r.Context().Done():
				return
			}
		}
		w = &meter{ResponseWriter: w, endpoint: e, log: p.log}
		l := p.told()
		switch {
		case l.answers[e] != nil:
			l.answers[e](w, r)
		case l.bodies[e] != nil:
			rewritten(w, r, honest, l.bodies[e])
		default:
			honest(w, r)
		}
	}
}

// rewritten writes what honest answers with another body.
func rewritten(w http.ResponseWriter, r *http.Request, honest http.HandlerFunc, body func(string) string) {
	kept := httptest.NewRecorder()
	honest(kept, r)
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.Code)
	_, _ = io.WriteString(w, body(kept.Body.String())) // the client may be gone
}

// record reads a request and leaves it as it was.
func record(r *http.Request) Request {
	body, err := io.ReadAll(io.LimitReader(r.Body, longest))
	if err != nil {
		body = nil // the client went away; the handler finds nothing either
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body)) // the handler complains about a bad one
	return Request{Method: r.Method, URL: r.URL, Header: r.Header.Clone(), Body: string(body), Form: form}
}

// meter counts what is written.
type meter struct {
	http.ResponseWriter
	endpoint Endpoint
	log      *log
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.ResponseWriter.Write(b)
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	m.log.written[m.endpoint] += int64(n)
	return n, err
}

// Unwrap is for [http.ResponseController].
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
