package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// phones is a stand-in for a provider whose access tokens the guard takes. Its
// tokens begin with "okta.".
type phones struct {
	mu     sync.Mutex
	tokens map[string]drivers.Bearer
	down   error
	asked  int
	hold   chan struct{} // not nil: answers wait until it is closed
	inside chan struct{} // not nil: told of each question
}

func (p *phones) Issued(raw string) bool { return strings.HasPrefix(raw, "okta.") }

func (p *phones) ReadBearer(ctx context.Context, raw string) (drivers.Bearer, error) {
	p.mu.Lock()
	p.asked++
	answer, ok, down, hold, inside := p.tokens[raw], false, p.down, p.hold, p.inside
	_, ok = p.tokens[raw]
	p.mu.Unlock()
	if inside != nil {
		inside <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	switch {
	case down != nil:
		return drivers.Bearer{}, down
	case !ok:
		return drivers.Bearer{}, drivers.ErrCredentials
	}
	answer.Identity = clone(answer.Identity)
	return answer, ctx.Err()
}

// put makes a token good.
func (p *phones) put(raw string, expires time.Time, id drivers.Identity) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens[raw] = drivers.Bearer{Identity: id, Expires: expires}
}

func (p *phones) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = err
}

// take is how often the provider was asked since the last time.
func (p *phones) take() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.asked
	p.asked = 0
	return n
}

// upstreamHouse has a provider "okta" whose answers count for 30 seconds.
func upstreamHouse(t *testing.T, change ...func(*broker.Provider)) (*house, *phones) {
	t.Helper()
	p := &phones{tokens: map[string]drivers.Bearer{}}
	h := guardHouse(t, func(_ *broker.Config, s *broker.Settings) {
		okta := broker.Provider{Name: "okta", Kind: "openid", Signup: true, Bearer: 30 * time.Second, Driver: drivers.Driver{Redirect: &issuer{}, Bearer: p}}
		for _, f := range change {
			f(&okta)
		}
		s.Providers = append(s.Providers, okta)
	})
	return h, p
}

