package broker

import (
	"context"
	"strings"
	"time"
)

// Outcome is what an event came to.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "success"
	Failed    Outcome = "failure" // something was wrong, or did not work
	Denied    Outcome = "denied"  // somebody was proven, or nobody had to be, and policy said no
)

// Outcome says what the event came to, by its name alone.
func (e Event) Outcome() Outcome {
	switch _, what, _ := strings.Cut(e.Name, "."); what {
	case "failure", "failed", "tls_failed", "reuse":
		return Failed
	case "denied", "refused", "locked", "register_refused", "limited":
		return Denied
	}
	return Succeeded
}

// Entry is an event in the record that is kept.
type Entry struct {
	ID      string // sortable: a later entry of a moment has a greater one
	At      time.Time
	Outcome Outcome
	Event   // without Err, whose text is for the log
}

// TrailQuery narrows the record. The zero value is all of it.
type TrailQuery struct {
	Account string // id
	Actor   string // id, or ActorOperator
	Name    string
	Outcome Outcome
	Address string
	Since   time.Time // inclusive
	Until   time.Time // exclusive; the zero time is now and later
	Cursor  string    // where the page before ended; "" for the first
	Limit   int       // 1 to 1,000
}

// Trail is the record that is kept.
type Trail interface {
	// Entries returns a page, newest first, and the cursor of the next one, ""
	// after the last. Its error is of CodePayload for a cursor that is none.
	Entries(ctx context.Context, q TrailQuery) (page []Entry, next string, err error)
}
