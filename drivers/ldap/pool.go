package ldap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var errFull = errors.New("too many callers wait for a connection")

// pool keeps connections of one kind. Each is lent to one caller at a time;
// callers beyond max wait in order of arrival, and beyond queue are refused.
type pool struct {
	open  func(context.Context) (*conn, error)
	fail  func(*server) // told of a server that kept silent
	slots chan struct{} // one is held while a connection is lent; blocked senders are served in order
	queue int64
	age   time.Duration
	now   func() time.Time

	inside atomic.Int64 // callers that hold a slot or wait for one
	mu     sync.Mutex
	idle   []*conn // the one used last is last
	closed bool
}

// PoolStats counts the connections of one pool at one moment.
type PoolStats struct {
	Open    int // connections that exist
	Idle    int // of those, not in use
	Waiting int // callers waiting for one
	Max     int // most connections
}

// use lends a connection to fn. When one that was kept turns out to have
// ended, fn is called once more with a new one: it must be able to start over.
func (p *pool) use(ctx context.Context, fn func(*conn) error) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	if c := p.kept(); c != nil {
		err := p.lend(ctx, c, fn)
		if !errors.Is(err, errLost) || ctx.Err() != nil {
			return err
		}
	}
	c, err := p.open(ctx)
	if err != nil {
		return err
	}
	return p.lend(ctx, c, fn)
}

// enter waits for its turn. Callers are counted with those that hold a slot: one
// that has just got it, and does not know yet, must not stand in another's way.
func (p *pool) enter(ctx context.Context) error {
	if p.inside.Add(1) > int64(cap(p.slots))+p.queue {
		p.inside.Add(-1)
		return errFull
	}
	select {
	case p.slots <- struct{}{}: // free or in order of arrival
		return nil
	case <-ctx.Done():
		p.inside.Add(-1)
		return fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
}

func (p *pool) leave() {
	<-p.slots
	p.inside.Add(-1)
}

func (p *pool) lend(ctx context.Context, c *conn, fn func(*conn) error) error {
	returned := false
	defer func() { // also when fn panics
		c.broken = c.broken || !returned
		p.put(c)
	}()
	err := fn(c)
	returned = true
	silent := errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil
	if silent {
		p.fail(c.server)
	}
	if silent || errors.Is(err, errLost) {
		p.drop(func(other *conn) bool { return other.server == c.server }) // they are as old
	}
	return err
}

// put takes a connection back.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	keep := !p.closed && !c.broken
	if keep {
		c.idleSince = p.now()
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
}

// kept returns the connection that was used last, if it is not too old.
func (p *pool) kept() *conn {
	oldest := p.now().Add(-p.age)
	p.drop(func(c *conn) bool { return c.idleSince.Before(oldest) })
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c
}

// drop closes idle connections.
func (p *pool) drop(which func(*conn) bool) {
	p.mu.Lock()
	var out []*conn
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		if which(c) {
			out = append(out, c)
			return true
		}
		return false
	})
	p.mu.Unlock()
	for _, c := range out {
		c.close()
	}
}

// close drops what is idle; from now on nothing is kept.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.drop(func(*conn) bool { return true })
}

func (p *pool) stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle, lent := len(p.idle), len(p.slots)
	return PoolStats{Open: idle + lent, Idle: idle, Waiting: max(0, int(p.inside.Load())-lent), Max: cap(p.slots)}
}
