package sessions_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// flowRows is a FlowStore in memory.
type flowRows struct {
	mu   sync.Mutex
	rows map[string]sessions.Flow
}

func (m *flowRows) PutFlow(_ context.Context, f sessions.Flow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[f.Key] = f
	return nil
}

func (m *flowRows) TakeFlow(_ context.Context, key string, now time.Time) (sessions.Flow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.rows[key]
	delete(m.rows, key)
	if !ok || !f.Expires.After(now) {
		return sessions.Flow{}, sessions.ErrNotFound
	}
	return f, nil
}

func TestFlow(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rows := &flowRows{rows: map[string]sessions.Flow{}}
	flows := sessions.NewFlows(rows, func() time.Time { return now }, rand.Reader)
	start := func(t *testing.T) string {
		t.Helper()
		f, state, err := flows.Start(sessions.Flow{Provider: "okta", ReturnTo: "/app"}, "browser-secret")
		if err != nil {
			t.Fatal(err)
		}
		if err := flows.Keep(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return state
	}

	t.Run("comes back to the browser and provider it began with", func(t *testing.T) {
		f, err := flows.Take(t.Context(), sessions.Arrival{State: start(t), Provider: "okta", Browser: "browser-secret"})
		if err != nil || len(f.Nonce) != 43 || len(f.Verifier) != 43 || f.ReturnTo != "/app" {
			t.Errorf("got %+v, %v; want the flow as started", f, err)
		}
	})
	t.Run("many tabs of one browser all work", func(t *testing.T) {
		first, second := start(t), start(t)
		for _, state := range []string{second, first} {
			if _, err := flows.Take(t.Context(), sessions.Arrival{State: state, Provider: "okta", Browser: "browser-secret"}); err != nil {
				t.Errorf("got %v, want the flow", err)
			}
		}
	})
	t.Run("ends with its first arrival, right or wrong", func(t *testing.T) {
		for _, a := range []sessions.Arrival{
			{Provider: "okta", Browser: "other"},
			{Provider: "github", Browser: "browser-secret"},
			{Provider: "okta", Browser: "browser-secret"},
		} {
			a.State = start(t)
			_, _ = flows.Take(t.Context(), a)
			a.Provider, a.Browser = "okta", "browser-secret"
			if _, err := flows.Take(t.Context(), a); !errors.Is(err, sessions.ErrNotFound) {
				t.Errorf("second arrival: got %v, want ErrNotFound", err)
			}
		}
	})
	t.Run("is refused to another browser, provider or state", func(t *testing.T) {
		for name, a := range map[string]sessions.Arrival{
			"another browser":  {Provider: "okta", Browser: "other"},
			"no browser":       {Provider: "okta"},
			"another provider": {Provider: "github", Browser: "browser-secret"},
			"another state":    {Provider: "okta", Browser: "browser-secret", State: "x"},
			"no state":         {Provider: "okta", Browser: "browser-secret", State: "-"},
		} {
			state := start(t)
			switch a.State {
			case "":
				a.State = state
			case "-":
				a.State = ""
			}
			if _, err := flows.Take(t.Context(), a); !errors.Is(err, sessions.ErrNotFound) {
				t.Errorf("%s: got %v, want ErrNotFound", name, err)
			}
		}
	})
	t.Run("lives ten minutes to the millisecond", func(t *testing.T) {
		begin, state := now, start(t)
		now = begin.Add(sessions.FlowLife)
		if _, err := flows.Take(t.Context(), sessions.Arrival{State: state, Provider: "okta", Browser: "browser-secret"}); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("at its end: got %v, want ErrNotFound", err)
		}
		now = begin
		state = start(t)
		now = begin.Add(sessions.FlowLife - time.Millisecond)
		if _, err := flows.Take(t.Context(), sessions.Arrival{State: state, Provider: "okta", Browser: "browser-secret"}); err != nil {
			t.Errorf("a millisecond before: got %v, want the flow", err)
		}
		now = begin
	})
	t.Run("leaves neither state nor browser secret in the store", func(t *testing.T) {
		state := start(t)
		for key, f := range rows.rows {
			if strings.Contains(key+f.Key+f.Browser, state) || strings.Contains(f.Browser, "browser-secret") {
				t.Errorf("row %+v shows what opens it", f)
			}
		}
	})
}
