package oauth2_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/oauth2"
	"github.com/signet-sso/signet/drivers/oauth2/oauth2test"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// member is somebody who has signed in.
type member struct {
	*oauth2test.Server
	drivers.Driver
	clock *clock
	id    drivers.Identity
}

func join(t *testing.T, o oauth2test.Options) *member {
	t.Helper()
	m := &member{clock: newClock()}
	o.Now = m.clock.read
	m.Server = oauth2test.New(t, o)
	m.Driver = open(t, own(m.Server), func(c *oauth2.Config) { c.Now = m.clock.read })
	m.id = signIn(t, m.Server, m.Driver)
	return m
}

func (m *member) recheck(t *testing.T) (drivers.Identity, error) {
	t.Helper()
	return m.Recheck.Recheck(t.Context(), m.id.Subject, m.id.Upstream)
}

func TestRecheck(t *testing.T) {
	t.Run("a token that is good is used as it is", func(t *testing.T) {
		m := join(t, oauth2test.Options{})
		m.SetProfile(strings.Replace(oauth2test.Profile, "Alice Example", "Alice New", 1))
		id, err := m.recheck(t)
		if err != nil || id.Name != "Alice New" || string(id.Upstream) != string(m.id.Upstream) || len(m.TokenCalls()) != 1 {
			t.Errorf("got %q, %v after %d token calls", id.Name, err, len(m.TokenCalls()))
		}
	})
	t.Run("a token that has expired is renewed, and the new ones are kept", func(t *testing.T) {
		m := join(t, oauth2test.Options{})
		for range 3 {
			m.clock.pass(time.Hour)
			id, err := m.recheck(t)
			if err != nil || id.Subject != m.id.Subject || string(id.Upstream) == string(m.id.Upstream) {
				t.Fatalf("got %q, %v", id.Subject, err)
			}
			m.id = id
		}
		if n, asked := len(m.TokenCalls()), len(m.Calls("/profile")); n != 4 || asked != 4 {
			t.Errorf("got %d token calls and %d for the profile, want 4 and 4: the old token is not tried", n, asked)
		}
	})
	t.Run("a token that is refused before its time is renewed once", func(t *testing.T) {
		m := join(t, oauth2test.Options{Life: time.Hour})
		var kept map[string]any
		if err := json.Unmarshal(m.id.Upstream, &kept); err != nil {
			t.Fatal(err)
		}
		kept["access_token"] = "withdrawn"
		var err error
		if m.id.Upstream, err = json.Marshal(kept); err != nil {
			t.Fatal(err)
		}
		if id, err := m.recheck(t); err != nil || id.Subject != m.id.Subject {
			t.Errorf("got %q, %v", id.Subject, err)
		}
	})
	t.Run("a provider that renews nothing cannot say more", func(t *testing.T) {
		m := join(t, oauth2test.Options{NoRefresh: true})
		m.clock.pass(time.Hour)
		if id, err := m.recheck(t); err != nil || !id.Partial || id.Subject != m.id.Subject || len(m.Calls("/profile")) != 1 {
			t.Errorf("got %+v, %v", id, err)
		}
	})
	t.Run("a profile that cannot be had costs no renewed token", func(t *testing.T) {
		m := join(t, oauth2test.Options{})
		m.clock.pass(time.Hour)
		m.AnswerProfile(says(500, ""))
		id, err := m.recheck(t)
		if err != nil || !id.Partial || string(id.Upstream) == string(m.id.Upstream) {
			t.Fatalf("got %+v, %v", id, err)
		}
		m.AnswerProfile(nil)
		m.id = id
		if id, err = m.recheck(t); err != nil || id.Partial || len(m.TokenCalls()) != 2 {
			t.Errorf("afterwards: got %+v, %v", id, err)
		}
	})
}

func TestRecheckRefuses(t *testing.T) {
	t.Run("a person whose tokens were withdrawn", func(t *testing.T) {
		for _, o := range []oauth2test.Options{{}, {NoRefresh: true}} {
			m := join(t, o)
			m.Revoke()
			id, err := m.recheck(t)
			refused(t, id, err, drivers.ErrRefused, m.ClientSecret)
		}
	})
	t.Run("a person whose refresh token was withdrawn", func(t *testing.T) {
		for said, status := range map[string]int{`{"error":"invalid_grant"}`: 400, `{"error":"invalid_grant" }`: 401, `{"error":"bad_refresh_token"}`: 200} {
			m := join(t, oauth2test.Options{})
			m.clock.pass(time.Hour)
			m.AnswerToken(says(status, said))
			id, err := m.recheck(t)
			refused(t, id, err, drivers.ErrRefused)
		}
	})
	for name, h := range map[string]http.HandlerFunc{
		"a person who may not any more": says(403, `{}`),
		"somebody else":                 says(200, `{"id":4712}`),
		"nobody":                        says(200, `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			m := join(t, oauth2test.Options{})
			m.AnswerProfile(h)
			id, err := m.recheck(t)
			refused(t, id, err, drivers.ErrRefused)
		})
	}
}

func TestRecheckDuringAnOutage(t *testing.T) {
	limited := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.WriteHeader(http.StatusForbidden)
	}
	for name, h := range map[string]http.HandlerFunc{
		"a fault of the profile address": says(500, `{}`), "a profile that is gone": says(404, `{}`), "too many calls": says(429, `{}`), "a limit in GitHub's manner": limited,
	} {
		t.Run(name+" ends nobody's session", func(t *testing.T) {
			m := join(t, oauth2test.Options{})
			m.AnswerProfile(h)
			id, err := m.recheck(t)
			refused(t, id, err, drivers.ErrUnavailable)
		})
	}
	for name, h := range map[string]http.HandlerFunc{
		"a fault of the token endpoint": says(503, `{}`), "a secret that was changed": says(401, `{"error":"invalid_client"}`),
	} {
		t.Run(name+" ends nobody's session", func(t *testing.T) {
			m := join(t, oauth2test.Options{})
			m.clock.pass(time.Hour)
			m.AnswerToken(h)
			id, err := m.recheck(t)
			refused(t, id, err, drivers.ErrUnavailable, m.ClientSecret)
		})
	}
	t.Run("an unreachable provider ends nobody's session", func(t *testing.T) {
		m := join(t, oauth2test.Options{})
		defer m.Break(t)()
		id, err := m.recheck(t)
		refused(t, id, err, drivers.ErrUnavailable)
	})
	t.Run("what was kept and cannot be read ends nobody's session", func(t *testing.T) {
		m := join(t, oauth2test.Options{})
		for _, kept := range []string{"", "{}", "[]", "\x00", `{"access_token":7}`} {
			m.id.Upstream = []byte(kept)
			if id, err := m.recheck(t); err != nil || !id.Partial {
				t.Errorf("%q: got %+v, %v, want nothing new", kept, id, err)
			}
		}
	})
}

// TestGothEndsWithItsContext cancels while a service that goth asks is silent:
// goth itself has no context.
func TestGothEndsWithItsContext(t *testing.T) {
	s := oauth2test.New(t, asGitea)
	f := begin(t, s, open(t, ownGitea(s), func(c *oauth2.Config) { c.Timeout = time.Hour }))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.AnswerProfile(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	id, err := f.driver.Redirect.Exchange(ctx, f.attempt, f.reply)
	if !errors.Is(err, context.Canceled) || id.Subject != "" {
		t.Errorf("got %q, %v, want the context's error", id.Subject, err)
	}
}
