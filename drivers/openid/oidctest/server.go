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
	end     context.CancelFunc
}

// listen starts a server that ends with the test.
func listen(tb testing.TB, o Options, h http.Handler) *server {
	tb.Helper()
	s := &server{addr: net.JoinHostPort(o.Host, "0")}
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.work.Add(1)
		defer s.work.Done()
		h.ServeHTTP(w, r)
	})
	scheme := "http://"
	if o.TLS {
		scheme = "https://"
		s.certify(tb)
	}
	s.up(tb)
	s.origin = scheme + s.addr
	tb.Cleanup(func() {
		s.down()
		s.work.Wait()
	})
	return s
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
	s.current, s.end = h, end
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

func (s *server) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: s.roots},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
