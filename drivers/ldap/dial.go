package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// errTLS is a connection that could not be made private.
var errTLS = errors.New("TLS failed")

// dialer opens connections. Every step ends with the context.
type dialer struct {
	servers  *servers
	tls      *tls.Config
	startTLS bool
	connect  time.Duration // limit for reaching one server, TLS included
	request  time.Duration
	log      *slog.Logger
}

// open tries the servers in order until one is reached and greet is content
// with it. An error that is errService ends the tries: another server would
// say the same.
func (d *dialer) open(ctx context.Context, greet func(context.Context, *conn) error) (*conn, error) {
	var all []error
	for _, s := range d.servers.order() {
		c, err := d.reach(ctx, s)
		if err == nil {
			if err = greet(ctx, c); err == nil {
				d.servers.succeed(s)
				return c, nil
			}
			c.close()
		}
		all = append(all, fmt.Errorf("%s: %w", s.addr, err))
		if errors.Is(ctx.Err(), context.Canceled) || errors.Is(err, errService) {
			break
		}
		d.failed(ctx, s, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(all...)
}

func (d *dialer) failed(ctx context.Context, s *server, err error) {
	d.servers.fail(s)
	event := "ldap.server_failed"
	if errors.Is(err, errTLS) {
		event = "ldap.tls_failed"
	}
	d.log.WarnContext(ctx, event, "server", s.addr, "error", err)
}

// reach connects to one server, private from the first request on.
func (d *dialer) reach(ctx context.Context, s *server) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.connect)
	defer cancel()
	nc, err := d.connectTo(ctx, s)
	if err != nil {
		return nil, err
	}
	c, err := d.secure(ctx, nc, s)
	if err != nil {
		_ = nc.Close()
		return nil, err
	}
	return c, nil
}

func (d *dialer) connectTo(ctx context.Context, s *server) (net.Conn, error) {
	var nd net.Dialer
	nc, err := nd.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return nc, nil
}

// secure makes a fresh connection ready for requests. Without TLS it is only
// reached when the configuration permits plain text.
func (d *dialer) secure(ctx context.Context, nc net.Conn, s *server) (*conn, error) {
	switch {
	case s.tls:
		return d.handshake(ctx, nc, s)
	case d.startTLS:
		if err := d.askTLS(ctx, newConn(nc, s, d.connect)); err != nil {
			return nil, fmt.Errorf("%w: start TLS: %w", errTLS, err)
		}
		return d.handshake(ctx, nc, s)
	}
	return newConn(nc, s, d.request), nil
}

// askTLS asks for TLS (RFC 4511 §4.14). Anything but plain consent is an
// error, and so is a single octet behind it: it came in clear text and must
// not be taken for an answer made under TLS.
func (d *dialer) askTLS(ctx context.Context, c *conn) error {
	var r result
	op := element(opExtendedRequest, octets(0x80, oidStartTLS))
	if err := c.do(ctx, op, nil, single(&r, opExtendedResponse)); err != nil {
		return err
	}
	if err := r.err("start TLS"); err != nil {
		return err
	}
	if c.broken {
		return fmt.Errorf("%w: clear text behind the consent", errMalformed)
	}
	return nil
}

func (d *dialer) handshake(ctx context.Context, nc net.Conn, s *server) (*conn, error) {
	cfg := d.tls.Clone()
	cfg.ServerName = s.host
	tc := tls.Client(nc, cfg)
	_ = nc.SetDeadline(time.Time{}) // the handshake ends with ctx
	if err := tc.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errTLS, err)
	}
	c := newConn(tc, s, d.request)
	c.raw = nc
	return c, nil
}
