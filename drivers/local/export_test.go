package local

import (
	"context"
	"fmt"
)

// OnHash calls f for each hash before it starts, in its slot, with what the
// hash costs.
func (h *Hasher) OnHash(f func(cost string)) {
	h.starts = func(v hash) { f(costOf(v)) }
}

func costOf(v hash) string {
	switch v := v.(type) {
	case argonHash:
		return fmt.Sprintf("argon2id m=%d t=%d p=%d salt %d", v.memory, v.time, v.lanes, len(v.salt))
	case argon2iHash:
		return fmt.Sprintf("argon2i m=%d t=%d p=%d salt %d", v.memory, v.time, v.lanes, len(v.salt))
	case bcryptHash:
		return "bcrypt " + string(v[4:6])
	case pbkdf2Hash:
		return fmt.Sprintf("pbkdf2 %d", v.rounds)
	case scryptHash:
		return fmt.Sprintf("scrypt %d %d %d", v.n, v.r, v.p)
	case sha512Hash:
		return fmt.Sprintf("sha512 %d", v.rounds)
	}
	return fmt.Sprintf("%T", v)
}

// Cost reports whether a Hasher would use a stored hash, and what a password
// costs against it.
func (h *Hasher) Cost(stored string) (cost string, err error) {
	v, err := h.read(stored)
	return costOf(v), err
}

// Slowly is Normalise without its short cut.
func Slowly(login string) string { return normalise(login) }

// Slots lets a test take and give slots by hand.
type Slots = slots

var NewSlots = newSlots

// Take takes a slot.
func (s *slots) Take(ctx context.Context) (give func(), err error) {
	got, err := s.take(ctx)
	return func() { got.give() }, err
}

// Queue is how many callers may wait.
func (h *Hasher) Queue() int { return int(h.slots.queue) }
