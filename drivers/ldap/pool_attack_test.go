package ldap_test

import (
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

// crowd runs n calls at once and returns their errors in no order.
func crowd(n int, call func(i int) error) <-chan error {
	out := make(chan error, n)
	for i := range n {
		go func() { out <- call(i) }()
	}
	return out
}

// mixed signs people in and out of order: right and wrong passwords, known
// and unknown names.
func mixed(t *testing.T, d drivers.Driver, n int) {
	t.Helper()
	tries := []struct {
		login, password string
		want            error
	}{
		{"alice", secret, nil}, {"alice", "wrong", drivers.ErrCredentials},
		{"bob", "secret of bob", nil}, {"nobody", secret, drivers.ErrCredentials},
	}
	errs := crowd(n, func(i int) error {
		c := tries[i%len(tries)]
		in, err := d.Password.Authenticate(t.Context(), c.login, c.password)
		if !errors.Is(err, c.want) {
			return err
		}
		if err == nil && in.Login != c.login {
			return errors.New(c.login + " became " + in.Login)
		}
		return nil
	})
	for range n {
		if err := <-errs; err != nil {
			t.Errorf("login: %v", err)
		}
	}
}

func withBob() *ldaptest.Honest {
	h := honest()
	h.People = append(h.People, ldaptest.Entry{DN: "uid=bob," + parts.PeopleDN, Password: "secret of bob", Attributes: []ldaptest.Attribute{
		ldaptest.Has("uid", "bob"), ldaptest.Has("entryUUID", "0b8c3c9e-2222-4c1b-9d59-000000000002")}})
	return h
}

func TestD27_NoSearchRunsAsSomebodyElse(t *testing.T) {
	t.Run("D-27 with a service account the two pools never mix", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: withBob().Serve})
		c := plain(s)
		c.Pool = ldap.Pool{Search: 3, Bind: 3}
		mixed(t, open(t, c), 80)
		searches, people := map[int]bool{}, map[int]bool{}
		for _, p := range s.Log() {
			switch {
			case isSearch(p):
				searches[p.Conn] = true
			case p.Name != parts.ReaderDN:
				people[p.Conn] = true
			}
		}
		for conn := range people {
			if searches[conn] {
				t.Errorf("connection %d: got a person's bind and a search, want one or the other", conn)
			}
		}
		if len(searches) == 0 || len(searches) > 3 || len(people) == 0 || len(people) > 3 {
			t.Errorf("connections: got %d that search and %d that prove, want 1 to 3 each", len(searches), len(people))
		}
	})
	t.Run("D-27 without one each search is of the person who was just proven", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: withBob().Serve})
		c := alone(s)
		c.Pool = ldap.Pool{Bind: 3}
		mixed(t, open(t, c), 80)
		passwords := map[string]string{aliceDN: secret, "uid=bob," + parts.PeopleDN: "secret of bob"}
		bound, searches := map[int]string{}, 0
		for _, p := range s.Log() {
			if p.Op == ldaptest.Bind {
				bound[p.Conn] = ""
				if passwords[p.Name] == p.Password {
					bound[p.Conn] = p.Name
				}
				continue
			}
			searches++
			who := bound[p.Conn]
			if who == "" || p.Base != who && !strings.Contains(p.Filter, "(member="+who+")") {
				t.Errorf("connection %d, bound as %q: got search %s below %s", p.Conn, who, p.Filter, p.Base)
			}
		}
		wantCount(t, "searches", searches, 80)
		if len(bound) > 3 {
			t.Errorf("connections: got %d, want at most 3", len(bound))
		}
	})
}

func TestD28_TheQueueIsBounded(t *testing.T) {
	const callers, pool, queue = 200, 5, 40
	gate := make(chan struct{})
	h := honest()
	s := ldaptest.Start(t, ldaptest.Options{Script: func(s *ldaptest.Session, p ldaptest.PDU) {
		select {
		case <-gate:
		case <-s.Ends():
		}
		h.Serve(s, p)
	}})
	c := plain(s)
	c.Pool = ldap.Pool{Search: pool, Bind: pool, Queue: queue}
	d := open(t, c)
	errs := crowd(callers, func(int) error { return authenticate(t.Context(), d, "alice", secret) })
	for range callers - pool - queue {
		if err := <-errs; !errors.Is(err, drivers.ErrUnavailable) {
			t.Errorf("past the queue: got %v, want %v", err, drivers.ErrUnavailable)
		}
	}
	if got := d.Password.(*ldap.Directory).Stats().Search; got.Waiting != queue || got.Max != pool || got.Open > pool {
		t.Errorf("stats: got %+v, want %d waiting for %d", got, queue, pool)
	}
	close(gate)
	for range pool + queue {
		if err := <-errs; err != nil {
			t.Errorf("in the queue: got %v, want no error", err)
		}
	}
	if got := s.Accepted(); got > 2*pool {
		t.Errorf("connections: got %d, want at most %d", got, 2*pool)
	}
}

