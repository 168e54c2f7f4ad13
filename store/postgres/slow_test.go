package postgres_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// slow is a network between a store and its database that can stop to deliver.
type slow struct {
	dsn     string
	stalled atomic.Bool
	mu      sync.Mutex
	open    []net.Conn
}

// cut ends the stall and every connection that was in it.
func (s *slow) cut() {
	s.stalled.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.Close()
	}
	s.open = nil
}

func stall(t *testing.T, dsn string) *slow {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	to := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Host = l.Addr().String()
	s := &slow{dsn: u.String()}
	var over sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); over.Wait() })
	over.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			over.Go(func() { s.carry(c, to) })
		}
	})
	return s
}

// carry copies both ways until either side closes.
func (s *slow) carry(c net.Conn, to string) {
	defer func() { _ = c.Close() }()
	s.mu.Lock()
	s.open = append(s.open, c)
	s.mu.Unlock()
	d, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = d.Close() }()
	var over sync.WaitGroup
	over.Go(func() { _, _ = io.Copy(c, d); _ = c.Close() })
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			break
		}
		if s.stalled.Load() {
			continue // swallowed: the answer never comes
		}
		if _, err := d.Write(buffer[:n]); err != nil {
			break
		}
	}
	_ = d.Close()
	over.Wait()
}
