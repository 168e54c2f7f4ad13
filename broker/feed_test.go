package broker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// news is a feed that a test writes. A number that is not in it may still come.
type news struct {
	mu    sync.Mutex
	rows  []broker.Noted // in the order of their numbers
	err   error
	asked int
}

func (n *news) Last(context.Context) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.rows) == 0 {
		return 0, n.err
	}
	return n.rows[len(n.rows)-1].Seq, n.err
}

func (n *news) After(_ context.Context, seq int64, limit int) (out []broker.Noted, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	for _, r := range n.rows {
		if r.Seq > seq && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, n.err
}

func (n *news) Await(ctx context.Context) { <-ctx.Done() }

// add writes a change of a session down under a number.
func (n *news) add(seq int64, id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := len(n.rows)
	for at > 0 && n.rows[at-1].Seq > seq {
		at--
	}
	n.rows = append(n.rows[:at], append([]broker.Noted{{Seq: seq, Kind: broker.NotedSession, ID: id}}, n.rows[at:]...)...)
}

// told is a house that hears what a test says, and two sign-ins of alice.
func told(t *testing.T) (*house, *news, broker.Login, broker.Login) {
	n := &news{}
	h := guardHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Changes = n })
	one, two := h.with(t, sessions.ModeJSON), h.with(t, sessions.ModeJSON)
	h.passes(t, one.Access)
	h.passes(t, two.Access)
	h.counts.take()
	return h, n, one, two
}

// asks is how many questions the next request with a token costs.
func (h *house) asks(t *testing.T, l broker.Login) int {
	t.Helper()
	h.counts.take()
	h.passes(t, l.Access)
	return len(h.counts.take())
}

func TestChangesThatComeToLightLate(t *testing.T) {
	h, n, one, two := told(t)
	n.add(2, one.SessionID)
	h.hear(t)
	if got := h.asks(t, one); got != 1 {
		t.Errorf("a change: got %d questions, want 1", got)
	}
	if got := h.asks(t, two); got != 0 {
		t.Errorf("another session: got %d questions, want none", got)
	}
	h.elapse(t, 29*time.Second)
	if got := h.asks(t, one); got != 0 {
		t.Errorf("the same change again: got %d questions, want none", got)
	}
	n.add(1, two.SessionID) // a slow transaction
	h.hear(t)
	if got := h.asks(t, two); got != 1 {
		t.Errorf("a change with a lower number: got %d questions, want 1", got)
	}
}

func TestANumberThatNeverComesIsGivenUp(t *testing.T) {
	h, n, one, _ := told(t)
	n.add(5, "x")
	h.hear(t)
	h.elapse(t, broker.Lateness+time.Second)
	n.asked = 0
	n.add(4, one.SessionID)
	h.hear(t)
	if got := h.asks(t, one); got != 0 {
		t.Errorf("after more than half a minute: got %d questions: what is behind it is read again and again", got)
	}
	n.add(6, one.SessionID)
	h.hear(t)
	if got := h.asks(t, one); got != 1 {
		t.Errorf("the next one: got %d questions, want 1", got)
	}
}

func TestManyChangesAtOnce(t *testing.T) {
	h, n, one, _ := told(t)
	for i := range 5000 {
		n.add(int64(i+1), "x")
	}
	n.add(5001, one.SessionID)
	h.hear(t)
	if got := h.asks(t, one); got != 1 {
		t.Errorf("the last of five thousand: got %d questions, want 1", got)
	}
}

func TestWhatIsUnderWayAtTheStartIsHeard(t *testing.T) {
	n := &news{}
	n.add(500, "x")
	h := guardHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Changes = n })
	one := h.with(t, sessions.ModeJSON)
	h.passes(t, one.Access)
	n.add(499, one.SessionID)
	h.hear(t)
	if got := h.asks(t, one); got != 1 {
		t.Errorf("got %d questions, want 1", got)
	}
}

func TestTooMuchToRememberTrustsNothing(t *testing.T) {
	h, n, one, _ := told(t)
	n.rows = make([]broker.Noted, 0, broker.MaxNoted+2)
	for i := range broker.MaxNoted + 2 {
		n.rows = append(n.rows, broker.Noted{Seq: int64(i) + 2, Kind: broker.NotedSession, ID: "x"})
	}
	h.hear(t)
	for range 3 {
		if got := h.asks(t, one); got != 2 {
			t.Errorf("got %d questions, want that nothing is trusted", got)
		}
	}
	h.elapse(t, broker.Lateness+time.Second)
	h.asks(t, one)
	if got := h.asks(t, one); got != 0 {
		t.Errorf("afterwards: got %d questions, want none", got)
	}
}

func TestAFeedThatFails(t *testing.T) {
	h, n, one, _ := told(t)
	n.err = errors.New("gone")
	h.clock.pass(broker.Silence / 2)
	if err := h.Look(t.Context()); err == nil {
		t.Fatal("got no error")
	}
	if got := h.asks(t, one); got != 0 {
		t.Errorf("within a second: got %d questions, want none", got)
	}
	h.clock.pass(broker.Silence/2 + time.Millisecond)
	if got := h.asks(t, one); got != 2 {
		t.Errorf("after a second: got %d questions, want one about the keys and one about the session", got)
	}
}

func TestFollowTellsOnceThatItFailsAndOnceThatItIsBack(t *testing.T) {
	n := &news{err: errors.New("gone")}
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Changes = n })
	ctx, end := context.WithCancel(t.Context())
	defer end()
	heard := make(chan error, 100)
	done := make(chan struct{})
	go func() { defer close(done); h.Follow(ctx, func(err error) { heard <- err }) }()
	if err := <-heard; err == nil {
		t.Error("got no trouble")
	}
	n.mu.Lock()
	n.err = nil
	n.mu.Unlock()
	if err := <-heard; err != nil {
		t.Errorf("got %v, want that it is over", err)
	}
	end()
	<-done
	if len(heard) > 0 {
		t.Errorf("told %d times more", len(heard))
	}
}
