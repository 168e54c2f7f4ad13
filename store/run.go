package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2" // spreads retries; no secret depends on it
	"time"

	"github.com/signet-sso/signet/broker"
)

const (
	retries    = 8
	firstPause = 2 * time.Millisecond // doubled for each further retry
)

var errBusy = errors.New("too many callers")

// look runs questions outside of a transaction. f may run again.
func (d *DB) look(ctx context.Context, name string, f func(context.Context, conn) error) error {
	return d.call(ctx, name, func(ctx context.Context) error {
		return f(ctx, d.conn(d.read, nil))
	})
}

// change runs one statement that changes something. It returns after the
// commit. f may run again after a conflict.
func (d *DB) change(ctx context.Context, name string, f func(context.Context, conn) error) error {
	return d.call(ctx, name, func(ctx context.Context) error {
		defer d.nudge()
		if d.queue != nil {
			return d.queue.do(ctx, d, f)
		}
		return f(ctx, d.conn(d.write, nil))
	})
}

// transact runs f in a transaction, all or nothing. f may run again after a
// conflict.
func (d *DB) transact(ctx context.Context, name string, f func(context.Context, conn) error) error {
	return d.call(ctx, name, func(ctx context.Context) error {
		defer d.nudge()
		if d.queue == nil {
			return d.inTx(ctx, f)
		}
		leave, err := d.queue.turn(ctx)
		if err != nil {
			return err
		}
		defer leave()
		return d.inTx(ctx, f)
	})
}

// inTx is one transaction, without retry. An error of f ends it.
func (d *DB) inTx(ctx context.Context, f func(context.Context, conn) error) error {
	tx, err := d.write.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it fails after Commit, as it should
	if err := f(ctx, d.conn(d.write, tx)); err != nil {
		return err
	}
	if err := d.fail(ctx, "commit"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// call bounds, retries and classifies.
func (d *DB) call(ctx context.Context, name string, f func(context.Context) error) error {
	select {
	case d.callers <- struct{}{}:
		defer func() { <-d.callers }()
	default:
		return fmt.Errorf("%s: %w: %w", name, broker.ErrStoreDown, errBusy)
	}
	limited, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	pause := firstPause
	for try := 0; ; try++ {
		err := f(limited)
		if err == nil {
			return nil
		}
		if try == retries || d.engine.Fault(err) != FaultConflict || !sleep(limited, pause) {
			return d.explain(ctx, name, err)
		}
		pause *= 2
	}
}

// sleep waits about d, from half to all of it; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d/2 + rand.N(d/2))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// explain gives an error of a driver the meaning that callers act on. What a
// store method decided itself passes unchanged. ctx is the caller's own.
func (d *DB) explain(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	if errors.Is(err, broker.ErrStoreDown) {
		return fmt.Errorf("%s: %w", name, err)
	}
	fault := d.engine.Fault(err)
	if gone(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		fault = FaultDown
	}
	switch fault {
	case FaultDown, FaultConflict:
		return fmt.Errorf("%s: %w: %w", name, broker.ErrStoreDown, err)
	case FaultTaken:
		return fmt.Errorf("%s: %w: %w", name, broker.ErrTaken, err)
	case FaultMissing:
		return fmt.Errorf("%s: %w: %w", name, broker.ErrStale, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// fail is the hook that makes a statement fail.
func (d *DB) fail(ctx context.Context, statement string) error {
	if d.options.Fail == nil {
		return nil
	}
	return d.options.Fail(ctx, statement)
}
