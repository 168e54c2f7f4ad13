package oidctest

import (
	"slices"
	"testing"
)

// Keys are the published keys; the last one signs.
func (p *Provider) Keys() []*Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.keys)
}

// Key is the key that signs.
func (p *Provider) Key() *Key {
	keys := p.Keys()
	return keys[len(keys)-1]
}

// Rotate publishes a new key of the same algorithm and signs with it. The old
// one stays published.
func (p *Provider) Rotate(tb testing.TB) *Key {
	tb.Helper()
	k := NewKey(tb, p.Key().Alg)
	p.Publish(k)
	return k
}

// Publish adds a key and signs with it.
func (p *Provider) Publish(k *Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, k)
}

// Withdraw publishes a key no longer. Where it signed, the one before it
// does, so Rotate first when there is no other.
func (p *Provider) Withdraw(tb testing.TB, k *Key) {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(p.keys), func(other *Key) bool { return other == k })
	if len(rest) == 0 || len(rest) == len(p.keys) {
		tb.Fatalf("withdraw key %s: of %d keys %d would be left", k.ID, len(p.keys), len(rest))
	}
	p.keys = rest
}
