package token

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// keepRetired is how long a retired key is still listed.
const keepRetired = 30 * 24 * time.Hour

// ErrUnknownKey means that no stored key has the id.
var ErrUnknownKey = errors.New("token: no such key")

// keySet is one change of the stored keys in progress: a copy of the rows, the
// moment, and where fresh keys come from.
type keySet struct {
	rows  []StoredKey
	now   time.Time
	fresh func() (StoredKey, error)
}

// converge makes the set one that signs with the algorithm: nothing changes when
// it does already. A next key of the algorithm is promoted, because the others
// know it; without one the new current key is one that nobody has seen.
func (s *keySet) converge(algorithm string) error {
	if next := s.find(StateNext); next != nil && next.Algorithm != algorithm {
		s.drop(StateNext)
	}
	if cur := s.find(StateCurrent); cur == nil || cur.Algorithm != algorithm {
		return s.rotate()
	}
	return s.fill(StateNext)
}

// yield lets the stored keys verify but no longer sign: the configuration's own
// key has taken over.
func (s *keySet) yield() {
	s.drop(StateNext)
	if s.find(StateCurrent) != nil {
		s.drop(StatePrevious)
		s.move(StateCurrent, StatePrevious)
	}
}

// rotate moves every key one place on and adds a fresh next one.
func (s *keySet) rotate() error {
	s.rows = slices.DeleteFunc(s.rows, func(k StoredKey) bool {
		return k.State == StateRetired && s.now.Sub(k.ChangedAt) > keepRetired
	})
	if s.find(StateCurrent) != nil {
		s.drop(StatePrevious)
		s.move(StateCurrent, StatePrevious)
	}
	return s.promote()
}

// promote gives the empty place of the current key to the next one.
func (s *keySet) promote() error {
	if err := s.fill(StateNext); err != nil {
		return err
	}
	s.move(StateNext, StateCurrent)
	return s.fill(StateNext)
}

// retire wipes a key and fills the place that it leaves.
func (s *keySet) retire(id string) error {
	at := slices.IndexFunc(s.rows, func(k StoredKey) bool { return k.ID == id })
	if at < 0 {
		return fmt.Errorf("%w: %q", ErrUnknownKey, id)
	}
	k := &s.rows[at]
	was := k.State
	if was == StateRetired {
		return nil
	}
	k.State, k.ChangedAt, k.Sealed = StateRetired, s.now, nil
	switch was {
	case StateCurrent:
		return s.promote()
	case StateNext:
		return s.fill(StateNext)
	}
	return nil
}

func (s *keySet) find(state string) *StoredKey {
	at := slices.IndexFunc(s.rows, func(k StoredKey) bool { return k.State == state })
	if at < 0 {
		return nil
	}
	return &s.rows[at]
}

func (s *keySet) drop(state string) {
	s.rows = slices.DeleteFunc(s.rows, func(k StoredKey) bool { return k.State == state })
}

func (s *keySet) move(from, to string) {
	if k := s.find(from); k != nil {
		k.State, k.ChangedAt = to, s.now
	}
}

// fill adds a fresh key in the state unless there is one.
func (s *keySet) fill(state string) error {
	if s.find(state) != nil {
		return nil
	}
	k, err := s.fresh()
	if err != nil {
		return err
	}
	k.State, k.CreatedAt, k.ChangedAt = state, s.now, s.now
	s.rows = append(s.rows, k)
	return nil
}
