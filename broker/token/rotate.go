package token

import (
	"context"
	"errors"
	"slices"
)

// ErrConfiguredKey means that the signing key comes from the configuration: it is
// changed there, not here.
var ErrConfiguredKey = errors.New("token: the HMAC key is set in the configuration")

// Rotate makes the next key current and the current one previous, drops the
// previous one and adds a fresh next one. This ring uses the new set when Rotate
// returns; the others from their next reload on, and they verify the new tokens
// before, because they know the key already. See the package comment for how
// often one may rotate.
func (r *Ring) Rotate(ctx context.Context) error {
	if r.own != nil {
		return ErrConfiguredKey
	}
	return r.change(ctx, 1, (*keySet).rotate)
}

// Retire makes a key verify nothing any more and wipes its private half: at once
// in this ring, and in the others at their next reload. A retired current or next
// key is replaced in the same step. Retiring twice is no error; an id that no key
// has is ErrUnknownKey.
func (r *Ring) Retire(ctx context.Context, id string) error {
	if r.own != nil && r.own.id == id {
		return ErrConfiguredKey
	}
	return r.change(ctx, 1, func(s *keySet) error { return s.retire(id) })
}

// converge brings the stored keys in line with the configured algorithm.
func (r *Ring) converge(ctx context.Context) error {
	rows, err := r.store.Keys(ctx)
	if err != nil {
		return err
	}
	fix, need := r.gap(rows)
	if fix == nil {
		return nil
	}
	return r.apply(ctx, need, fix)
}

// gap tells what has to be done so that the ring can sign, and how many fresh keys
// that will take; nil when all is well.
func (r *Ring) gap(rows []StoredKey) (fix func(*keySet) error, need int) {
	has := func(state string) bool {
		return slices.ContainsFunc(rows, func(k StoredKey) bool {
			return k.State == state && (r.own != nil || k.Algorithm == r.cfg.Algorithm)
		})
	}
	current, next := has(StateCurrent), has(StateNext)
	switch {
	case r.own != nil && (current || next):
		return func(s *keySet) error { s.yield(); return nil }, 0
	case r.own != nil || current && next:
		return nil, 0
	case current || next:
		need = 1
	default:
		need = 2
	}
	return func(s *keySet) error { return s.converge(r.cfg.Algorithm) }, need
}

// change applies one step to the stored keys and loads the result.
func (r *Ring) change(ctx context.Context, need int, step func(*keySet) error) error {
	if r.own != nil {
		need = 0
	}
	if err := r.apply(ctx, need, step); err != nil {
		return err
	}
	return r.Reload(ctx)
}

// apply makes the keys that the step will need before it takes the store's lock:
// an RSA key takes longer than others should have to wait. If the step needs more
// of them, because another replica was faster, it makes them under the lock.
func (r *Ring) apply(ctx context.Context, need int, step func(*keySet) error) error {
	var stock []StoredKey
	for range need {
		k, err := newStored(r.cfg.Algorithm, r.sealer)
		if err != nil {
			return err
		}
		stock = append(stock, k)
	}
	return r.store.ChangeKeys(ctx, func(rows []StoredKey) ([]StoredKey, error) {
		left := slices.Clone(stock)
		s := &keySet{rows: slices.Clone(rows), now: r.cfg.Now(), fresh: func() (StoredKey, error) {
			if len(left) == 0 {
				return newStored(r.cfg.Algorithm, r.sealer)
			}
			k := left[0]
			left = left[1:]
			return k, nil
		}}
		err := step(s)
		return s.rows, err
	})
}
