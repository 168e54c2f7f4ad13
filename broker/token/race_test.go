package token_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/broker/token/tokentest"
)

// together runs f n times at once, from one starting shot, and fails the test if
// one of them returns an error.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	done.Wait()
	must(t, errors.Join(errs...))
}

// signAndVerify counts in refused how many of n tokens the verifier did not accept.
func signAndVerify(signer, verifier *token.Ring, n int, refused *atomic.Int64) error {
	for range n {
		raw, err := signer.Sign(alice())
		if err != nil {
			return err
		}
		if _, err := verifier.Verify(raw); err != nil {
			refused.Add(1)
		}
	}
	return nil
}

func TestT16_NoTokenIsRefusedWhileReplicasRotate(t *testing.T) {
	keys := new(tokentest.Keys)
	rings := [2]*token.Ring{open(t, config(), keys), open(t, config(), keys)}
	var refused atomic.Int64
	for round := range 60 {
		together(t, 5, func(i int) error {
			if i == 0 { // the replicas take turns; the other one learns of it after the round
				return rings[round%2].Rotate(t.Context())
			}
			return signAndVerify(rings[i%2], rings[i/2%2], 5, &refused)
		})
		must(t, rings[(round+1)%2].Reload(t.Context()))
	}
	if n := refused.Load(); n != 0 {
		t.Errorf("%d of 1,200 tokens were refused, want 0", n)
	}
}

func TestT16_FirstStartOfManyReplicasMakesOneSet(t *testing.T) {
	for round := range 30 {
		keys := new(tokentest.Keys)
		var rings [8]*token.Ring
		s := sealer(t)
		together(t, len(rings), func(i int) (err error) {
			rings[i], err = token.Open(t.Context(), config(), keys, s)
			return err
		})
		raw := sign(t, rings[0], alice())
		for i, r := range rings {
			accepts(t, r, raw, fmt.Sprintf("round %d: a token of replica 0 on replica %d", round, i))
		}
		if rows, err := keys.Keys(t.Context()); err != nil || len(rows) != 2 {
			t.Fatalf("round %d: %d keys and %v, want a next and a current one", round, len(rows), err)
		}
	}
}

func TestT17_RetiredKeyStaysRetiredWhateverElseHappens(t *testing.T) {
	for range 30 {
		keys := new(tokentest.Keys)
		rings := [3]*token.Ring{open(t, config(), keys), open(t, config(), keys), open(t, config(), keys)}
		raw := sign(t, rings[0], alice())
		bad := kidOf(t, raw)
		together(t, 6, func(i int) error {
			switch r := rings[i%3]; i {
			case 0, 3:
				if err := r.Retire(t.Context(), bad); !errors.Is(err, token.ErrUnknownKey) {
					return err // unknown: two rotations were faster and have dropped it
				}
				return nil
			case 1, 4:
				return r.Rotate(t.Context())
			default:
				return r.Reload(t.Context())
			}
		})
		for _, r := range rings {
			must(t, r.Reload(t.Context()))
			refuses(t, r, raw, "a token of the retired key")
			if kidOf(t, sign(t, r, alice())) == bad {
				t.Error("the retired key still signs")
			}
			inState(t, r, token.StateNext)
			inState(t, r, token.StateCurrent)
		}
	}
}

// slowKeys lets one reader wait after it has read, when hold is set.
type slowKeys struct {
	token.KeyStore
	hold atomic.Bool
	gate chan struct{}
}

func (s *slowKeys) Keys(ctx context.Context) ([]token.StoredKey, error) {
	rows, err := s.KeyStore.Keys(ctx)
	if s.hold.CompareAndSwap(true, false) {
		<-s.gate
	}
	return rows, err
}

func TestReloadNeverGoesBackToAnOlderSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowKeys{KeyStore: new(tokentest.Keys), gate: make(chan struct{})}
		r, other := open(t, config(), slow), open(t, config(), slow.KeyStore)
		slow.hold.Store(true)
		var done sync.WaitGroup
		reload := func() {
			if err := r.Reload(t.Context()); err != nil {
				t.Error(err)
			}
		}
		done.Go(reload)
		synctest.Wait() // this one has read the old set and is held up
		must(t, other.Rotate(t.Context()))
		done.Go(reload)
		synctest.Wait() // this one has come as far as it gets
		close(slow.gate)
		done.Wait()
		if got, want := inState(t, r, token.StateCurrent), inState(t, other, token.StateCurrent); got != want {
			t.Errorf("the ring signs with %s, the store says %s", got, want)
		}
	})
}

func TestReloadEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowKeys{KeyStore: new(tokentest.Keys), gate: make(chan struct{})}
		r := open(t, config(), slow)
		slow.hold.Store(true)
		var done sync.WaitGroup
		done.Go(func() { _ = r.Reload(t.Context()) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Reload(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("behind a reload that hangs: got %v, want DeadlineExceeded", err)
		}
		close(slow.gate)
		done.Wait()
	})
}
