package broker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// halted is a store of sessions that has read its first answer and does not
// give it yet.
type halted struct {
	broker.Sessions
	leave chan struct{}
	asked atomic.Int64
}

func (s *halted) Find(ctx context.Context, id string, now time.Time) (sessions.Session, broker.Account, error) {
	found, a, err := s.Sessions.Find(ctx, id, now)
	if s.asked.Add(1) == 1 {
		<-s.leave
	}
	return found, a, err
}

// Requests of one moment share a question. One that comes after a logout was
// heard must not get the answer to a question from before it.
func TestC34_NobodySharesAnAnswerThatIsOlderThanTheNews(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	synctest.Test(t, func(t *testing.T) {
		slow := &halted{Sessions: h.Config.Sessions, leave: make(chan struct{})}
		c := h.Config
		c.Sessions = slow
		b, err := broker.New(c, h.settings)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask := func(to chan<- broker.Code) {
			_, err := b.Guard(t.Context(), broker.Presented{Bearer: l.Access})
			to <- codeOf(err)
		}
		before, after := make(chan broker.Code, 1), make(chan broker.Code, 1)
		go ask(before)
		synctest.Wait() // for the answer to be read
		if _, err := h.db.Sessions().End(t.Context(), l.SessionID, "logout", h.clock.now()); err != nil {
			t.Fatal(err)
		}
		if err := b.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		go ask(after)
		synctest.Wait() // for the second to share the question
		close(slow.leave)
		if code := <-after; code != broker.CodeTokenInvalid {
			t.Errorf("who comes after the logout was heard: got %q, want CodeTokenInvalid", code)
		}
		<-before
	})
}
