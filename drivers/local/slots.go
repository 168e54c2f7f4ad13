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
type BusyError struct{ Retry time.Duration }

func (e BusyError) Error() string { return "too many passwords are being checked" }

// Is makes errors.Is(err, drivers.ErrUnavailable) true.
func (e BusyError) Is(target error) bool { return target == drivers.ErrUnavailable }

// slots lets a bounded number of hashes run and a bounded number wait, first
// come, first served.
type slots struct {
	free    chan struct{} // a token for each hash that may run
	queue   int64
	waiting atomic.Int64
	refused atomic.Int64
}

func newSlots(run, queue int) *slots {
	s := &slots{free: make(chan struct{}, run), queue: int64(queue)}
	for range run {
		s.free <- struct{}{}
	}
	return s
}

// take waits for a slot. Past the queue it answers BusyError at once.
func (s *slots) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a hash: %w", err)
	}
	select {
	case <-s.free:
		return nil
	default:
	}
	if s.waiting.Add(1) > s.queue {
		s.waiting.Add(-1)
		s.refused.Add(1)
		return BusyError{Retry: 2 * time.Second}
	}
	defer s.waiting.Add(-1)
	select {
	case <-s.free:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a hash: %w", ctx.Err())
	}
}

func (s *slots) give() { s.free <- struct{}{} }
