package broker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

const (
	literal = "9vQ2-kfXm7Lw0sTz"
	hashed  = "plum jacket river"
)

// hashes is a stand-in for the hasher that remembers its work.
type hashes struct {
	mu   sync.Mutex
	ran  []string // hash and secret of each comparison
	down error
}

func (h *hashes) Verify(_ context.Context, secret, hash string) (ok, stale bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ran = append(h.ran, hash+" "+secret)
	return hash == "$hash$"+secret, false, h.down
}

// took returns how many comparisons there were since the last call.
func (h *hashes) took() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.ran)
	h.ran = nil
	return n
}

// withServices is a house with the services api, whose secret is written as it
// is, and archive, which has a hash.
func withServices(t testing.TB) (*house, *hashes) {
	t.Helper()
	work := &hashes{}
	h := newHouse(t, func(c *broker.Config, s *broker.Settings) {
		c.Secrets = work
		s.Services = []broker.Service{{ID: "api", Secret: literal}, {ID: "archive", Hash: "$hash$" + hashed}}
	})
	return h, work
}

// inquire asks about a token as a service.
func (h *house) inquire(t testing.TB, id, token string, secrets ...string) (broker.Introspection, broker.Code) {
	t.Helper()
	i, err := h.Introspect(t.Context(), broker.Inquiry{ID: id, Secrets: secrets, Token: token})
	return i, codeOf(err)
}

func TestI01_OnlyServicesThatProveThemselvesAreAnswered(t *testing.T) {
	h, _ := withServices(t)
	h.add(t, "alice")
	l := h.signIn(t, "local", "alice", "right password")
	for _, c := range []struct {
		rule, id string
		secrets  []string
		reason   string // "" for one that is let in
	}{
		{"I-01 the secret opens", "api", []string{literal}, ""},
		{"I-01 a secret that is stored as a hash opens", "archive", []string{hashed}, ""},
		{"I-01 one of two readings is enough", "api", []string{"another reading", literal}, ""},
		{"I-01 another secret does not", "api", []string{literal + "x"}, "wrong_secret"},
		{"I-01 nor the beginning of it", "api", []string{literal[:8]}, "wrong_secret"},
		{"I-01 nor that of another service", "api", []string{hashed}, "wrong_secret"},
		{"I-01 nor for a hash", "archive", []string{literal}, "wrong_secret"},
		{"I-01 nor the hash itself", "archive", []string{"$hash$" + hashed}, "wrong_secret"},
		{"I-01 nor an access token", "api", []string{l.Access}, "wrong_secret"},
		{"I-01 nor a refresh token", "archive", []string{l.Refresh}, "wrong_secret"},
		{"I-01 nor nothing", "api", nil, "no_secret"},
		{"I-01 nor an empty one", "api", []string{""}, "wrong_secret"},
		{"I-01 nor one for an unknown service", "nobody", []string{literal}, "unknown_client"},
		{"I-01 nor one that belongs to the hash of another", "nobody", []string{hashed}, "unknown_client"},
		{"I-01 nor one for no service", "", []string{literal}, "unknown_client"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h.audit.take()
			h.counts.take()
			wantCode, wantEvents := broker.Code(""), []string{}
			if c.reason != "" {
				wantCode, wantEvents = broker.CodeCredentials, []string{broker.EventClientDenied + ":" + c.reason}
			}
			i, code := h.inquire(t, c.id, l.Access, c.secrets...)
			if code != wantCode || i.Active != (c.reason == "") {
				t.Errorf("introspect: got %+v %q, want %q", i, code, wantCode)
			}
			got := names(h.audit.take())
			if !slices.Equal(got, wantEvents) {
				t.Errorf("got events %v, want %v", got, wantEvents)
			}
			if n := len(h.counts.take()); c.reason != "" && n > 0 {
				t.Errorf("the database was asked %d times about a service that is not proven", n)
			}
			if c.reason == "" {
				return
			}
			err := h.Revoke(t.Context(), broker.Inquiry{ID: c.id, Secrets: c.secrets, Token: l.Access})
			if codeOf(err) != broker.CodeCredentials {
				t.Errorf("revoke: got %v", err)
			}
		})
	}
	if i, _ := h.inquire(t, "api", l.Access, literal); !i.Active {
		t.Error("a service that is not proven has revoked the token")
	}
}

func TestI01_AnUnknownServiceCostsWhatAWrongSecretDoes(t *testing.T) {
	h, work := withServices(t)
	for _, id := range []string{"api", "archive", "nobody", ""} {
		for n, secrets := range [][]string{nil, {"a wrong secret"}, {"a wrong secret", "and its other reading"}} {
			if _, code := h.inquire(t, id, "x", secrets...); code != broker.CodeCredentials {
				t.Errorf("%q: got %q", id, code)
			}
			if got := work.took(); got != n {
				t.Errorf("I-01 %q with %d wrong secrets took %d hashes, want %d", id, n, got, n)
			}
		}
	}
}

