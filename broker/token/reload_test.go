package token_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

func TestOpenKeepsTheKeysThatAreThere(t *testing.T) {
	keys := new(tokentest.Keys)
	first := open(t, config(), keys)
	second := open(t, config(), keys)
	if diff := cmp.Diff(first.List(), second.List()); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
	accepts(t, second, sign(t, first, alice()), "a token from before the restart")
}

func TestOpenWithAnotherMasterSecretSaysSo(t *testing.T) {
	keys := new(tokentest.Keys)
	open(t, config(), keys)
	other, err := token.NewSealer([]byte(strings.ToUpper(master)))
	must(t, err)
	if _, err := token.Open(t.Context(), config(), keys, other); !errors.Is(err, token.ErrSealed) {
		t.Errorf("got %v, want ErrSealed", err)
	}
}

func TestOpenFailsWithItsStore(t *testing.T) {
	down := errors.New("database is down")
	keys := &tokentest.Keys{Fail: func() error { return down }}
	if _, err := token.Open(t.Context(), config(), keys, sealer(t)); !errors.Is(err, down) {
		t.Errorf("got %v, want %v", err, down)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := token.Open(ctx, config(), new(tokentest.Keys), sealer(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v, want Canceled", err)
	}
}

func TestPublicKeysHoldNoPrivatePart(t *testing.T) {
	for _, alg := range []string{"ES256", "RS256", "EdDSA"} {
		cfg := config()
		cfg.Algorithm = alg
		set := string(open(t, cfg, new(tokentest.Keys)).JWKS())
		for _, member := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`, `"k"`, `"oth"`} {
			if strings.Contains(set, member+":") {
				t.Errorf("%s: JWKS has the member %s", alg, member)
			}
		}
		for _, member := range []string{`"use":"sig"`, `"alg":"` + alg + `"`, `"kid":`, `"kty":`} {
			if got := strings.Count(set, member); got != 2 {
				t.Errorf("%s: JWKS has %s %d times, want 2: %s", alg, member, got, set)
			}
		}
	}
}

// logText collects what a logger writes while others read it.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// watched runs a ring under Watch beside another on the same store.
func watched(t *testing.T, log *logText, keys *tokentest.Keys) (here, there *token.Ring) {
	t.Helper()
	cfg := config()
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	here, there = open(t, config(), keys), open(t, cfg, keys)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := there.Watch(ctx, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("Watch ended with %v, want Canceled", err)
		}
	})
	t.Cleanup(func() { stop(); done.Wait() })
	return here, there
}

func TestT17_WatchBringsARetirementWithinOneInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logText
		here, there := watched(t, &log, new(tokentest.Keys))
		raw := sign(t, here, alice())
		time.Sleep(10 * time.Second) // the bubble's clock: takes no time
		accepts(t, there, raw, "before the retirement")
		must(t, here.Retire(t.Context(), kidOf(t, raw)))
		time.Sleep(1001 * time.Millisecond)
		synctest.Wait()
		refuses(t, there, raw, "one interval after the retirement")
		if log.String() != "" {
			t.Errorf("logged without need: %s", &log)
		}
	})
}

func TestWatchAsksOnlyForTheVersionWhileNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := new(tokentest.Keys)
		watched(t, new(logText), keys)
		before := keys.Calls()
		time.Sleep(100*time.Second + time.Millisecond)
		synctest.Wait()
		if got := keys.Calls() - before; got != 100 {
			t.Errorf("%d statements in 100 intervals, want 100", got)
		}
	})
}

func TestWatchOutlivesAStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logText
		down := errors.New("database is down")
		var isDown atomic.Bool
		keys := &tokentest.Keys{Fail: func() error {
			if isDown.Load() {
				return down
			}
			return nil
		}}
		here, there := watched(t, &log, keys)
		raw := sign(t, here, alice())
		isDown.Store(true)
		time.Sleep(time.Minute + time.Millisecond)
		synctest.Wait()
		accepts(t, there, raw, "while the store is down")
		if err := there.Ready(); !errors.Is(err, down) {
			t.Errorf("Ready: got %v, want %v", err, down)
		}
		if got := strings.Count(log.String(), "level=ERROR"); got != 1 {
			t.Errorf("the outage was logged %d times, want once:\n%s", got, &log)
		}
		isDown.Store(false)
		time.Sleep(time.Second)
		synctest.Wait()
		if err := there.Ready(); err != nil {
			t.Errorf("Ready after the outage: %v", err)
		}
		if !strings.Contains(log.String(), "can be read again") {
			t.Errorf("the end of the outage was not logged:\n%s", &log)
		}
	})
}
