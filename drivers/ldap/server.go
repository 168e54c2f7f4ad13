package ldap

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"
)

// passOver is how long a server that failed is tried after all others.
const passOver = 10 * time.Second

// server is one address of the directory.
type server struct {
	host string // for the certificate
	addr string // host:port
	tls  bool   // TLS from the first octet
}

// parseServer reads "ldap://host[:port]" or "ldaps://host[:port]".
func parseServer(text string) (*server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("url %q is not an address", text)
	}
	if u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return nil, fmt.Errorf("url %q begins with neither ldaps:// nor ldap://", u.Redacted())
	}
	if u.Hostname() == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("url %q must be a host and perhaps a port", u.Redacted())
	}
	s := &server{host: u.Hostname(), tls: u.Scheme == "ldaps"}
	port := u.Port()
	switch {
	case port != "":
	case s.tls:
		port = "636"
	default:
		port = "389"
	}
	s.addr = net.JoinHostPort(s.host, port)
	return s, nil
}

// servers knows which servers failed lately. It is safe for concurrent use.
type servers struct {
	all []*server
	now func() time.Time

	mu     sync.Mutex
	failed map[*server]time.Time
}

func newServers(all []*server, now func() time.Time) *servers {
	return &servers{all: all, now: now, failed: map[*server]time.Time{}}
}

// order gives the servers as configured, those that failed lately last: when
// all have failed, trying again is all that is left.
func (s *servers) order() []*server {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	late := func(v *server) int {
		if at, ok := s.failed[v]; ok && now.Sub(at) < passOver {
			return 1
		}
		return 0
	}
	list := slices.Clone(s.all)
	slices.SortStableFunc(list, func(a, b *server) int { return late(a) - late(b) })
	return list
}

func (s *servers) fail(v *server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed[v] = s.now()
}

func (s *servers) succeed(v *server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failed, v)
}
