package broker

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// lookEvery is how often the feed looks for changes although nobody said
	// that there are any, lookAtMost how often it does when somebody does.
	lookEvery  = 250 * time.Millisecond
	lookAtMost = 20 * time.Millisecond
	// lookLimit ends a look that takes so long that the next one is due.
	lookLimit = 700 * time.Millisecond
	// silence is how long what was remembered counts without a look that went
	// well: so a change is felt within it, whatever happens.
	silence = time.Second
	// lateness is how long a change may take to come to light after one with a
	// higher number.
	lateness = 30 * time.Second
	// lookBack is how many changes before the first look are read too: one of
	// them may still be under way.
	lookBack = 1000
	// noted bounds what is kept of changes while an earlier one is missing.
	maxNoted = 100_000
	// page is how many changes one question brings.
	page = 1000
)

// feed knows what has changed since something was read, without asking the
// database. It is written by one goroutine, [Broker.Follow], and by whoever
// ends a session here, and read by every request of the guard.
type feed struct {
	changes Changes
	now     func() time.Time
	born    time.Time
	seed    maphash.Seed

	// heard is when the last good look began, as nanoseconds since born. It is
	// 0 before the first.
	heard atomic.Int64
	// flood counts the times when everything remembered became doubtful, total
	// all changes.
	flood, total atomic.Uint32
	// counts are changes by a hash of the id: two ids that share one cost a
	// question too many, and never one too few.
	counts [1 << 14]atomic.Uint32

	// What follows belongs to Follow.
	started bool
	low     int64   // everything up to it is settled
	above   []noted // what was heard above it, in order
	wary    time.Time
}

// noted is a number that was heard of while a lower one is missing.
type noted struct {
	seq int64
	at  time.Time
}

func newFeed(c Changes, now func() time.Time) *feed {
	return &feed{changes: c, now: now, born: now(), seed: maphash.MakeSeed()}
}

// alive reports that what is remembered may be trusted now.
func (f *feed) alive(now time.Time) bool {
	heard := f.heard.Load()
	return heard > 0 && now.Sub(f.born)-time.Duration(heard) <= silence
}

func (f *feed) count(id string) *atomic.Uint32 {
	return &f.counts[maphash.String(f.seed, id)%uint64(len(f.counts))]
}

// changed makes everything doubtful that was read about a session or account
// before. Who finds total as it was has seen no change of any id in between.
func (f *feed) changed(id string) {
	f.total.Add(1)
	f.count(id).Add(1)
}

// stamp says what had been heard when something was read. It has to be taken
// before the reading.
type stamp struct{ flood, session, account uint32 }

func (f *feed) stamp(session, account string) stamp {
	return stamp{f.flood.Load(), f.count(session).Load(), f.count(account).Load()}
}

// Blind reports that the guard asks the database about every request, because it
// has heard nothing of changes for a second.
func (b *Broker) Blind() bool { return !b.feed.alive(b.Now()) }

// Follow keeps the guard informed of what others change, until ctx ends. While
// it does not run, or the database does not answer, the guard asks the database
// about every request. trouble is told when that begins, and nil when it is
// over.
func (b *Broker) Follow(ctx context.Context, trouble func(error)) {
	f, failing := b.feed, false
	for ctx.Err() == nil {
		began := f.now()
		err := b.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing {
			failing = err != nil
			trouble(err)
		}
		f.await(ctx, began, err == nil)
	}
}

// await waits for the next look.
func (f *feed) await(ctx context.Context, began time.Time, listen bool) {
	if listen {
		waiting, cancel := context.WithTimeout(ctx, lookEvery)
		f.changes.Await(waiting)
		cancel()
		if f.now().Sub(began) >= lookAtMost {
			return
		}
	}
	pause := lookAtMost
	if !listen {
		pause = lookEvery
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// look reads what is new and passes it on.
func (b *Broker) look(ctx context.Context) error {
	f := b.feed
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	began := f.now()
	keys, err := f.read(ctx, began)
	if err != nil {
		return fmt.Errorf("follow changes: %w", err)
	}
	if keys || b.Ring.Ready() != nil {
		if err := b.Ring.Reload(ctx); err != nil {
			return err
		}
	}
	if began.Before(f.wary) {
		f.heard.Store(0)
		return nil
	}
	if !f.alive(began) {
		f.flood.Add(1) // nobody knows what went by meanwhile
	}
	f.heard.Store(max(1, int64(began.Sub(f.born))))
	return nil
}

// read passes on what is new; keys says that signing keys changed.
func (f *feed) read(ctx context.Context, now time.Time) (keys bool, err error) {
	if !f.started {
		last, err := f.changes.Last(ctx)
		if err != nil {
			return false, err
		}
		f.low, f.started = max(0, last-lookBack), true
	}
	for after := f.low; ; {
		rows, err := f.changes.After(ctx, after, page)
		if err != nil {
			return keys, err
		}
		for _, n := range rows {
			if f.note(n.Seq, now) {
				f.changed(n.ID)
				keys = keys || n.Kind == NotedKeys
			}
			after = n.Seq
		}
		if len(rows) < page {
			f.settle(now)
			return keys, nil
		}
	}
}

// note reports whether a change is news.
func (f *feed) note(seq int64, now time.Time) bool {
	i, known := slices.BinarySearchFunc(f.above, seq, func(n noted, seq int64) int { return cmp.Compare(n.seq, seq) })
	if known || seq <= f.low {
		return false
	}
	f.above = slices.Insert(f.above, i, noted{seq, now})
	return true
}

// settle forgets numbers below which nothing can come any more: there is no gap
// below them, or it has been there for too long to be one of a change that is
// still under way. When too much has to be kept, nothing is trusted until all
// that was under way is over.
func (f *feed) settle(now time.Time) {
	n := 0
	for i, a := range f.above {
		if i == n && a.seq == f.low+1 || now.Sub(a.at) > lateness {
			f.low, n = a.seq, i+1
		}
	}
	f.above = slices.Delete(f.above, 0, n)
	if len(f.above) > maxNoted {
		f.low, f.above = f.above[len(f.above)-1].seq, nil
		f.wary = now.Add(lateness)
	}
}
