package local

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// BusyError says that too many sign-ins wait already. errors.Is finds
// drivers.ErrUnavailable in it.
type BusyError struct {
	// Retry is when to come again: about as long as a full queue lasts.
	Retry time.Duration
}

// Error is the same for everybody.
func (e BusyError) Error() string { return "too many passwords are being checked" }

// Is makes errors.Is(err, drivers.ErrUnavailable) true.
func (e BusyError) Is(target error) bool { return target == drivers.ErrUnavailable }

// RetryAfter says when to come again.
func (e BusyError) RetryAfter() time.Duration { return e.Retry }

// slots lets a bounded number of hashes run and a bounded number of callers
// wait. A slot that is given back goes to whoever waits longest: the runtime
// keeps the receivers of a channel in order, and a newcomer finds the channel
// empty as long as one of them waits.
type slots struct {
	free    chan struct{} // a token for each hash that may run
	queue   int64
	waiting atomic.Int64
	refused atomic.Int64
}

// slot is the right to hash. Every function that hashes asks for one, and only
// take makes them.
type slot struct{ of *slots }

func (s slot) give() { s.of.free <- struct{}{} }

func newSlots(run, queue int) *slots {
	s := &slots{free: make(chan struct{}, run), queue: int64(queue)}
	for range run {
		s.free <- struct{}{}
	}
	return s
}

// take waits for a slot. Past the queue it answers BusyError at once. Nobody
// whose context has ended gets one.
func (s *slots) take(ctx context.Context) (slot, error) {
	if err := ctx.Err(); err != nil {
		return slot{}, fmt.Errorf("wait for a hash: %w", err)
	}
	select {
	case <-s.free:
		return slot{s}, nil
	default:
	}
	if s.waiting.Add(1) > s.queue {
		s.waiting.Add(-1)
		s.refused.Add(1)
		return slot{}, BusyError{Retry: 2 * time.Second}
	}
	defer s.waiting.Add(-1)
	select {
	case <-s.free:
		if ctx.Err() == nil {
			return slot{s}, nil
		}
		slot{s}.give()
	case <-ctx.Done():
	}
	return slot{}, fmt.Errorf("wait for a hash: %w", ctx.Err())
}
