package mail

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/signet-sso/signet/broker"
)

var errExpired = errors.New("its link does not work any more")

// mood is how things stand with the server and the store. A change is logged,
// and nothing else: a server that is down all night is one line, and one more
// when it is back.
type mood struct {
	log   *slog.Logger
	audit broker.Auditor

	mu      sync.Mutex
	trouble string // with the server, as it was logged last; "" when all is well
	storing bool   // whether the store is in trouble
}

// server is told how each try ended.
func (m *mood) server(ctx context.Context, t *Trouble) {
	if t != nil && t.ofOne() {
		return
	}
	now, why := "", ""
	if t != nil {
		now, why = kind(t), t.Error()
	}
	m.mu.Lock()
	before := m.trouble
	m.trouble = now
	m.mu.Unlock()
	switch {
	case now == before:
	case now == "":
		m.log.Info("letters leave again")
	default:
		m.log.Warn("letters do not leave; they wait and are tried again", "error", why)
		if t.Verdict == Unsafe {
			m.audit.Record(ctx, broker.Event{Name: broker.EventMailTLS, Reason: "not_protected", Err: t})
		}
	}
}

// kind is what has to change for another line in the log.
func kind(t *Trouble) string {
	switch t.Verdict {
	case Unsafe:
		return "unsafe"
	case Operator:
		return "operator " + string(t.Step)
	}
	return "later"
}

// store is told how each call of the outbox ended.
func (m *mood) store(ctx context.Context, err error) {
	if err != nil && ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	before := m.storing
	m.storing = err != nil
	m.mu.Unlock()
	switch {
	case err != nil && !before:
		m.log.Warn("letters that wait cannot be read or noted", "error", err)
	case err == nil && before:
		m.log.Info("letters that wait can be read again")
	}
}
