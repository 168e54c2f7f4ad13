// Package ldaptest is an LDAP server for tests that says whatever a test wants
// it to say: it reads requests, keeps a log of them, and hands each to a
// script that answers with raw octets.
package ldaptest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// Identifier octets of requests (RFC 4511 §4.2 to §4.14).
const (
	Bind     = 0x60
	Unbind   = 0x42
	Search   = 0x63
	Abandon  = 0x50
	Extended = 0x77
)

// PDU is one request as it arrived.
type PDU struct {
	Conn int  // counts connections from 1
	TLS  bool // whether it was encrypted
	ID   int
	Op   byte

	Name, Password string   // Bind
	Base, Filter   string   // Search
	OID            string   // Extended
	Controls       []string // OIDs
}

// Script answers one request. It runs in the goroutine of the connection, one
// request at a time.
type Script func(s *Session, p PDU)

// Server is a scripted server on a loopback port.
type Server struct {
	Addr string // host:port

	listener net.Listener
	ends     chan struct{}
	work     sync.WaitGroup

	mu       sync.Mutex
	script   Script
	log      []PDU
	sessions map[*Session]bool
	accepted int
}

// Options say how a server begins.
type Options struct {
	// Script answers requests. Without one they stay unanswered.
	Script Script
	// TLS makes it an ldaps:// server.
	TLS *tls.Config
	// Greet runs before anything is read; false hangs up.
	Greet func(s *Session) bool
}

// Start starts a server that ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &Server{Addr: l.Addr().String(), listener: l, ends: make(chan struct{}), script: o.Script, sessions: map[*Session]bool{}}
	s.work.Go(func() { s.accept(o) })
	t.Cleanup(s.close)
	return s
}

// URL is the server's address for plain connections and StartTLS.
func (s *Server) URL() string { return "ldap://" + s.Addr }

// URLS is the server's address when it has Options.TLS.
func (s *Server) URLS() string { return "ldaps://" + s.Addr }

// Do replaces the script.
func (s *Server) Do(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// Log are the requests so far.
func (s *Server) Log() []PDU {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Count counts requests.
func (s *Server) Count(which func(PDU) bool) int {
	n := 0
	for _, p := range s.Log() {
		if which(p) {
			n++
		}
	}
	return n
}

// Binds counts bind requests.
func (s *Server) Binds() int { return s.Count(func(p PDU) bool { return p.Op == Bind }) }

// Accepted counts connections.
func (s *Server) Accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Open counts connections that have not ended.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// HangUp ends all connections; new ones are accepted.
func (s *Server) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		_ = c.raw.Close()
	}
}

func (s *Server) close() {
	close(s.ends)
	_ = s.listener.Close()
	s.HangUp()
	s.work.Wait()
}

func (s *Server) accept(o Options) {
	for {
		raw, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := &Session{server: s, raw: raw, net: raw}
		s.mu.Lock()
		s.accepted++
		c.number = s.accepted
		s.sessions[c] = true
		s.mu.Unlock()
		s.work.Go(func() { s.serve(c, o) })
	}
}

func (s *Server) serve(c *Session, o Options) {
	defer func() {
		_ = c.raw.Close()
		s.mu.Lock()
		delete(s.sessions, c)
		s.mu.Unlock()
	}()
	if o.Greet != nil && !o.Greet(c) {
		return
	}
	if o.TLS != nil && c.Secure(o.TLS) != nil {
		return
	}
	for {
		p, err := c.next()
		if err != nil || p.Op == Unbind {
			return
		}
		s.mu.Lock()
		s.log = append(s.log, p)
		script := s.script
		s.mu.Unlock()
		if script != nil {
			script(c, p)
		}
	}
}

// Session is one connection.
type Session struct {
	server *Server
	number int
	raw    net.Conn // under TLS
	net    net.Conn
	in     *bufio.Reader
	tls    bool
	gone   bool
}

// Send writes octets as they are.
func (c *Session) Send(parts ...[]byte) {
	octets := parts[0]
	if len(parts) > 1 {
		octets = slices.Concat(parts...) // in one segment
	}
	if _, err := c.net.Write(octets); err != nil {
		c.gone = true
	}
}

// Alive reports whether everything could be sent so far.
func (c *Session) Alive() bool { return !c.gone }

// Secure answers a TLS handshake.
func (c *Session) Secure(cfg *tls.Config) error {
	t := tls.Server(c.raw, cfg)
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	c.net, c.in, c.tls = t, nil, true
	return nil
}

// Close hangs up.
func (c *Session) Close() { _ = c.raw.Close() }

// Wait blocks until the client has hung up or the server ends.
func (c *Session) Wait() { _, _ = io.Copy(io.Discard, c.net) }

// Ends is closed when the server ends.
func (c *Session) Ends() <-chan struct{} { return c.server.ends }

// next reads a request.
func (c *Session) next() (PDU, error) {
	if c.in == nil {
		c.in = bufio.NewReader(c.net)
	}
	m, err := ber.ReadPacket(c.in)
	if err != nil {
		return PDU{}, err
	}
	if len(m.Children) < 2 {
		return PDU{}, errors.New("no request")
	}
	id, _ := m.Children[0].Value.(int64)
	op := m.Children[1]
	p := PDU{Conn: c.number, TLS: c.tls, ID: int(id), Op: byte(op.ClassType) | byte(op.TagType) | byte(op.Tag)}
	if len(m.Children) > 2 {
		for _, control := range m.Children[2].Children {
			p.Controls = append(p.Controls, control.Children[0].Data.String())
		}
	}
	switch {
	case p.Op == Bind && len(op.Children) == 3:
		p.Name, p.Password = op.Children[1].Data.String(), op.Children[2].Data.String()
	case p.Op == Search && len(op.Children) == 8:
		p.Base = op.Children[0].Data.String()
		p.Filter, err = goldap.DecompileFilter(op.Children[6])
	case p.Op == Extended && len(op.Children) > 0:
		p.OID = op.Children[0].Data.String()
	}
	return p, err
}

// Read waits for octets from the client, outside of any request.
func (c *Session) Read(into []byte) { _, _ = c.in.Read(into) }
