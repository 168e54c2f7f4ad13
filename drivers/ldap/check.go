package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers"
)

// checker tries the directory step by step, with connections of its own.
type checker struct{ d *Directory }

// trial collects steps; after one that failed nothing more is tried.
type trial struct {
	steps  []drivers.Step
	failed bool
}

// try runs one step unless an earlier one failed.
func (t *trial) try(name string, step func() (detail string, err error)) {
	if t.failed {
		return
	}
	start := time.Now()
	detail, err := step()
	s := drivers.Step{Name: name, Detail: detail, Took: time.Since(start), Err: err}
	if err != nil {
		s.Fix = fix(err)
		t.failed = true
	}
	t.steps = append(t.steps, s)
}

// Check reaches every server, binds as the service account and, with a login,
// shows the entry, the groups and the profile of that person. Each step is
// bounded by the configured timeouts. It is for the configured servers only:
// there is no way to name another one.
func (k checker) Check(ctx context.Context, login string) []drivers.Step {
	t := &trial{}
	var c *conn
	for _, s := range k.d.dialer.servers.all {
		if c != nil {
			c.close()
		}
		c = k.server(ctx, t, s)
	}
	if c != nil {
		defer c.close()
	}
	if k.d.service == nil {
		return t.steps
	}
	k.bases(ctx, t, c)
	if login != "" {
		k.person(ctx, t, c, login)
	}
	return t.steps
}

// server goes as far as a bound connection to one server.
func (k checker) server(ctx context.Context, t *trial, s *server) *conn {
	var nc net.Conn
	var heard *listener
	var c *conn
	d := k.d.dialer
	ctx, cancel := context.WithTimeout(ctx, k.d.cfg.Timeouts.Total)
	defer cancel()
	t.try("resolve", func() (string, error) {
		found, err := new(net.Resolver).LookupHost(ctx, s.host)
		return s.host + ": " + strings.Join(found, ", "), err
	})
	t.try("connect", func() (_ string, err error) {
		ctx, cancel := context.WithTimeout(ctx, d.connect)
		defer cancel()
		if nc, err = d.connectTo(ctx, s); err == nil {
			heard = &listener{Conn: nc}
		}
		return s.addr, err
	})
	t.try("TLS", func() (_ string, err error) {
		ctx, cancel := context.WithTimeout(ctx, d.connect)
		defer cancel()
		if c, err = d.secure(ctx, heard, s); err != nil {
			_ = nc.Close()
			return "", heard.judge(err, s)
		}
		return k.certificate(c), nil
	})
	t.try("bind", func() (string, error) {
		if k.d.service == nil {
			return "not tried: people bind as themselves, there is no service account", nil
		}
		r, err := c.bind(ctx, k.d.service.dn, k.d.service.password, nil)
		if err == nil {
			err = r.err("bind")
		}
		return k.d.service.dn, err
	})
	return c
}

// listener remembers what the server said first.
type listener struct {
	net.Conn
	first byte
	some  bool
}

// Read implements net.Conn.
func (l *listener) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 && !l.some {
		l.first, l.some = b[0], true
	}
	return n, err
}

// judge says of a failed handshake whether the port speaks TLS at all. One that
// does answers with a record, be it an alert (RFC 8446 §5.1, content types 20 to
// 24); LDAP without TLS hangs up on what it cannot read, or answers in BER.
func (l *listener) judge(err error, s *server) error {
	mute := !l.some && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET))
	if s.tls && (mute || l.some && (l.first < 20 || l.first > 24)) {
		return plainPortError{err}
	}
	return err
}

// plainPortError is ldaps:// to a port where nobody speaks TLS.
type plainPortError struct{ error }

// Unwrap returns what the handshake said.
func (e plainPortError) Unwrap() error { return e.error }

func (k checker) certificate(c *conn) string {
	tc, ok := c.net.(*tls.Conn)
	if !ok {
		return "none: passwords cross the network in clear text"
	}
	state := tc.ConnectionState()
	leaf := state.PeerCertificates[0]
	days := int(leaf.NotAfter.Sub(k.d.cfg.Now()) / (24 * time.Hour))
	return fmt.Sprintf("%s, certificate %s, %d days left", tls.VersionName(state.Version), leaf.Subject, days)
}

// bases looks whether the entries that searches start from are there.
func (k checker) bases(ctx context.Context, t *trial, c *conn) {
	for _, b := range []struct{ step, key, dn string }{
		{"search", "users.base", k.d.cfg.Users.Base},
		{"groups base", "groups.base", k.d.cfg.Groups.Base},
	} {
		if b.dn == "" {
			continue
		}
		t.try(b.step, func() (string, error) {
			found, err := c.search(ctx, query{base: b.dn, scope: goldap.ScopeBaseObject,
				filter: "(objectClass=*)", attributes: []string{"1.1"}, limit: 1})
			var answer *resultError
			missing := errors.As(err, &answer) && answer.code == goldap.LDAPResultNoSuchObject
			if missing || err == nil && len(found) == 0 {
				return b.dn, baseError{key: b.key, dn: b.dn}
			}
			return b.dn, err
		})
	}
}

// person walks a login without its password.
func (k checker) person(ctx context.Context, t *trial, c *conn, login string) {
	var e entry
	t.try("person", func() (_ string, err error) {
		if err := acceptable(login, "-"); err != nil {
			return "", err
		}
		e, err = k.find(ctx, c, login)
		return e.dn, err
	})
	t.try("status", func() (string, error) {
		if reason := e.barred(k.d.cfg.Now()); reason != "" {
			return "", refused(reason)
		}
		return "may sign in", nil
	})
	var names []string
	t.try("groups", func() (_ string, err error) {
		names, err = k.d.groups(ctx, c, e)
		return fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", ")), err
	})
	t.try("claims", func() (string, error) {
		in, err := k.d.identity(e)
		return fmt.Sprintf("subject %s (%s), login %q, name %q, e-mail %q (verified %t)",
			in.Subject, k.d.cfg.Users.ID, in.Login, in.Name, in.Email, in.EmailVerified), err
	})
}

func (k checker) find(ctx context.Context, c *conn, login string) (entry, error) {
	if t := k.d.template; t != nil && t.dn != nil {
		name, err := t.name(login)
		if err != nil {
			return entry{}, err
		}
		return k.d.own(ctx, c, name, login)
	}
	return k.d.find(ctx, c, filterFor(k.d.cfg.Users.Filter, login))
}
