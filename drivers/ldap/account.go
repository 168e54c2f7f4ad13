package ldap

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// errService is a directory that does not accept the service account.
var errService = errors.New("the directory does not accept the service account")

// restAfterRefusal is how long the service account is not tried again after
// its password was refused, so that logins cannot lock it.
const restAfterRefusal = 3 * time.Second

// reader is a connection or a pool that may search.
type reader interface {
	search(ctx context.Context, q query) ([]entry, error)
}

// account searches with connections that are bound as the service account.
// It has no way to bind as anybody else.
type account struct {
	pool     *pool
	dn       string
	password string
	now      func() time.Time

	mu      sync.Mutex
	refused time.Time
}

func (a *account) search(ctx context.Context, q query) ([]entry, error) {
	var found []entry
	err := a.pool.use(ctx, func(c *conn) (err error) {
		found, err = c.search(ctx, q)
		return err
	})
	return found, err
}

// greet binds a new connection. A refusal is never taken for an answer about
// a person, and never leads to an anonymous search.
func (a *account) greet(ctx context.Context, c *conn) error {
	r, err := c.bind(ctx, a.dn, a.password, nil)
	if err != nil {
		return err
	}
	if r.code == goldap.LDAPResultInvalidCredentials {
		a.mu.Lock()
		a.refused = a.now()
		a.mu.Unlock()
		return fmt.Errorf("%w: %w", errService, r.err("bind"))
	}
	return r.err("bind as the service account")
}

// rested reports an error while the account is left alone.
func (a *account) rested() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.refused.IsZero() && a.now().Sub(a.refused) < restAfterRefusal {
		return fmt.Errorf("%w: not tried again so soon", errService)
	}
	return nil
}

// prover proves passwords. Its connections are bound as whoever was proven
// last, so each use begins with a bind.
type prover struct {
	pool     *pool
	controls []byte // sent with each bind
}

// prove says how a bind with this name and password went.
func (p *prover) prove(ctx context.Context, name, password string) (result, error) {
	var r result
	err := p.pool.use(ctx, func(c *conn) (err error) {
		r, err = c.bind(ctx, name, password, p.controls)
		return err
	})
	return r, err
}

// proveThen binds, and hands then the result and the connection, before
// anybody else gets it.
func (p *prover) proveThen(ctx context.Context, name, password string, then func(*conn, result) error) error {
	return p.pool.use(ctx, func(c *conn) error {
		r, err := c.bind(ctx, name, password, p.controls)
		if err != nil {
			return err
		}
		return then(c, r)
	})
}
