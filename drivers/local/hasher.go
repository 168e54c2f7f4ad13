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

// HasherConfig sets what a hash costs and how many may run. The zero value is
// the OWASP minimum for argon2id: 19 MiB, 2 passes, 1 lane.
type HasherConfig struct {
	Memory      uint32 // KiB
	Time        uint32 // passes
	Parallelism uint8  // lanes
	// Slots is how many hashes run at once; the number of processors when 0.
	// Each needs Memory, so Slots × Memory is what a flood of sign-ins takes.
	Slots int
	// Queue is how many callers may wait beyond that; below 0 for none. At 0
	// it is 32 a slot at the default cost and fewer in proportion where a
	// hash costs more, so that the last in the queue waits one to two
	// seconds: longer than that, people give up and come again.
	Queue int
	// Rand is where salts come from; crypto/rand when nil.
	Rand io.Reader
}

// withDefaults fills in what was left out.
func (c HasherConfig) withDefaults() HasherConfig {
	if c.Memory == 0 {
		c.Memory = defaultMemory
	}
	if c.Time == 0 {
		c.Time = defaultTime
	}
	c.Parallelism = max(c.Parallelism, 1)
	c.Memory = max(c.Memory, 8*uint32(c.Parallelism)) // RFC 9106 §3.1
	if c.Slots <= 0 {
		c.Slots = runtime.GOMAXPROCS(0)
	}
	if c.Queue == 0 {
		const usual = defaultMemory * defaultTime
		work := max(uint64(c.Memory)*uint64(c.Time), usual)
		c.Queue = c.Slots * max(int(32*usual/work), 2)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

// Hasher makes and verifies password hashes, a bounded number at once and in
// the order in which they were asked for. It is safe for concurrent use.
type Hasher struct {
	params  argonParams
	slots   *slots
	random  io.Reader
	decoy   hash // what a password is compared with when there is no hash
	started atomic.Int64
	starts  func(hash) // told of each hash before it starts; for tests
}

// NewHasher returns a Hasher. The cost is taken as it is given: what is too
// little for passwords is for the configuration to refuse.
func NewHasher(c HasherConfig) *Hasher {
	c = c.withDefaults()
	p := argonParams{memory: c.Memory, time: c.Time, lanes: c.Parallelism}
	return &Hasher{
		params: p, slots: newSlots(c.Slots, max(c.Queue, 0)), random: c.Rand,
		decoy:  argonHash{p, make([]byte, saltBytes), make([]byte, keyBytes)},
		starts: func(hash) {},
	}
}

// Hash returns the argon2id hash of a password in PHC form. The password is
// normalised (Unicode NFC) first, so that it is the same however a keyboard
// composes it. Errors: [BusyError] past the queue, or the context's. Length
// and quality are not checked; mind that the driver refuses an empty password,
// one with a NUL and one longer than 1024 bytes.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	v := argonHash{argonParams: h.params, salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(h.random, v.salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	err := h.work(ctx, func(s slot) {
		h.note(v)
		v.sum = v.key(s, norm.NFC.String(password), v.salt, keyBytes)
	})
	if err != nil {
		return "", err
	}
	return v.String(), nil
}

// Verify reports whether password has the hash and, if so, whether the hash
// should be replaced: it is weaker than configured, of another kind, or of the
// password in another spelling. The password is tried normalised (Unicode NFC)
// and, where that differs, as it was typed, which is what other systems hash.
//
// A stored hash that cannot be read, the empty one of somebody without a
// password included, costs the work of a wrong password and answers [ErrHash].
// Further errors: [BusyError] past the queue, or the context's.
func (h *Hasher) Verify(ctx context.Context, password, stored string) (ok, stale bool, err error) {
	v, unreadable := h.read(stored)
	if unreadable != nil {
		v = h.decoy
	}
	spellings := []string{norm.NFC.String(password)}
	if spellings[0] != password {
		spellings = append(spellings, password)
	}
	found := -1
	err = h.work(ctx, func(s slot) {
		for i := 0; i < len(spellings) && found < 0; i++ {
			h.note(v)
			if v.matches(s, spellings[i]) {
				found = i
			}
		}
	})
	if err != nil || unreadable != nil || found < 0 {
		return false, false, firstOf(err, unreadable)
	}
	return true, found > 0 || !h.params.covers(v), nil
}

// Readable reports whether a stored hash is one that Verify would compare
// passwords with; else the answer is [ErrHash] with why, and nothing of the
// hash in it. It hashes nothing, and the empty hash is not readable.
func (h *Hasher) Readable(stored string) error {
	_, err := h.read(stored)
	return err
}

// read parses a stored hash and refuses one that would cost too much.
func (h *Hasher) read(stored string) (hash, error) {
	v, err := parseHash(stored)
	if err != nil {
		return nil, err
	}
	if a, ok := v.(costed); ok && !h.params.affords(a.asked()) {
		return nil, fmt.Errorf("%w: it costs too much", ErrHash)
	}
	return v, nil
}

// work runs f in a slot. Nothing is hashed outside of one.
func (h *Hasher) work(ctx context.Context, f func(slot)) error {
	s, err := h.slots.take(ctx)
	if err != nil {
		return err
	}
	defer s.give()
	f(s)
	return nil
}

// note counts a hash that is about to start.
func (h *Hasher) note(v hash) {
	h.started.Add(1)
	h.starts(v)
}

// Stats are a Hasher's present figures, for metrics.
type Stats struct {
	Running int   // callers in a slot now
	Waiting int   // callers in the queue now
	Started int64 // hashes since the start
	Refused int64 // callers turned away past the queue since the start
}

// Stats returns the present figures. They are not of one instant.
func (h *Hasher) Stats() Stats {
	return Stats{
		Running: cap(h.slots.free) - len(h.slots.free), Waiting: int(h.slots.waiting.Load()),
		Started: h.started.Load(), Refused: h.slots.refused.Load(),
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
