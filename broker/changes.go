package broker

import "context"

// The kinds of what a replica has to hear of.
const (
	NotedSession = "session" // it ended
	NotedAccount = "account" // it changed or is gone
	NotedKeys    = "keys"    // a signing key was made or retired
)

// Noted is one change as the database wrote it down, in the transaction that
// made it.
type Noted struct {
	Seq  int64  // grows; a slower transaction may come to light with a lower one
	Kind string // one of the above; others are stepped over
	ID   string // of the session or account
}

// Changes is what the database wrote down for replicas to hear of.
//
// Last and After may answer ErrStoreDown.
type Changes interface {
	// Last returns the number of the latest change, 0 for none.
	Last(ctx context.Context) (int64, error)
	// After returns the changes behind a number, in order, at most so many.
	After(ctx context.Context, seq int64, limit int) ([]Noted, error)
	// Await returns when something may have changed, and at the latest when
	// ctx ends. It serves one caller at a time.
	Await(ctx context.Context)
}
