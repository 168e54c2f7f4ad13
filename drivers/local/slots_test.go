package local_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
)

// gate holds every hash of a Hasher in its slot until it is opened.
type gate struct {
	now, most atomic.Int64
	open      chan struct{}
}

func newGate(h *local.Hasher) *gate {
	g := &gate{open: make(chan struct{})}
	h.OnHash(func(string) {
		raise(&g.most, g.now.Add(1))
		defer g.now.Add(-1)
		<-g.open
	})
	return g
}

// raise lifts the mark to n.
func raise(mark *atomic.Int64, n int64) {
	for m := mark.Load(); n > m && !mark.CompareAndSwap(m, n); m = mark.Load() {
	}
}

func narrow(slots, queue int) *local.Hasher {
	return cheap(func(c *local.HasherConfig) { c.Slots, c.Queue = slots, queue })
}

func TestX01TwoRunThreeWaitAndTheRestIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := narrow(2, 3)
		g := newGate(h)
		var work sync.WaitGroup
		for range 5 {
			work.Go(func() {
				if _, err := h.Hash(t.Context(), "password"); err != nil {
					t.Errorf("got %v, want a hash in the end", err)
				}
			})
		}
		synctest.Wait()
		if got, want := h.Stats(), (local.Stats{Running: 2, Waiting: 3, Started: 2}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for range 7 {
			_, err := h.Hash(t.Context(), "password")
			var busy local.BusyError
			if !errors.As(err, &busy) || !errors.Is(err, drivers.ErrUnavailable) || busy.RetryAfter() <= 0 {
				t.Errorf("got %v, want BusyError with a time to come again", err)
			}
		}
		close(g.open)
		work.Wait()
		if got, want := h.Stats(), (local.Stats{Started: 5, Refused: 7}); got != want {
			t.Errorf("afterwards got %+v, want %+v", got, want)
		}
		if g.most.Load() != 2 {
			t.Errorf("got %d hashes at once, want 2", g.most.Load())
		}
	})
}

func TestX01NoHashOfAnyFormStartsWithoutASlot(t *testing.T) {
	forms := imports()
	hashes := []string{hashed(t, cheap(), "password"), "", "!", "unreadable"}
	for _, c := range forms {
		hashes = append(hashes, c.hash)
	}
	synctest.Test(t, func(t *testing.T) {
		h := narrow(1, -1)
		g := newGate(h)
		var work sync.WaitGroup
		work.Go(func() { _, _ = h.Hash(t.Context(), "password") })
		synctest.Wait()
		for _, hash := range hashes {
			if ok, _, err := h.Verify(t.Context(), "password", hash); ok || !errors.As(err, new(local.BusyError)) {
				t.Errorf("%.30q: got %v, %v; want BusyError while the only slot is taken", hash, ok, err)
			}
		}
		if got := h.Stats().Started; got != 1 {
			t.Errorf("got %d hashes started, want only the first", got)
		}
		close(g.open)
		work.Wait()
	})
}

func TestX01AFloodNeverRunsMoreThanItsSlots(t *testing.T) {
	h := narrow(2, 30)
	var now, most atomic.Int64
	h.OnHash(func(string) {
		raise(&most, now.Add(1))
		runtime.Gosched() // let others try to come in
		now.Add(-1)
	})
	var start, done sync.WaitGroup
	start.Add(1)
	for range 300 {
		done.Go(func() {
			start.Wait()
			if _, _, err := h.Verify(t.Context(), "password", ""); !errors.Is(err, local.ErrHash) && !errors.As(err, new(local.BusyError)) {
				t.Errorf("got %v, want ErrHash or BusyError", err)
			}
		})
	}
	start.Done()
	done.Wait()
	s := h.Stats()
	if most.Load() > 2 || s.Running != 0 || s.Waiting != 0 || s.Started+s.Refused != 300 || s.Started < 32 {
		t.Errorf("got %d at once and then %+v, want at most 2, every slot free and each of 300 answered", most.Load(), s)
	}
}

func TestX02WhoCameFirstIsServedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := local.NewSlots(1, 20)
		give, err := s.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		var work sync.WaitGroup
		for i := range 20 {
			work.Go(func() {
				mine, err := s.Take(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				mine()
			})
			synctest.Wait()
		}
		give()
		work.Wait()
		if len(order) != 20 || !slices.IsSorted(order) {
			t.Errorf("got the order %v, want that of arrival", order)
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := narrow(1, 5)
		g := newGate(h)
		var work sync.WaitGroup
		work.Go(func() { _, _ = h.Hash(t.Context(), "password") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		work.Go(func() {
			if _, _, err := h.Verify(ctx, "password", ""); !errors.Is(err, context.Canceled) || errors.Is(err, local.ErrHash) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		if s := h.Stats(); s.Waiting != 0 || s.Started != 1 {
			t.Errorf("got %+v, want nobody waiting and no second hash", s)
		}
		close(g.open)
		work.Wait()
	})
	if _, err := cheap().Hash(ended(t), "password"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: got %v, want context.Canceled", err)
	}
}

func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// leaver is a context that ends in the moment in which a slot is free.
type leaver struct {
	context.Context
	give func()
	gone bool
}

func (l *leaver) Err() error {
	if l.gone {
		return context.Canceled
	}
	return nil
}

func (l *leaver) Done() <-chan struct{} {
	l.gone = true
	l.give()
	over := make(chan struct{})
	close(over)
	return over
}

func TestNobodyWhoHasGoneGetsASlot(t *testing.T) {
	for range 64 { // the runtime picks either of two ready channels
		s := local.NewSlots(1, 1)
		give, err := s.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(&leaver{Context: t.Context(), give: give}); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
		if _, err := s.Take(t.Context()); err != nil {
			t.Fatalf("got %v, want the slot to be free again", err)
		}
	}
}

func TestTheQueueIsShorterWhereAHashCostsMore(t *testing.T) {
	for _, c := range []struct {
		rule string
		cost local.HasherConfig
		want int
	}{
		{"the usual cost", local.HasherConfig{Slots: 2}, 64},
		{"a lower cost gains nothing", local.HasherConfig{Slots: 2, Memory: 64, Time: 1}, 64},
		{"eight times the cost", local.HasherConfig{Slots: 2, Memory: 8 * 19 << 10}, 8},
		{"any cost", local.HasherConfig{Slots: 2, Memory: 1 << 20, Time: 9}, 4},
		{"as told", local.HasherConfig{Slots: 2, Queue: 7}, 7},
		{"none", local.HasherConfig{Slots: 2, Queue: -1}, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := local.NewHasher(c.cost).Queue(); got != c.want {
				t.Errorf("got a queue of %d, want %d", got, c.want)
			}
		})
	}
}
