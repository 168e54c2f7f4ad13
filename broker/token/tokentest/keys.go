// Package tokentest holds what tests of and around package token share.
package tokentest

import (
	"context"
	"slices"
	"sync"

	"github.com/signet-sso/signet/broker/token"
)

var _ token.KeyStore = (*Keys)(nil)

// Keys is a token.KeyStore in memory. The zero value is empty and ready. Several
// rings on one Keys behave like replicas on one database.
type Keys struct {
	// Fail, when set, is asked before each call and may return its error.
	Fail func() error

	mu      sync.Mutex
	rows    []token.StoredKey
	version int64
	calls   int
}

// Keys returns a copy of the stored keys.
func (k *Keys) Keys(ctx context.Context) ([]token.StoredKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.enter(ctx); err != nil {
		return nil, err
	}
	return clone(k.rows), nil
}

// ChangeKeys replaces the keys under a lock.
func (k *Keys) ChangeKeys(ctx context.Context, change func([]token.StoredKey) ([]token.StoredKey, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.enter(ctx); err != nil {
		return err
	}
	rows, err := change(clone(k.rows))
	if err != nil {
		return err
	}
	k.rows = clone(rows)
	k.version++
	return nil
}

// KeysVersion returns the number of changes so far.
func (k *Keys) KeysVersion(ctx context.Context) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.version, k.enter(ctx)
}

// Calls returns how often the store was asked for anything.
func (k *Keys) Calls() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls
}

func (k *Keys) enter(ctx context.Context) error {
	k.calls++
	if k.Fail != nil {
		if err := k.Fail(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func clone(rows []token.StoredKey) []token.StoredKey {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Sealed = slices.Clone(out[i].Sealed)
	}
	return out
}
