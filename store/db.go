package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"
)

const (
	// callLimit ends every call that is not over by then.
	callLimit = 2 * time.Second
	// maxCallers is how many calls may be under way or wait at once. One more
	// is refused at once: it would only wait for its deadline.
	maxCallers = 1000
)

// Options are what a database is opened with. The zero value is for use; the
// hooks are for tests.
type Options struct {
	// Now is the clock for the few methods that are not given the time:
	// time.Now when nil.
	Now func() time.Time
	// AsIs opens a database that is there and up to date, and makes and
	// migrates nothing: else the answer is fs.ErrNotExist or ErrOlderSchema.
	AsIs bool
	// Observe is told the name of every statement before it runs.
	Observe func(ctx context.Context, statement string)
	// Fail may make a statement, or a "commit", fail instead of running.
	Fail func(ctx context.Context, statement string) error
}

// Engine is one kind of database, opened and migrated.
type Engine struct {
	// Write is where changes go. Read may be the same or see the same data.
	Write, Read *sql.DB
	// Shared says that Write has a single connection, so that the changes of
	// one moment should share a transaction, and that its driver does not keep
	// prepared statements itself.
	Shared bool
	// Fault classifies an error of the driver.
	Fault func(error) Fault
	// Listen returns when somebody has changed something that replicas have to
	// hear of, or something may have gone by unheard, and at the latest when ctx
	// ends. One caller at a time. nil where nobody tells.
	Listen func(ctx context.Context)
	// Close releases what is beneath Read and Write. It may be nil.
	Close func() error
}

// Fault is what an error of a driver means for a call.
type Fault int

// The faults.
const (
	FaultOther    Fault = iota // a defect
	FaultDown                  // the database cannot be reached, is full or too slow
	FaultConflict              // another transaction was faster; nothing was changed, try again
	FaultTaken                 // a key is in use
	FaultMissing               // what a foreign key names is not there
)

// DB is the store. Its views, such as [DB.Accounts], are what the other
// packages use. It is safe for concurrent use.
type DB struct {
	engine  Engine
	options Options
	callers chan struct{}
	read    *pool
	write   *pool
	queue   *queue // nil when changes need not share transactions

	errandsPut   chan struct{} // nudged when an errand was put
	outboxPosted chan struct{} // nudged when a letter was posted
	wrote        chan struct{} // nudged after every commit of ours
}

// New returns a store over an engine whose schema is up to date. It closes the
// engine when it fails.
func New(ctx context.Context, e Engine, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &DB{engine: e, options: o, callers: make(chan struct{}, maxCallers),
		errandsPut: make(chan struct{}, 1), outboxPosted: make(chan struct{}, 1),
		wrote: make(chan struct{}, 1),
	}
	d.write = &pool{db: e.Write}
	d.read = d.write
	if e.Read != e.Write {
		d.read = &pool{db: e.Read}
	}
	if !e.Shared {
		return d, nil
	}
	d.queue = newQueue()
	if err := errors.Join(d.write.prepare(ctx, hotChanges), d.read.prepare(ctx, hotQuestions)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close releases all connections. Calls that are under way fail.
func (d *DB) Close() error {
	err := errors.Join(d.write.close(), d.engine.Write.Close())
	if d.read != d.write {
		err = errors.Join(err, d.read.close(), d.engine.Read.Close())
	}
	if d.engine.Close != nil {
		err = errors.Join(err, d.engine.Close())
	}
	return err
}

// Ping reports whether a change could be made now, without making one.
func (d *DB) Ping(ctx context.Context) error {
	return d.transact(ctx, "ping", func(ctx context.Context, c conn) error {
		_, _, err := one(ctx, c, stKeysVersion.with(), scanInt)
		return err
	})
}

// Stats are the numbers of connections of a store.
type Stats struct {
	Open    int           // connections
	InUse   int           // of those, busy
	Callers int           // calls under way or waiting
	Waited  time.Duration // time that calls waited for a connection so far
}

// Stats returns the numbers of this moment.
func (d *DB) Stats() Stats {
	s := Stats{Callers: len(d.callers)}
	pools := []*pool{d.write}
	if d.read != d.write {
		pools = append(pools, d.read)
	}
	for _, p := range pools {
		st := p.db.Stats()
		s.Open += st.OpenConnections
		s.InUse += st.InUse
		s.Waited += st.WaitDuration
	}
	return s
}

// gone reports errors of database/sql itself that mean that there is no
// connection.
func gone(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}
