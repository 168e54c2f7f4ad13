package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

// guarded is how many people are signed in at once.
const guarded = 1000

// BenchmarkGuard is GET /guard/nginx over HTTP with rules, by callers that take
// turns with a thousand live tokens. The floor is a bare handler that writes 200
// to the same requests. Beside the time it reports what a remembered token takes
// of the heap.
func BenchmarkGuard(b *testing.B) {
	for _, callers := range []int{1, 16} {
		b.Run(fmt.Sprintf("%d/signet", callers), func(b *testing.B) {
			h, tokens := signedIn(b)
			heap := heapOf()
			passAll(b, h.web, tokens, callers)
			b.ReportMetric(float64(max(0, heapOf()-heap))/guarded, "B/token")
		})
		b.Run(fmt.Sprintf("%d/floor", callers), func(b *testing.B) {
			_, tokens := signedIn(b)
			passAll(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }), tokens, callers)
		})
	}
}

// signedIn is a house that hears of changes, and tokens of as many people.
func signedIn(b *testing.B) (*house, []string) {
	b.Helper()
	db := engines["sqlite"](b)
	h := newHouse(b, db, nil)
	tokens := make([]string, guarded)
	for i := range tokens {
		name := fmt.Sprintf("person%d", i)
		err := db.Accounts().Create(b.Context(), broker.Newcomer{PasswordHash: "$none", Account: broker.Account{
			ID: name, Status: broker.Active, Epoch: 1, Username: name, Email: name + "@example.org", EmailConfirmed: true,
			Groups: []broker.Group{{Name: "staff"}, {Name: "family"}}, Created: time.Now(), Updated: time.Now(),
		}})
		if err != nil {
			b.Fatal(err)
		}
		if tokens[i], _, err = h.admin.Token(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
	ctx, end := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan struct{})
	go func() { defer close(done); h.broker.Follow(ctx, func(err error) { b.Log(err) }) }()
	b.Cleanup(func() { end(); <-done })
	time.Sleep(100 * time.Millisecond) // let it have looked once
	return h, tokens
}

func heapOf() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// passAll asks about requests; each must pass.
func passAll(b *testing.B, handler http.Handler, tokens []string, callers int) {
	b.Helper()
	s := httptest.NewServer(handler)
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	next := make([]int, callers)
	ask := func(i int) error {
		r, err := http.NewRequest(http.MethodGet, s.URL+"/guard/nginx", nil)
		if err != nil {
			return err
		}
		r.Header.Set("X-Original-URL", "https://app.example.org/some/page?x=1")
		r.Header.Set("X-Original-Method", "GET")
		r.Header.Set("Authorization", "Bearer "+tokens[(next[i]*callers+i)%len(tokens)])
		next[i]++
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("got %s, %v", resp.Status, err)
		}
		return nil
	}
	for range len(tokens) / callers {
		for i := range callers {
			if err := ask(i); err != nil {
				b.Fatal(err)
			}
		}
	}
	spread(b, callers, ask)
}
