package web

import (
	"hash/maphash"
	"math"
	"sync"
	"time"
)

const (
	// exactKeys is how many keys are counted one by one in a window. More than
	// that is a flood, and is counted roughly.
	exactKeys = 1 << 14

	roughRows = 4
	roughCols = 1 << 18 // a power of two
)

// tally counts keys within one window: exactly while they are few, and then in
// cells that several keys may share (a count-min sketch). A key may be counted
// too high then, never too low, and no number of keys fills the memory or pushes
// out the count of another one.
type tally struct {
	exact map[uint64]uint16
	rough *[roughRows][roughCols]uint16
}

func newTally() *tally { return &tally{exact: map[uint64]uint16{}} }

func (t *tally) add(key uint64, n int) {
	if t.rough == nil {
		if _, known := t.exact[key]; known || len(t.exact) < exactKeys {
			t.exact[key] = saturated(t.exact[key], n)
			return
		}
		t.rough = new([roughRows][roughCols]uint16)
		for k, c := range t.exact {
			t.add(k, int(c))
		}
		t.exact = nil
	}
	for row := range t.rough {
		cell := t.cell(row, key)
		*cell = saturated(*cell, n)
	}
}

func (t *tally) of(key uint64) int {
	if t.rough == nil {
		return int(t.exact[key])
	}
	least := uint16(math.MaxUint16)
	for row := range t.rough {
		least = min(least, *t.cell(row, key))
	}
	return int(least)
}

// cell is a key's cell in a row: the rows take different bits of it together.
func (t *tally) cell(row int, key uint64) *uint16 {
	return &t.rough[row][(key+uint64(row)*(key>>32|1))%roughCols]
}

func saturated(c uint16, n int) uint16 { return uint16(min(int(c)+n, math.MaxUint16)) }

// counter counts requests per key in this window and the one before, in memory
// of a bounded size. It is a httprate.LimitCounter and safe for concurrent use.
type counter struct {
	seed maphash.Seed // secret: nobody can aim at somebody else's cells

	mu       sync.Mutex
	window   time.Time
	length   time.Duration
	latest   *tally
	previous *tally
}

func newCounter() *counter {
	return &counter{seed: maphash.MakeSeed(), latest: newTally(), previous: newTally()}
}

// Config implements httprate.LimitCounter.
func (c *counter) Config(_ int, window time.Duration) { c.length = window }

// Increment implements httprate.LimitCounter.
func (c *counter) Increment(key string, window time.Time) error {
	return c.IncrementBy(key, window, 1)
}

// IncrementBy implements httprate.LimitCounter.
func (c *counter) IncrementBy(key string, window time.Time, n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(window)
	c.latest.add(maphash.String(c.seed, key), n)
	return nil
}

// Get implements httprate.LimitCounter.
func (c *counter) Get(key string, current, _ time.Time) (now, before int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(current)
	k := maphash.String(c.seed, key)
	return c.latest.of(k), c.previous.of(k), nil
}

// turn begins a new window; the caller holds the lock.
func (c *counter) turn(window time.Time) {
	if !window.After(c.window) {
		return
	}
	c.previous = c.latest
	if window.Sub(c.window) != c.length {
		c.previous = newTally()
	}
	c.latest, c.window = newTally(), window
}
