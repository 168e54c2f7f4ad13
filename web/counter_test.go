package web

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

var window = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestCountsAreOfTheirKeyAndWindow(t *testing.T) {
	c := newCounter()
	c.Config(0, time.Minute)
	for range 3 {
		if err := c.Increment("a", window); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct {
		at          time.Duration
		key         string
		now, before int
	}{{0, "a", 3, 0}, {0, "b", 0, 0}, {time.Minute, "a", 0, 3}, {2 * time.Minute, "a", 0, 0}} {
		at := window.Add(want.at)
		if now, before, err := c.Get(want.key, at, at.Add(-time.Minute)); now != want.now || before != want.before || err != nil {
			t.Errorf("%q after %v: got %d, %d, %v; want %d, %d", want.key, want.at, now, before, err, want.now, want.before)
		}
	}
	if err := c.Increment("a", window.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, before, _ := c.Get("a", window.Add(time.Hour), time.Time{}); before != 0 {
		t.Errorf("a window that is not the one before: got %d", before)
	}
}

func TestB16_AMillionKeysNeitherFillTheMemoryNorPushOutAHotOne(t *testing.T) {
	c := newCounter()
	c.Config(0, time.Minute)
	for range 100 {
		_ = c.Increment("hot", window)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 1_000_000 {
		_ = c.Increment(fmt.Sprintf("2001:db8:%x:%x::", i>>16, i&0xffff), window)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if n, _, _ := c.Get("hot", window, window); n < 100 || n > 120 {
		t.Errorf("the hot key: got %d, want 100 and a little noise", n)
	}
	unseen := 0
	for i := range 1000 {
		if n, _, _ := c.Get(fmt.Sprintf("192.0.2.%d", i), window, window); n > 5 {
			unseen++
		}
	}
	if unseen > 50 {
		t.Errorf("%d of 1000 addresses that never came are counted more than five times", unseen)
	}
}
