package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signet-sso/signet/drivers"
)

const (
	// fresh is how old a document may be before it is asked for again.
	fresh = time.Hour
	// usable is how long a document counts without a successful answer: a key
	// that was withdrawn is refused after that, outage or not.
	usable = 24 * time.Hour
	// backoffMin and backoffMax bound the pause after a failure.
	backoffMin = time.Second
	backoffMax = 30 * time.Second
	// keyPause is the least time between two calls for keys, whatever tokens
	// ask for.
	keyPause = 30 * time.Second
)

// document is something that a provider publishes: asked for when it is
// needed, by one caller at a time, and kept.
type document[T any] struct {
	provider, kind string
	row            string // the kind and whose it is: keys of another issuer are none of ours
	now            func() time.Time
	log            *slog.Logger
	keep           Documents
	fetch          func(context.Context) ([]byte, T, error)
	parse          func([]byte) (T, error)

	turn     chan struct{} // holds a token while nobody fetches
	mu       sync.Mutex
	value    T
	fetched  time.Time // zero: nothing is known
	tried    time.Time // last call
	failures int
	failure  error // of the last call, nil when it went well
	stored   bool  // the store was asked
	degraded atomic.Bool
}

// newDocument returns a document of p of which nothing is known yet.
func newDocument[T any](p *provider, kind string, fetch func(context.Context) ([]byte, T, error), parse func([]byte) (T, error)) *document[T] {
	d := &document[T]{
		provider: p.Name, kind: kind, row: kind + " " + p.Issuer, now: p.Now, log: p.Logger, keep: p.Documents, fetch: fetch, parse: parse,
		turn: make(chan struct{}, 1),
	}
	d.turn <- struct{}{}
	return d
}

// get returns the document if it is not older than age, else asks for it. A
// call that fails, or that would come too soon after another, gives what is
// known as long as that is usable. While somebody asks, what is past its hour
// is good enough for everybody else: a provider that answers slowly delays one.
func (d *document[T]) get(ctx context.Context, age, pause time.Duration) (T, error) {
	if v, ok := d.known(age); ok {
		return v, nil
	}
	select {
	case <-d.turn:
	default:
		if v, ok := d.known(usable); ok && age == fresh {
			return v, nil
		}
		select {
		case <-d.turn:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
	defer func() { d.turn <- struct{}{} }()
	d.load(ctx)
	if v, ok := d.known(age); ok {
		return v, nil // somebody was faster, or the store knew
	}
	if wait := d.wait(pause); wait > 0 {
		return d.fallback(&unavailable{after: wait, err: d.lastError()})
	}
	return d.call(ctx)
}

// lastError says why nobody is asked now.
func (d *document[T]) lastError() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure != nil {
		return fmt.Errorf("a moment ago: %w", d.failure)
	}
	return errors.New("it was asked a moment ago")
}

func (d *document[T]) known(age time.Duration) (T, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.value, !d.fetched.IsZero() && d.now().Sub(d.fetched) < age
}

// load asks the store, once.
func (d *document[T]) load(ctx context.Context) {
	if d.stored || d.keep == nil {
		return
	}
	body, fetched, err := d.keep.Document(ctx, d.provider, d.row)
	if err != nil {
		d.log.WarnContext(ctx, "openid.document_unread", "provider", d.provider, "document", d.kind, "error", err)
		return
	}
	d.stored = true
	if len(body) == 0 || fetched.After(d.now()) {
		return
	}
	v, err := d.parse(body)
	if err != nil {
		return // it was right once; the provider says what is right now
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.value, d.fetched = v, fetched
}

// wait is how long no call may be made.
func (d *document[T]) wait(pause time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tried.IsZero() {
		return 0
	}
	if d.failures > 0 {
		pause = max(pause, min(backoffMin<<min(d.failures-1, 5), backoffMax))
	}
	return d.tried.Add(pause).Sub(d.now())
}

func (d *document[T]) call(ctx context.Context) (T, error) {
	body, v, err := d.fetch(ctx)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return v, ctx.Err() // the caller went away: nobody's fault
	}
	now := d.now()
	d.mu.Lock()
	d.tried, d.failure = now, err
	if err != nil {
		d.failures++
	} else {
		d.value, d.fetched, d.failures = v, now, 0
	}
	d.mu.Unlock()
	if err != nil {
		d.log.WarnContext(ctx, "openid.document_failed", "provider", d.provider, "document", d.kind, "error", err)
		return d.fallback(err)
	}
	d.degraded.Store(false)
	if d.keep != nil {
		if err := d.keep.KeepDocument(ctx, d.provider, d.row, body, now); err != nil {
			d.log.WarnContext(ctx, "openid.document_unkept", "provider", d.provider, "document", d.kind, "error", err)
		}
	}
	return v, nil
}

// fallback is what is known, however old, while it is usable.
func (d *document[T]) fallback(err error) (T, error) {
	v, ok := d.known(usable)
	if !ok {
		return v, fmt.Errorf("%s: %w", d.kind, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.degraded.Store(d.failures > 0)
	return v, nil
}

// unavailable is drivers.ErrUnavailable with the time to wait.
type unavailable struct {
	after time.Duration
	err   error
}

func (e *unavailable) Error() string             { return fmt.Sprintf("%v: %v", drivers.ErrUnavailable, e.err) }
func (e *unavailable) Is(target error) bool      { return target == drivers.ErrUnavailable }
func (e *unavailable) Unwrap() error             { return e.err }
func (e *unavailable) RetryAfter() time.Duration { return e.after }

// Degraded reports that what the provider published earlier is used because
// it cannot be asked now.
func (p *provider) Degraded() bool { return p.discovery.degraded.Load() || p.keys.degraded.Load() }
