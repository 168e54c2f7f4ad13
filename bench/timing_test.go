package bench

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2" // the order of samples; nothing depends on its secrecy
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// samples is how often each class is measured, in a random order.
const samples = 400

// BenchmarkTimingL02 compares how long failed sign-ins take. Each class is put
// beside a wrong password of somebody: "auc" is the chance that a sample of the
// class takes longer, 0.5 when the two cannot be told apart; "median" is the
// ratio of the medians.
func BenchmarkTimingL02(b *testing.B) {
	h := newHouse(b, engines["sqlite"](b), nil)
	for _, n := range []broker.NewAccount{
		{Username: "alice", Password: password}, {Username: "dora", Password: password}, {Username: "xaver"},
	} {
		if _, err := h.admin.Add(b.Context(), n); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := h.admin.SetStatus(b.Context(), "dora", broker.Suspended); err != nil {
		b.Fatal(err)
	}
	try := func(login string) func() {
		return func() {
			_, err := h.broker.SignIn(b.Context(), broker.Credentials{Login: login, Password: "a wrong one", Mode: sessions.ModeJSON})
			if broker.CodeOf(err) != broker.CodeCredentials {
				b.Fatalf("%s: %v", login, err)
			}
		}
	}
	compare(b, "wrong", map[string]func(){"wrong": try("alice"), "unknown": try("nobody"), "suspended": try("dora"), "no-password": try("xaver")})
}

// BenchmarkTimingP09 compares requests for a new password, while what they ask
// for is done beside them.
func BenchmarkTimingP09(b *testing.B) {
	h := newHouse(b, engines["sqlite"](b), nil)
	for _, name := range []string{"alice", "dora"} {
		if _, err := h.admin.Add(b.Context(), broker.NewAccount{Email: name + "@example.org", Confirmed: true, Password: password}); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := h.admin.SetStatus(b.Context(), "dora@example.org", broker.Suspended); err != nil {
		b.Fatal(err)
	}
	h.attend(b)
	try := func(email string) func() {
		return func() {
			if err := h.broker.RequestReset(b.Context(), broker.ResetRequest{Email: email}); err != nil {
				b.Fatal(err)
			}
		}
	}
	compare(b, "unknown", map[string]func(){
		"unknown": try("nobody@example.org"), "known": try("alice@example.org"), "suspended": try("dora@example.org"),
	})
}

// BenchmarkTimingP24 compares registrations of an address that has an account
// and of one that has none.
func BenchmarkTimingP24(b *testing.B) {
	h := newHouse(b, engines["sqlite"](b), nil)
	if _, err := h.admin.Add(b.Context(), broker.NewAccount{Email: "alice@example.org", Confirmed: true, Password: password}); err != nil {
		b.Fatal(err)
	}
	h.attend(b)
	n := 0
	try := func(email func() string) func() {
		return func() {
			if err := h.broker.Register(b.Context(), broker.Registration{Email: email(), Password: password}); err != nil {
				b.Fatal(err)
			}
		}
	}
	compare(b, "unknown", map[string]func(){
		"unknown": try(func() string { n++; return fmt.Sprintf("person%d@example.org", n) }),
		"known":   try(func() string { return "alice@example.org" }),
	})
}

// attend does what strangers ask for until the benchmark ends.
func (h *house) attend(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	var over sync.WaitGroup
	over.Go(func() { h.broker.RunErrands(ctx, func(err error) { b.Log(err) }) })
	b.Cleanup(func() { cancel(); over.Wait() })
}

// BenchmarkTimingK10 compares refresh tokens whose MAC is wrong at its first
// and at its last byte.
func BenchmarkTimingK10(b *testing.B) {
	tokens, err := sessions.NewRefreshTokens(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	good, err := tokens.Make("AAAAAAAAAAAAAAAAAAAAAA", 1)
	if err != nil {
		b.Fatal(err)
	}
	wrong := func(at int) func() {
		bad := []byte(good)
		bad[at] = map[bool]byte{true: 'B', false: 'A'}[bad[at] == 'A']
		return func() {
			for range 200 { // one is too quick for the clock
				if _, _, err := tokens.Parse(string(bad)); err == nil {
					b.Fatal("accepted")
				}
			}
		}
	}
	compare(b, "first-byte", map[string]func(){"first-byte": wrong(36), "last-byte": wrong(len(good) - 2)})
}

// compare measures every class, interleaved, and reports each beside base.
func compare(b *testing.B, base string, classes map[string]func()) {
	b.Helper()
	took := map[string][]time.Duration{}
	var order []string
	for name := range classes {
		for range samples {
			order = append(order, name)
		}
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, name := range order {
		begin := time.Now()
		classes[name]()
		took[name] = append(took[name], time.Since(begin))
	}
	for name, times := range took {
		if name == base {
			continue
		}
		b.ReportMetric(auc(times, took[base]), name+"-auc")
		b.ReportMetric(float64(median(times))/float64(median(took[base])), name+"-median")
	}
	b.ReportMetric(0, "ns/op")
}

// auc is the chance that one of a is larger than one of b (Mann and Whitney).
func auc(a, b []time.Duration) float64 {
	larger := 0.0
	for _, x := range a {
		for _, y := range b {
			switch cmp.Compare(x, y) {
			case 1:
				larger++
			case 0:
				larger += 0.5
			}
		}
	}
	return larger / float64(len(a)*len(b))
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

// TestAUC holds the measure itself: two like it finds alike, two unlike not.
func TestAUC(t *testing.T) {
	early, late := []time.Duration{1, 2, 3}, []time.Duration{4, 5, 6}
	for want, got := range map[float64]float64{0: auc(early, late), 1: auc(late, early), 0.5: auc(early, early)} {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