func TestARightSecretIsHashedOnce(t *testing.T) {
	h, work := withServices(t)
	for range 100 {
		if _, code := h.inquire(t, "archive", "x", hashed); code != "" {
			t.Fatalf("got %q", code)
		}
	}
	if n := work.took(); n != 1 {
		t.Errorf("100 inquiries took %d hashes, want 1", n)
	}
	for range 10 {
		h.inquire(t, "api", "x", literal)
	}
	if n := work.took(); n != 0 {
		t.Errorf("a secret that is no hash took %d", n)
	}
	t.Run("and is forgotten when it is changed", func(t *testing.T) {
		h.settings.Services[1].Hash = "$hash$another secret"
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		if _, code := h.inquire(t, "archive", "x", hashed); code != broker.CodeCredentials {
			t.Errorf("the old one: got %q", code)
		}
		if _, code := h.inquire(t, "archive", "x", "another secret"); code != "" {
			t.Errorf("the new one: got %q", code)
		}
	})
}

func TestManyThreadsOfAServiceShareOneHash(t *testing.T) {
	h, _ := withServices(t)
	synctest.Test(t, func(t *testing.T) {
		slow := &slowHashes{leave: make(chan struct{})}
		c := h.Config
		c.Secrets = slow
		b, err := broker.New(c, h.settings)
		if err != nil {
			t.Fatal(err)
		}
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				if _, err := b.Introspect(t.Context(), broker.Inquiry{ID: "archive", Secrets: []string{hashed}, Token: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // for all of them to wait
		if n := slow.began.Load(); n != 1 {
			t.Errorf("20 threads began %d hashes, want 1", n)
		}
		close(slow.leave)
		done.Wait()
	})
}

// slowHashes waits in the middle of a hash.
type slowHashes struct {
	began atomic.Int64
	leave chan struct{}
}

func (s *slowHashes) Verify(context.Context, string, string) (ok, stale bool, err error) {
	s.began.Add(1)
	<-s.leave
	return true, false, nil
}

func TestTooManyHashesAreUnavailable(t *testing.T) {
	h, work := withServices(t)
	for err, want := range map[error]broker.Code{
		fmt.Errorf("busy: %w", drivers.ErrUnavailable): broker.CodeUnavailable,
		fmt.Errorf("unreadable"):                       broker.CodeInternal,
	} {
		work.down = err
		if _, code := h.inquire(t, "archive", "x", hashed); code != want {
			t.Errorf("%v: got %q, want %q", err, code, want)
		}
	}
}

func TestServicesAreChecked(t *testing.T) {
	h, _ := withServices(t)
	for rule, services := range map[string][]broker.Service{
		"without an id":      {{Secret: literal}},
		"twice":              {{ID: "api", Secret: literal}, {ID: "api", Secret: literal}},
		"without a secret":   {{ID: "api"}},
		"with two secrets":   {{ID: "api", Secret: literal, Hash: "$hash$x"}},
		"with a name only":   {{ID: "api", Audience: "x"}},
		"a good and bad one": {{ID: "api", Secret: literal}, {ID: "b"}},
	} {
		t.Run(rule, func(t *testing.T) {
			s := h.settings
			s.Services = services
			if err := h.Use(s); err == nil || strings.Contains(err.Error(), literal) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, code := h.inquire(t, "api", "x", literal); code != "" {
		t.Errorf("after settings that are not good: got %q", code)
	}
	t.Run("a hash without anything that verifies it", func(t *testing.T) {
		c := h.Config
		c.Secrets = nil
		if _, err := broker.New(c, h.settings); err == nil {
			t.Error("got no error")
		}
	})
}

func TestI04_WhoTriesTokensIsStopped(t *testing.T) {
	const may = 6000
	h, _ := withServices(t)
	h.add(t, "alice")
	l := h.signIn(t, "local", "alice", "right password")
	head, _, _ := strings.Cut(l.Access, ".")
	h.counts.take()
	for i := range may {
		guess := fmt.Sprintf("%s.%d.x", head, i) // as much of it as everybody knows
		if i%2 == 0 {
			guess = fmt.Sprint(i)
		}
		if found, code := h.inquire(t, "api", guess, literal); code != "" || found.Active {
			t.Fatalf("guess %d: got %+v %q", i, found, code)
		}
	}
	if n := len(h.counts.take()); n != 0 {
		t.Errorf("I-04 guesses took %d statements: one that is closer to a token must not take longer", n)
	}
	_, err := h.Introspect(t.Context(), broker.Inquiry{ID: "api", Secrets: []string{literal}, Token: l.Access})
	wait, again := broker.RetryAfter(err, h.clock.now())
	if codeOf(err) != broker.CodeLimited || !again || wait > time.Minute {
		t.Fatalf("I-04 after %d guesses: got %v, come again %v in %v", may, err, again, wait)
	}
	if _, code := h.inquire(t, "archive", l.Access, hashed); code != "" {
		t.Errorf("another service: got %q", code)
	}
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	if _, code := h.inquire(t, "api", l.Access, literal); code != broker.CodeLimited {
		t.Errorf("I-04 after a reload: got %q", code)
	}
	h.clock.pass(wait)
	if i, code := h.inquire(t, "api", l.Access, literal); code != "" || !i.Active {
		t.Errorf("later: got %+v %q", i, code)
	}
	for i := range 2 * may {
		if _, code := h.inquire(t, "api", l.Access, literal); code != "" {
			t.Fatalf("who asks about good tokens is not counted: inquiry %d got %q", i, code)
		}
	}
}
