// Package mailtest is a small SMTP server for tests: it takes letters over a
// real connection, and a script makes it refuse, wait, lie or die at any
// command.
package mailtest

import (
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Command is one line of a client. The content of a letter is one too, with the
// verb ".".
type Command struct {
	Session int    // which connection, from 1
	Verb    string // upper case; "" before the greeting
	Line    string // the whole line, or the content with its dots undoubled
	TLS     bool
}

// Answer is what a script makes of a command. The zero value is the usual
// answer.
type Answer struct {
	Reply string          // instead of the usual one, without CR LF; lines end in \n
	Wait  <-chan struct{} // before anything is said, until this or the end of the test
	Drop  bool            // hang up instead of an answer; a letter is not kept then
	Keep  bool            // with Drop: the letter is kept, and the client does not hear of it
}

// Options say how a server is.
type Options struct {
	Implicit   bool     // TLS from the first byte
	NoTLS      bool     // does not offer STARTTLS
	MaxTLS     uint16   // highest version; 0 for any
	WrongName  bool     // the certificate is for another host
	Extensions []string // lines of EHLO besides, such as "SMTPUTF8"
	// Users have these passwords; with any, AUTH PLAIN and LOGIN are offered on
	// protected connections, and nobody sends without.
	Users map[string]string
	// AuthInClear offers AUTH on every connection.
	AuthInClear bool
	Script      func(Command) Answer
	// After is a server that was stopped, whose address and certificate this one
	// takes over; nil is a free port of 127.0.0.1 and a certificate of its own.
	After *Server
}

// Letter is one that the server took.
type Letter struct {
	From, User string
	To         []string
	Content    string // lines end in CR LF, dots are undoubled
	TLS        bool
}

// Server is a running server. It ends with its test.
type Server struct {
	Host   string
	Port   int
	CAFile string // PEM of the authority that signed its certificate

	options  Options
	tls      *tls.Config
	listener net.Listener
	over     chan struct{}
	running  sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	sessions int
	letters  []Letter
	said     []Command
	changed  chan struct{} // closed and replaced when something was added
}

// Start starts a server. Its certificate is for localhost and 127.0.0.1.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{Host: "localhost", options: o, over: make(chan struct{}), conns: map[net.Conn]bool{}, changed: make(chan struct{})}
	address := "127.0.0.1:0"
	if o.After != nil {
		address, s.CAFile, s.tls = o.After.listener.Addr().String(), o.After.CAFile, o.After.tls
	} else {
		s.certify(t, o.WrongName)
	}
	if o.MaxTLS != 0 {
		s.tls.MinVersion, s.tls.MaxVersion = tls.VersionTLS10, o.MaxTLS
	}
	var err error
	if s.listener, err = net.Listen("tcp", address); err != nil {
		t.Fatalf("start mail server: %v", err)
	}
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	s.Port, _ = strconv.Atoi(port) // a listener's port is a number
	s.running.Go(s.accept)
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server and hangs up. It may be called more than once.
func (s *Server) Stop() {
	s.mu.Lock()
	select {
	case <-s.over:
	default:
		close(s.over)
	}
	_ = s.listener.Close() // the second time it is closed already
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.sessions++
		number := s.sessions
		s.mu.Unlock()
		s.running.Go(func() {
			s.serve(c, number)
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

// Letters are those that the server took until now.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// Transcript is every command until now, in the order of their arrival.
func (s *Server) Transcript() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Command(nil), s.said...)
}

// Sessions is how many connections there have been.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// patience is how long a test waits for a client.
const patience = 30 * time.Second

// Await returns when good does, which is asked again after every change, and
// fails the test when that takes too long.
func (s *Server) Await(t testing.TB, what string, good func() bool) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if good() {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("not after %s: %s", patience, what)
		case <-s.over:
			t.Fatalf("the mail server ended before: %s", what)
		}
	}
}

// note adds to what the server knows.
func (s *Server) note(add func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add()
	close(s.changed)
	s.changed = make(chan struct{})
}
