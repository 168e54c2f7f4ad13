package local

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"
)

// HasherConfig sets what a hash costs. The zero value is the OWASP minimum for
// argon2id: 19 MiB, 2 passes, 1 lane.
type HasherConfig struct {
	Memory      uint32 // KiB
	Time        uint32 // passes
	Parallelism uint8  // lanes
	// Slots is how many hashes run at once; the number of processors when 0.
	Slots int
	// Queue is how many may wait beyond that; 32 a slot when 0, about a second
	// of work at the default cost.
	Queue int
	// Rand is where salts come from; crypto/rand when nil.
	Rand io.Reader
}

// Hasher makes and verifies password hashes, a bounded number at once.
// It is safe for concurrent use.
type Hasher struct {
	params argonParams
	slots  *slots
	random io.Reader
	decoy  []byte // salt of the hashes that are made for nobody
	ran    atomic.Int64
}

// NewHasher returns a Hasher.
func NewHasher(c HasherConfig) *Hasher {
	p := argonParams{memory: c.Memory, time: c.Time, lanes: c.Parallelism}
	if p.memory == 0 {
		p.memory = 19 << 10
	}
	p.time, p.lanes = max(p.time, 1), max(p.lanes, 1)
	if c.Time == 0 {
		p.time = 2
	}
	if c.Slots <= 0 {
		c.Slots = runtime.GOMAXPROCS(0)
	}
	if c.Queue <= 0 {
		c.Queue = 32 * c.Slots
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Hasher{params: p, slots: newSlots(c.Slots, c.Queue), random: c.Rand, decoy: make([]byte, saltBytes)}
}

// Hash returns the argon2id hash of a password in PHC form. The password is
// normalised (NFC) first, so that it is the same however a keyboard composes
// it. Errors: BusyError past the queue, or the context's. Length and quality
// are not checked.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	var sum string
	err := h.work(ctx, func() { sum = h.params.phc(norm.NFC.String(password), salt) })
	return sum, err
}

// Verify reports whether password has the hash, and whether the hash is weaker
// than configured or of another kind. A hash that cannot be read, the empty one
// of somebody without a password included, costs the work of a wrong one and
// answers ErrHash. Further errors: BusyError past the queue, or the context's.
//
// An imported hash is tried with the bytes as typed, as its system did, and
// then normalised.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	v, unreadable := parseHash(hash)
	normal := norm.NFC.String(password)
	if unreadable != nil {
		if err := h.work(ctx, func() { h.params.key(normal, h.decoy, keyBytes) }); err != nil {
			return false, false, err
		}
		return false, false, unreadable
	}
	_, ours := v.(argonHash)
	err = h.work(ctx, func() {
		switch {
		case ours:
			ok = v.matches(normal)
		case v.matches(password):
			ok = true
		case normal != password:
			ok = v.matches(normal)
		}
	})
	return ok, !h.params.covers(v), err
}

// work runs f in a slot. Nothing is hashed outside of it.
func (h *Hasher) work(ctx context.Context, f func()) error {
	if err := h.slots.take(ctx); err != nil {
		return err
	}
	defer h.slots.give()
	h.ran.Add(1)
	f()
	return nil
}

// Ran returns how many hashes have started.
func (h *Hasher) Ran() int64 { return h.ran.Load() }

// Stats are a Hasher's present figures.
type Stats struct {
	Running, Waiting int
	Refused          int64 // since the start
}

// Stats returns the present figures, for metrics.
func (h *Hasher) Stats() Stats {
	return Stats{
		Running: cap(h.slots.free) - len(h.slots.free),
		Waiting: int(h.slots.waiting.Load()), Refused: h.slots.refused.Load(),
	}
}