func TestD28_ResetsDoNotLast(t *testing.T) {
	h := honest()
	var n atomic.Int64
	s := ldaptest.Start(t, ldaptest.Options{})
	c := plain(s)
	c.Pool = ldap.Pool{Search: 5, Bind: 5}
	d := open(t, c)
	s.Do(except(h, func(ldaptest.PDU) bool { return n.Add(1)%2 == 0 }, func(s *ldaptest.Session, _ ldaptest.PDU) { s.Close() }))
	errs := crowd(100, func(int) error { return authenticate(t.Context(), d, "alice", secret) })
	for range 100 {
		if err := <-errs; err != nil && !errors.Is(err, drivers.ErrUnavailable) {
			t.Errorf("got %v, want nil or %v", err, drivers.ErrUnavailable)
		}
	}
	s.Do(h.Serve)
	enters(t, d)
	if got := d.Password.(*ldap.Directory).Stats(); got.Search.Waiting+got.Bind.Waiting != 0 || got.Search.Open > 5 || got.Bind.Open > 5 {
		t.Errorf("stats: got %+v, want nobody waiting", got)
	}
}

func TestD28_ARestartIsNotNoticed(t *testing.T) {
	s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
	for _, c := range []ldap.Config{plain(s), alone(s)} {
		d := open(t, c)
		enters(t, d)
		before := s.Accepted()
		s.HangUp()
		enters(t, d)
		if s.Accepted() == before {
			t.Error("got no new connection, want kept ones to have ended")
		}
	}
}

func TestKeptConnections(t *testing.T) {
	t.Run("are used again", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
		d := open(t, plain(s))
		for range 10 {
			enters(t, d)
		}
		wantCount(t, "connections", s.Accepted(), 2)
		wantCount(t, "service binds", s.Count(bindsAs(parts.ReaderDN)), 1)
	})
	t.Run("are not used when they are too old", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
		c, now := plain(s), newClock()
		c.Now, c.Pool.Idle = now.Now, time.Minute
		d := open(t, c)
		enters(t, d)
		now.advance(2 * time.Minute)
		enters(t, d)
		wantCount(t, "connections", s.Accepted(), 4)
	})
	t.Run("that sent something unasked are not used", func(t *testing.T) {
		h := honest()
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, bindsAs(aliceDN), func(s *ldaptest.Session, p ldaptest.PDU) {
			yes := ldaptest.Message(p.ID, ldaptest.BindResult(0, ""))
			s.Send(yes, ldaptest.Message(p.ID+1, ldaptest.BindResult(0, "")))
		})})
		d := open(t, plain(s))
		enters(t, d)
		s.Do(h.Serve)
		wantErr(t, authenticate(t.Context(), d, "alice", "wrong"), drivers.ErrCredentials)
	})
	t.Run("are closed with the driver", func(t *testing.T) {
		s := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
		d, err := ldap.Open(plain(s))
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		enters(t, d)
		if err := d.Close(); err != nil {
			t.Errorf("close: got %v, want no error", err)
		}
		if got := d.Password.(*ldap.Directory).Stats(); got.Search.Open+got.Bind.Open != 0 {
			t.Errorf("stats: got %+v, want nothing open", got)
		}
		enters(t, d)
		if got := d.Password.(*ldap.Directory).Stats(); got.Search.Open+got.Bind.Open != 0 {
			t.Errorf("stats after one more call: got %+v, want nothing kept", got)
		}
	})
	t.Run("are let finish what they do when the driver is closed", func(t *testing.T) {
		h := honest()
		reached, gate := make(chan struct{}), make(chan struct{})
		s := ldaptest.Start(t, ldaptest.Options{Script: except(h, bindsAs(aliceDN), func(s *ldaptest.Session, p ldaptest.PDU) {
			close(reached)
			<-gate
			h.Serve(s, p)
		})})
		d := open(t, plain(s))
		errs := crowd(1, func(int) error { return authenticate(t.Context(), d, "alice", secret) })
		<-reached
		_ = d.Close()
		close(gate)
		if err := <-errs; err != nil {
			t.Errorf("got %v, want the login to succeed", err)
		}
	})
}

func TestSeveralServersAreTriedInOrder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	var knocks sync.WaitGroup
	var knocked atomic.Int64
	knocks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			knocked.Add(1)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); knocks.Wait() })
	second := ldaptest.Start(t, ldaptest.Options{Script: honest().Serve})
	now := newClock()
	c := plain(second)
	c.URLs, c.Now, c.Pool.Idle = []string{"ldap://" + l.Addr().String(), second.URL()}, now.Now, time.Second
	d := open(t, c)

	enters(t, d)
	if knocked.Load() == 0 {
		t.Error("the first server: got no connection, want it tried first")
	}
	before := knocked.Load()
	now.advance(2 * time.Second) // kept connections are too old, the failure is not
	enters(t, d)
	if got := knocked.Load(); got != before {
		t.Errorf("the first server, failed a moment ago: got %d more connections, want none", got-before)
	}
	now.advance(ldap.PassOver)
	enters(t, d)
	if knocked.Load() == before {
		t.Error("the first server, failed a while ago: got no connection, want it tried again")
	}
}