func TestAProvidersTokenIsMappedAsASignInWouldBe(t *testing.T) {
	dora := drivers.Identity{Subject: "00u1", Login: "dora", Email: "dora@example.org", EmailVerified: true, Groups: []string{"family"}}
	t.Run("an unknown person gets an account where sign-ins do", func(t *testing.T) {
		h, p := upstreamHouse(t)
		p.put("okta.1", h.clock.now().Add(time.Hour), dora)
		got, code := h.passes(t, "okta.1")
		if code != "" || got.Claims.PreferredUsername != "dora" || got.Claims.Provider != "okta" || !slices.Equal(got.Claims.Groups, []string{"family"}) {
			t.Fatalf("got %q %+v", code, got.Pass)
		}
		if !slices.Equal(got.Claims.Scopes, []string{"node.view"}) || got.Claims.SessionID != "" {
			t.Errorf("got scopes %q of session %q", got.Claims.Scopes, got.Claims.SessionID)
		}
		if p.take() != 1 {
			t.Error("the provider was asked more than once")
		}
	})
	t.Run("and none where they do not", func(t *testing.T) {
		h, p := upstreamHouse(t, func(p *broker.Provider) { p.Signup = false })
		p.put("okta.1", h.clock.now().Add(time.Hour), dora)
		if _, code := h.passes(t, "okta.1"); code != broker.CodeTokenInvalid {
			t.Errorf("got %q", code)
		}
		if _, _, err := h.admin.Find(t.Context(), "dora"); codeOf(err) != broker.CodeNotFound {
			t.Errorf("there is an account: %v", err)
		}
	})
	t.Run("without one of the groups that the provider's people need nobody passes", func(t *testing.T) {
		h, p := upstreamHouse(t, func(p *broker.Provider) { p.RequireGroups = []string{"staff"} })
		p.put("okta.1", h.clock.now().Add(time.Hour), dora)
		if _, code := h.passes(t, "okta.1"); code != broker.CodeTokenInvalid {
			t.Errorf("got %q", code)
		}
	})
	t.Run("an address joins nobody's account unless sign-ins may", func(t *testing.T) {
		for _, link := range []broker.LinkPolicy{broker.LinkNever, broker.LinkVerifiedEmail} {
			h, p := upstreamHouse(t, func(p *broker.Provider) { p.Link = link })
			p.put("okta.1", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u2", Login: "al", Email: "alice@example.org", EmailVerified: true})
			got, code := h.passes(t, "okta.1")
			joined := code == "" && got.Claims.PreferredUsername == "alice"
			if joined != (link == broker.LinkVerifiedEmail) {
				t.Errorf("%s: got %q, joined %v", link, code, joined)
			}
		}
	})
	t.Run("a second factor cannot be shown, so who has one needs a provider that vouches for it", func(t *testing.T) {
		for amr, want := range map[string]broker.Code{"pwd": broker.CodeTokenInvalid, "mfa": ""} {
			h, p := upstreamHouse(t, func(p *broker.Provider) { p.MFA, p.MFAAccept = broker.MFARequired, []string{"mfa"} })
			id := dora
			id.AMR = []string{amr}
			p.put("okta.1", h.clock.now().Add(time.Hour), id)
			got, code := h.passes(t, "okta.1")
			if code != want {
				t.Errorf("%s: got %q, want %q", amr, code, want)
			}
			if code == "" && !slices.Equal(got.Claims.AMR, []string{amr}) {
				t.Errorf("got amr %q, want %q", got.Claims.AMR, amr)
			}
		}
	})
	t.Run("a token that says only whose it is changes nothing that is known", func(t *testing.T) {
		h, p := upstreamHouse(t)
		p.put("okta.1", h.clock.now().Add(time.Hour), dora)
		h.passes(t, "okta.1")
		p.put("okta.2", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u1", Partial: true})
		got, code := h.passes(t, "okta.2")
		if code != "" || !slices.Equal(got.Claims.Groups, []string{"family"}) || got.Claims.Email != "dora@example.org" {
			t.Errorf("got %q %+v", code, got.Pass)
		}
		p.put("okta.3", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u9", Partial: true})
		if _, code := h.passes(t, "okta.3"); code != broker.CodeTokenInvalid {
			t.Errorf("of somebody unknown: got %q", code)
		}
	})
}

func TestAProvidersTokenIsNotOurs(t *testing.T) {
	h, p := upstreamHouse(t)
	p.put("okta.1", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u1", Login: "dora"})
	t.Run("it has no business in a session cookie", func(t *testing.T) {
		for range 2 { // unknown, and remembered
			if _, err := h.Guard(t.Context(), broker.Presented{Session: "okta.1"}); codeOf(err) != broker.CodeTokenInvalid {
				t.Errorf("got %v", err)
			}
			h.passes(t, "okta.1")
		}
	})
	t.Run("beside a session cookie it must be of the same person", func(t *testing.T) {
		l := h.with(t, sessions.ModeSession)
		if _, err := h.Guard(t.Context(), broker.Presented{Session: l.Access, Bearer: "okta.1"}); codeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it is asked about at no provider that cannot have made it", func(t *testing.T) {
		p.take()
		if _, code := h.passes(t, "other.1"); code != broker.CodeTokenInvalid || p.take() != 0 {
			t.Errorf("got %q", code)
		}
	})
	t.Run("nor of one that is disabled", func(t *testing.T) {
		h, p := upstreamHouse(t, func(p *broker.Provider) { p.Disabled = true })
		p.put("okta.1", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u1", Login: "dora"})
		if _, code := h.passes(t, "okta.1"); code != broker.CodeTokenInvalid || p.take() != 0 {
			t.Errorf("got %q", code)
		}
	})
	t.Run("it opens nothing else", func(t *testing.T) {
		if _, err := h.Whoami(t.Context(), "okta.1"); codeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("got %v", err)
		}
	})
}

func TestHowLongAnAnswerAboutAProvidersTokenCounts(t *testing.T) {
	dora := drivers.Identity{Subject: "00u1", Login: "dora"}
	h, p := upstreamHouse(t)
	ask := func(t *testing.T, raw string, want broker.Code, calls int) {
		t.Helper()
		if _, code := h.passes(t, raw); code != want || p.take() != calls {
			t.Errorf("got %q, want %q after %d questions", code, want, calls)
		}
	}
	p.put("okta.1", h.clock.now().Add(time.Hour), dora)
	t.Run("as long as the operator says", func(t *testing.T) {
		ask(t, "okta.1", "", 1)
		h.elapse(t, 29*time.Second)
		ask(t, "okta.1", "", 0)
		h.elapse(t, time.Second)
		ask(t, "okta.1", "", 1)
	})
	t.Run("never longer than the token", func(t *testing.T) {
		p.put("okta.short", h.clock.now().Add(5*time.Second), dora)
		ask(t, "okta.short", "", 1)
		h.elapse(t, 4*time.Second)
		ask(t, "okta.short", "", 0)
		p.mu.Lock()
		delete(p.tokens, "okta.short")
		p.mu.Unlock()
		h.elapse(t, time.Second)
		ask(t, "okta.short", broker.CodeTokenInvalid, 1)
	})
	t.Run("a refusal too", func(t *testing.T) {
		ask(t, "okta.unknown", broker.CodeTokenInvalid, 1)
		h.elapse(t, 29*time.Second)
		ask(t, "okta.unknown", broker.CodeTokenInvalid, 0)
		h.elapse(t, time.Second)
		ask(t, "okta.unknown", broker.CodeTokenInvalid, 1)
	})
	t.Run("whose refusal it is can be told", func(t *testing.T) {
		for range 2 { // asked, and remembered
			if _, err := h.Guard(t.Context(), broker.Presented{Bearer: "okta.disowned"}); !errors.Is(err, broker.ErrInactive) {
				t.Errorf("of a token that the provider disowns: got %v, want ErrInactive", err)
			}
		}
		p.fail(drivers.ErrUnavailable)
		if _, err := h.Guard(t.Context(), broker.Presented{Bearer: "okta.unasked"}); codeOf(err) != broker.CodeTokenInvalid || errors.Is(err, broker.ErrInactive) {
			t.Errorf("of a provider that is down: got %v, want a refusal of ours", err)
		}
		p.fail(nil)
		h.elapse(t, 2*time.Second)
		p.take()
	})
	t.Run("a provider that is down refuses, and is soon asked again", func(t *testing.T) {
		p.fail(fmt.Errorf("introspect: %w", drivers.ErrUnavailable))
		p.put("okta.2", h.clock.now().Add(time.Hour), dora)
		ask(t, "okta.2", broker.CodeTokenInvalid, 1)
		ask(t, "okta.2", broker.CodeTokenInvalid, 0)
		p.fail(nil)
		h.elapse(t, 2*time.Second)
		ask(t, "okta.2", "", 1)
	})
	t.Run("a suspended person is out at once", func(t *testing.T) {
		ask(t, "okta.2", "", 0)
		if _, err := h.admin.SetStatus(t.Context(), "dora", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		h.hear(t)
		ask(t, "okta.2", broker.CodeTokenInvalid, 1)
	})
}

func TestAProviderThatDoesNotAnswerIsGivenUpOn(t *testing.T) {
	h, p := upstreamHouse(t)
	p.put("okta.1", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u1", Login: "dora"})
	synctest.Test(t, func(t *testing.T) {
		p.hold, p.inside = make(chan struct{}), make(chan struct{}, 1)
		begun := time.Now()
		if _, code := h.passes(t, "okta.1"); code != broker.CodeTokenInvalid {
			t.Errorf("got %q, want CodeTokenInvalid", code)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("it was waited for for %s, want 3 seconds at most", took)
		}
		p.inside = nil
	})
}

func TestManyTokensOfAProviderAtOnce(t *testing.T) {
	h, p := upstreamHouse(t)
	p.hold, p.inside = make(chan struct{}), make(chan struct{}, 32)
	const most = 16
	var waiting sync.WaitGroup
	for i := range most {
		waiting.Go(func() { _, _ = h.Guard(t.Context(), broker.Presented{Bearer: fmt.Sprintf("okta.made-up.%d", i)}) })
	}
	for range most {
		<-p.inside
	}
	if _, err := h.Guard(t.Context(), broker.Presented{Bearer: "okta.one-more"}); codeOf(err) != broker.CodeTokenInvalid {
		t.Errorf("got %v", err)
	}
	if got := p.take(); got != most {
		t.Errorf("the provider was asked %d times, want %d", got, most)
	}
	close(p.hold)
	waiting.Wait()
	p.put("okta.one-more", h.clock.now().Add(time.Hour), drivers.Identity{Subject: "00u1", Login: "dora"})
	if _, err := h.Guard(t.Context(), broker.Presented{Bearer: "okta.one-more"}); err != nil {
		t.Errorf("what was refused for want of time is not remembered: got %v", errors.Unwrap(err))
	}
}
