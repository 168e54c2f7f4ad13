package store

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
)

const (
	// recordQueue is how many events may wait to be written.
	recordQueue = 4096
	// recordBatch is how many share a commit at most.
	recordBatch = 256
	// recordPause is how long a writer waits for a database that is down.
	recordPause = time.Second
	// recordEnd is how long the last events may take when the program stops.
	recordEnd = 5 * time.Second
)

// Recorder writes the audit record beside the requests: they do not wait for
// it, and many events share a commit. What an administrator or operator did is
// written before they are answered. It is safe for concurrent use.
type Recorder struct {
	trail   Trail
	now     func() time.Time
	trouble func(error) // told when the database fails, once until it is back
	queue   chan broker.Entry
	lost    atomic.Int64
	direct  bool
}

var _ broker.Auditor = (*Recorder)(nil)

// NewRecorder returns a recorder; somebody has to call Run. trouble is told what
// went wrong.
func NewRecorder(d *DB, now func() time.Time, trouble func(error)) *Recorder {
	return &Recorder{trail: d.Trail(), now: now, trouble: trouble, queue: make(chan broker.Entry, recordQueue)}
}

// NewDirectRecorder returns a recorder without a queue, for a command that ends
// soon: every event is written before Record returns.
func NewDirectRecorder(d *DB, now func() time.Time, trouble func(error)) *Recorder {
	r := NewRecorder(d, now, trouble)
	r.direct = true
	return r
}

// Lost is how many events could not be kept since the start. The log has them.
func (r *Recorder) Lost() int64 { return r.lost.Load() }

// Waiting is how many events wait to be written.
func (r *Recorder) Waiting() int { return len(r.queue) }

// Record keeps an event. A refresh that went well is not kept: each session has
// one every few minutes, and the log and the metrics have it. Nor is what
// strangers can cause with every request, so that they cannot fill the database.
func (r *Recorder) Record(ctx context.Context, e broker.Event) {
	switch e.Name {
	case broker.EventRefresh, broker.EventGuardMalformed:
		return
	}
	id, err := uuid.NewV7()
	if err != nil {
		r.lose(1, err)
		return
	}
	e.Err = nil // its text may hold what only the log should
	entry := broker.Entry{ID: id.String(), At: r.now(), Outcome: e.Outcome(), Event: e}
	if !r.direct && e.Actor == "" {
		select {
		case r.queue <- entry:
			return
		default: // too many wait: this one waits for the database itself
		}
	}
	// A caller that goes away does not take the record of what it did with it.
	if err := r.trail.Add(context.WithoutCancel(ctx), []broker.Entry{entry}); err != nil {
		r.lose(1, err)
	}
}

func (r *Recorder) lose(n int, err error) {
	r.lost.Add(int64(n))
	r.trouble(err)
}

// Run writes what waits until ctx ends, and then the rest. While the database is
// down, events wait in their order; those that find no place any more are lost
// to the record, counted, and in the log.
func (r *Recorder) Run(ctx context.Context) {
	down := false
	for {
		batch := r.next(ctx)
		if len(batch) == 0 {
			return
		}
		for {
			err := r.write(ctx, batch)
			if err == nil {
				down = false
				break
			}
			if !down {
				r.trouble(err)
			}
			if down = true; !sleep(ctx, recordPause) {
				r.lose(len(batch)+len(r.queue), err)
				return
			}
		}
	}
}

// next waits for events and takes those that are there; none when ctx has ended
// and nothing is left.
func (r *Recorder) next(ctx context.Context) (batch []broker.Entry) {
	select {
	case e := <-r.queue:
		batch = append(batch, e)
	default:
		select {
		case e := <-r.queue:
			batch = append(batch, e)
		case <-ctx.Done():
			return nil
		}
	}
	for len(batch) < recordBatch {
		select {
		case e := <-r.queue:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// write outlives the end of the program for a moment.
func (r *Recorder) write(ctx context.Context, batch []broker.Entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordEnd)
	defer cancel()
	return r.trail.Add(ctx, batch)
}
