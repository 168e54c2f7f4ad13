package ldap_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// relay stands between the driver and a real server, and can keep silent or
// hang up.
type relay struct {
	URL    string
	target string

	mu      sync.Mutex
	conns   []net.Conn
	broken  bool
	stalled chan struct{} // closed when the stall is over; nil without one
	reached chan struct{}
	done    sync.WaitGroup
}

func newRelay(t testing.TB, url string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	r := &relay{URL: "ldap://" + l.Addr().String(), target: strings.TrimPrefix(url, "ldap://")}
	r.done.Go(func() { r.accept(l) })
	t.Cleanup(func() {
		_ = l.Close()
		r.hangUp()
		r.done.Wait()
	})
	return r
}

func (r *relay) accept(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.target)
		if err != nil || !r.keep(in, out) {
			_ = in.Close()
			continue
		}
		r.done.Go(func() { r.upward(in, out) })
		r.done.Go(func() {
			_, _ = io.Copy(in, out)
			_ = in.Close()
		})
	}
}

func (r *relay) keep(pair ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return false
	}
	r.conns = append(r.conns, pair...)
	return true
}

// upward carries requests, each as soon as no stall holds it.
func (r *relay) upward(in, out net.Conn) {
	defer func() { _ = out.Close() }()
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		r.hold()
		if _, err := out.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *relay) hold() {
	r.mu.Lock()
	stalled, reached := r.stalled, r.reached
	r.reached = nil
	r.mu.Unlock()
	if stalled == nil {
		return
	}
	if reached != nil {
		close(reached)
	}
	<-stalled
}

func (r *relay) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}

func (r *relay) setBroken(yes bool) {
	r.mu.Lock()
	r.broken = yes
	r.mu.Unlock()
	r.hangUp()
}

// Break makes every connection end at once, until restore.
func (r *relay) Break(testing.TB) (restore func()) {
	r.setBroken(true)
	return func() { r.setBroken(false) }
}

// Stall holds requests back, until restore.
func (r *relay) Stall(testing.TB) (<-chan struct{}, func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stalled, reached := make(chan struct{}), make(chan struct{})
	r.stalled, r.reached = stalled, reached
	return reached, func() {
		r.mu.Lock()
		r.stalled, r.reached = nil, nil
		r.mu.Unlock()
		close(stalled)
	}
}
