package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

const (
	// maxShared is how many changes share one transaction at most.
	maxShared = 64
	// Half of a call's time is for waiting, half for running.
	waitLimit  = callLimit / 2
	shareLimit = callLimit / 2
)

// queue lets the changes of one moment share a transaction, and with it the
// wait for the disk. There is no goroutine of its own: of the callers that
// wait, the one whose turn it is runs the changes of all that came meanwhile.
// Every caller is answered after the commit.
type queue struct {
	busy chan struct{} // holds a value while somebody has the turn

	mu      sync.Mutex
	waiting []*job
}

// job is one change that waits.
type job struct {
	ctx  context.Context
	run  func(context.Context, conn) error
	err  error
	done chan struct{}
	// taken, under the queue's lock, says that somebody runs the job now: its
	// caller has to wait for the end of it.
	taken bool
}

func newQueue() *queue { return &queue{busy: make(chan struct{}, 1)} }

// turn waits until nobody else writes. leave gives the turn back.
func (q *queue) turn(ctx context.Context) (leave func(), err error) {
	select {
	case q.busy <- struct{}{}:
		return func() { <-q.busy }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// do runs one statement, f, in a transaction that others may share. A
// statement that fails undoes itself only, so it does not touch the others.
func (q *queue) do(ctx context.Context, d *DB, f func(context.Context, conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	j := &job{ctx: ctx, run: f, done: make(chan struct{})}
	q.mu.Lock()
	q.waiting = append(q.waiting, j)
	q.mu.Unlock()
	for {
		select {
		case <-j.done:
			return j.err
		case q.busy <- struct{}{}:
			q.lead(d)
			<-q.busy
			if q.isTaken(j) {
				<-j.done
				return j.err
			}
		case <-ctx.Done():
			if q.leave(j) {
				return ctx.Err()
			}
			<-j.done
			return j.err
		}
	}
}

// leave takes a job out again; false when it is too late for that.
func (q *queue) leave(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.taken {
		return false
	}
	for i, w := range q.waiting {
		if w == j {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			break
		}
	}
	return true
}

func (q *queue) isTaken(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return j.taken
}

// take returns the jobs to run now.
func (q *queue) take() []*job {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), maxShared)
	jobs := append([]*job(nil), q.waiting[:n]...)
	q.waiting = append(q.waiting[:0], q.waiting[n:]...)
	for _, j := range jobs {
		j.taken = true
	}
	return jobs
}

// lead runs what waits, as one transaction. Its caller has the turn.
func (q *queue) lead(d *DB) {
	jobs := q.take()
	if len(jobs) == 0 {
		return
	}
	// The first caller may go away; the others' changes must not go with it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(jobs[0].ctx), shareLimit)
	defer cancel()
	err := q.share(ctx, d, jobs)
	for _, j := range jobs {
		if err != nil {
			j.err = err
		}
		close(j.done)
	}
}

func (q *queue) share(ctx context.Context, d *DB, jobs []*job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a change: %v", p)
		}
	}()
	if len(jobs) == 1 {
		jobs[0].answer(ctx, d.conn(d.write, nil))
		return nil
	}
	return d.inTx(ctx, func(ctx context.Context, c conn) error {
		for _, j := range jobs {
			if j.answer(ctx, c) && d.fatal(j.err) {
				return j.err
			}
		}
		return nil
	})
}

// answer runs the job, unless its caller has gone away; ran says whether.
func (j *job) answer(ctx context.Context, c conn) (ran bool) {
	if j.err = j.ctx.Err(); j.err != nil {
		return false
	}
	j.err = j.run(ctx, c)
	return true
}

// fatal reports errors after which SQLite may have undone the transaction and
// not only the statement.
func (d *DB) fatal(err error) bool {
	if err == nil {
		return false
	}
	fault := d.engine.Fault(err)
	return fault == FaultDown || fault == FaultConflict || gone(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
