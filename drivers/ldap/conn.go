package ldap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Bounds on what a server may send.
const (
	maxMessage = 1 << 20 // bytes of one message
	maxAnswer  = 4 << 20 // bytes of all messages that answer one request
	maxEntries = 5000    // entries and references that answer one search
)

// errLost is a connection that ended between requests or before the first
// octet of an answer. On a connection that was kept, the request is tried once
// more on a new one.
var errLost = errors.New("connection lost")

// errTooMany is a search that found more than was asked for.
var errTooMany = errors.New("search found too many entries")

// conn is one connection, for one caller at a time.
type conn struct {
	net     net.Conn
	raw     net.Conn // what is under TLS
	in      *bufio.Reader
	server  *server
	request time.Duration // limit for one request

	lastID    int
	idleSince time.Time
	broken    bool // nothing more may be sent
}

func newConn(nc net.Conn, s *server, request time.Duration) *conn {
	return &conn{net: nc, raw: nc, in: bufio.NewReaderSize(nc, 8<<10), server: s, request: request}
}

// close says goodbye if the server is still listening, and hangs up.
func (c *conn) close() {
	if c.broken {
		_ = c.raw.Close() // TLS would wait for a server that reads nothing
		return
	}
	c.broken = true
	_ = c.net.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = c.net.Write(element(tagSequence, integer(tagInteger, c.lastID+1), element(opUnbindRequest)))
	_ = c.net.Close()
}

// do sends one request and hands each message that answers it to each, until
// that reports the last. Every fault, and the end of ctx, breaks the
// connection: what would arrive later can belong to nobody else.
func (c *conn) do(ctx context.Context, op, controls []byte, each func(message) (last bool, err error)) (err error) {
	if c.broken || c.in.Buffered() > 0 {
		c.broken = true // an answer before the question
		return errLost
	}
	deadline := time.Now().Add(c.request)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.net.SetDeadline(deadline); err != nil {
		c.broken = true
		return fmt.Errorf("%w: %w", errLost, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		c.broken = !stop() || err != nil || c.in.Buffered() > 0
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}()
	c.lastID++
	if _, err := c.net.Write(element(tagSequence, integer(tagInteger, c.lastID), op, controls)); err != nil {
		return lostOr(err)
	}
	return c.answers(each)
}

func (c *conn) answers(each func(message) (bool, error)) error {
	for budget := maxAnswer; ; {
		raw, err := c.read(min(budget, maxMessage))
		if err != nil {
			return err
		}
		budget -= len(raw)
		m, err := decodeMessage(raw)
		switch {
		case err != nil:
			return err
		case m.id == 0: // Notice of Disconnection, RFC 4511 §4.4.1
			return fmt.Errorf("%w: the server says goodbye", errLost)
		case m.id != c.lastID:
			return fmt.Errorf("%w: answer to request %d, not %d", errMalformed, m.id, c.lastID)
		}
		last, err := each(m)
		if err != nil || last {
			return err
		}
	}
}

// read returns one whole message of at most limit bytes. Memory grows with
// what arrives, not with what is promised.
func (c *conn) read(limit int) ([]byte, error) {
	var head []byte
	length, n := 0, 0
	for n == 0 {
		b, err := c.in.ReadByte()
		if err != nil && len(head) == 0 {
			return nil, lostOr(err)
		}
		if err != nil {
			return nil, fmt.Errorf("read answer: %w", noEOF(err))
		}
		head = append(head, b)
		if head[0] != tagSequence {
			return nil, fmt.Errorf("%w: starts with %#02x", errMalformed, head[0])
		}
		if _, length, n, err = header(head, limit-8); err != nil {
			return nil, err
		}
	}
	const step = 64 << 10
	raw := make([]byte, n, n+min(length, step))
	copy(raw, head)
	for len(raw) < n+length {
		at := len(raw)
		raw = append(raw, make([]byte, min(n+length-at, step))...)
		if _, err := io.ReadFull(c.in, raw[at:]); err != nil {
			return nil, fmt.Errorf("read answer: %w", noEOF(err))
		}
	}
	return raw, nil
}

// lostOr marks errors that mean the connection had already ended.
func lostOr(err error) error {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return fmt.Errorf("%w: %w", errLost, err)
		}
	}
	return err
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// single is the one message that answers a request, of the kind wanted.
func single(into *result, op byte) func(message) (bool, error) {
	return func(m message) (bool, error) {
		if m.op != op {
			return false, fmt.Errorf("%w: operation %#02x where %#02x belongs", errMalformed, m.op, op)
		}
		var err error
		*into, err = decodeResult(m)
		return true, err
	}
}

// bind proves a password, perhaps with controls. The result says how it went;
// the error is only about the exchange.
func (c *conn) bind(ctx context.Context, name, password string, controls []byte) (result, error) {
	var r result
	op, err := bindRequest(name, password)
	if err != nil {
		return r, err
	}
	err = c.do(ctx, op, controls, single(&r, opBindResponse))
	if err != nil {
		return r, fmt.Errorf("bind: %w", err)
	}
	return r, nil
}

// search returns the entries that a query finds. More than q.limit are
// errTooMany: half an answer is none.
func (c *conn) search(ctx context.Context, q query) ([]entry, error) {
	op, err := searchRequest(q, int(max(c.request/time.Second, 1)))
	if err != nil {
		return nil, err
	}
	var found []entry
	var end result
	count := 0
	err = c.do(ctx, op, nil, func(m message) (bool, error) {
		count++
		switch {
		case count > maxEntries+1:
			return false, fmt.Errorf("%w: more than %d entries", errMalformed, maxEntries)
		case m.op == opSearchReference:
			return false, nil // never followed
		case m.op != opSearchEntry:
			return single(&end, opSearchDone)(m)
		}
		e, err := decodeEntry(m.body)
		if len(found) <= q.limit {
			found = append(found, e)
		}
		return false, err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	if len(found) > q.limit || end.code == goldap.LDAPResultSizeLimitExceeded {
		return nil, errTooMany
	}
	// A server that refuses now may have forgotten who is bound here.
	c.broken = c.broken || end.code != goldap.LDAPResultSuccess && end.code != goldap.LDAPResultNoSuchObject
	return found, end.err("search")
}
