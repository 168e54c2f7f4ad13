package oidctest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"sync"
	"testing"
)

// server is an HTTP server that can go away and come back on its port.
type server struct {
	addr, origin, caFile string

	roots   *x509.CertPool
	tls     *tls.Config // nil for plain
	handler http.Handler
	work    sync.WaitGroup

	mu      sync.Mutex
	current *http.Server // nil while down
	end     func()
}

// listen starts a server that ends with the test.
func listen(tb testing.TB, o Options, h http.Handler) *server {
	tb.Helper()
	s := &server{}
	if o.TLS {
		s.certify(tb)
	}
	s.start(tb, o.Host, h)
	return s
}

// beside starts another server with the same certificate.
func (s *server) beside(tb testing.TB, host string, h http.Handler) *server {
	tb.Helper()
	other := &server{caFile: s.caFile, roots: s.roots, tls: s.tls}
	other.start(tb, host, h)
	return other
}

func (s *server) start(tb testing.TB, host string, h http.Handler) {
	tb.Helper()
	s.addr = net.JoinHostPort(host, "0")
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.enter() {
			defer s.work.Done()
			h.ServeHTTP(w, r)
		}
	})
	s.up(tb)
	s.origin = "http://" + s.addr
	if s.tls != nil {
		s.origin = "https://" + s.addr
	}
	tb.Cleanup(func() {
		s.down()
		s.work.Wait()
	})
}

// enter counts a request as work, unless the server is down already.
func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return false
	}
	s.work.Add(1)
	return true
}

func (s *server) up(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		return
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		tb.Fatalf("listen on %s: %v", s.addr, err)
	}
	s.addr = l.Addr().String()
	if s.tls != nil {
		l = tls.NewListener(l, s.tls)
	}
	ctx, end := context.WithCancel(context.Background())
	// What clients do to connections is their business, not the test's output.
	h := &http.Server{
		Handler: s.handler, ErrorLog: stdlog.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	// A client that has not noticed yet that a connection was cut would blame
	// the provider that is up again: one call, one connection.
	h.SetKeepAlivesEnabled(false)
	// Serve may not have begun when it goes down again: then h does not know of l.
	s.current, s.end = h, func() { end(); _ = l.Close() }
	s.work.Go(func() { _ = h.Serve(l) }) // ends with down
}

func (s *server) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return
	}
	s.end()
	_ = s.current.Close() // nothing is left to lose
	s.current = nil
}

// client trusts the server.
func (s *server) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: s.roots},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
