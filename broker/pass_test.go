package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// together calls f from n goroutines that begin at once.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// guardHouse is a house that has just heard of all changes.
func guardHouse(t testing.TB, change ...func(*broker.Config, *broker.Settings)) *house {
	t.Helper()
	h := newHouse(t, change...)
	h.hear(t)
	h.add(t, "alice")
	return h
}

// hear is one look at what has changed.
func (h *house) hear(t testing.TB) {
	t.Helper()
	if err := h.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.counts.take()
}

// elapse passes time during which the guard hears that nothing happens.
func (h *house) elapse(t testing.TB, d time.Duration) {
	t.Helper()
	const step = broker.Silence - time.Millisecond
	for ; d > 0; d -= step {
		h.clock.pass(min(d, step))
		h.hear(t)
	}
}

// with signs alice in.
func (h *house) with(t testing.TB, m sessions.Mode) broker.Login {
	t.Helper()
	l, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: "right password", Mode: m})
	if err != nil {
		t.Fatal(err)
	}
	h.counts.take()
	return l
}

// passes asks the guard about a bearer token.
func (h *house) passes(t testing.TB, raw string) (broker.Passage, broker.Code) {
	t.Helper()
	p, err := h.Guard(t.Context(), broker.Presented{Bearer: raw})
	return p, codeOf(err)
}

func TestWhatTheGuardAsksTheDatabase(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	for i := range 1000 {
		if p, code := h.passes(t, l.Access); code != "" || p.Claims.PreferredUsername != "alice" {
			t.Fatalf("request %d: %q", i, code)
		}
	}
	if got := h.counts.take(); !slices.Equal(got, []string{"find session"}) {
		t.Errorf("a thousand requests: got %q, want one question", got)
	}
	t.Run("nothing about what is no token", func(t *testing.T) {
		for _, raw := range []string{"garbage", l.Access + "x", l.Access[:len(l.Access)-2]} {
			if _, code := h.passes(t, raw); code != broker.CodeTokenInvalid {
				t.Errorf("%q: got %q", raw, code)
			}
		}
		if got := h.counts.take(); len(got) > 0 {
			t.Errorf("got %q, want nothing", got)
		}
	})
	t.Run("once about a token whose session has ended", func(t *testing.T) {
		gone := h.with(t, sessions.ModeJSON)
		if err := h.LeaveSession(t.Context(), gone.SessionID, broker.Client{}); err != nil {
			t.Fatal(err)
		}
		h.hear(t)
		for range 100 {
			if _, code := h.passes(t, gone.Access); code != broker.CodeTokenInvalid {
				t.Fatalf("got %q", code)
			}
		}
		if got := h.counts.take(); len(got) != 1 {
			t.Errorf("got %q, want one question", got)
		}
	})
	t.Run("about each request while it hears nothing", func(t *testing.T) {
		h.clock.pass(broker.Silence + time.Millisecond)
		for range 3 {
			h.counts.take()
			if _, code := h.passes(t, l.Access); code != "" {
				t.Fatalf("got %q", code)
			}
			if got := h.counts.take(); !slices.Equal(got, []string{"keys version", "find session"}) {
				t.Errorf("got %q", got)
			}
		}
		if !h.Blind() {
			t.Error("it does not know")
		}
		h.hear(t)
		if h.Blind() {
			t.Error("it does not know that it hears again")
		}
		h.passes(t, l.Access)
		h.passes(t, l.Access)
		if got := h.counts.take(); len(got) != 1 {
			t.Errorf("afterwards: got %q, want one question: nobody knows what went by", got)
		}
	})
}

func TestWhatEndsAPassElsewhere(t *testing.T) {
	for _, c := range []struct {
		rule string
		do   func(t *testing.T, h *house, l broker.Login) error
	}{
		{"a logout", func(t *testing.T, h *house, l broker.Login) error {
			_, err := h.db.Sessions().End(t.Context(), l.SessionID, "logout", h.clock.now())
			return err
		}},
		{"a suspension", func(t *testing.T, h *house, _ broker.Login) error {
			_, err := h.admin.SetStatus(t.Context(), "alice", broker.Suspended)
			return err
		}},
		{"another password", func(t *testing.T, h *house, _ broker.Login) error {
			return h.admin.SetPassword(t.Context(), "alice", "a quiet lake at noon")
		}},
		{"removal", func(t *testing.T, h *house, _ broker.Login) error { return h.admin.Remove(t.Context(), "alice") }},
		{"reuse of an old refresh token", func(t *testing.T, h *house, l broker.Login) error {
			again, _ := h.refresh(t, l.Refresh)
			h.refresh(t, again.Refresh)
			h.clock.pass(time.Minute)
			if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
				return errors.New("it was no reuse")
			}
			return nil
		}},
		{"a change by hand", func(t *testing.T, h *house, _ broker.Login) error {
			_, err := h.raw.ExecContext(t.Context(), `UPDATE accounts SET status = 'suspended'`)
			return err
		}},
		{"a removal by hand", func(t *testing.T, h *house, _ broker.Login) error {
			_, err := h.raw.ExecContext(t.Context(), `DELETE FROM sessions`)
			return err
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := guardHouse(t)
			l := h.with(t, sessions.ModeJSON)
			if _, code := h.passes(t, l.Access); code != "" {
				t.Fatalf("before: %q", code)
			}
			if err := c.do(t, h, l); err != nil {
				t.Fatal(err)
			}
			h.hear(t)
			if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
				t.Errorf("after a look: got %q, want CodeTokenInvalid", code)
			}
		})
		t.Run(c.rule+" while nothing is heard", func(t *testing.T) {
			h := guardHouse(t)
			l := h.with(t, sessions.ModeJSON)
			h.passes(t, l.Access)
			if err := c.do(t, h, l); err != nil {
				t.Fatal(err)
			}
			h.clock.pass(broker.Silence + time.Millisecond)
			if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
				t.Errorf("got %q, want CodeTokenInvalid", code)
			}
		})
	}
}

func TestOwnLogoutsAreFeltAtOnce(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	h.passes(t, l.Access)
	if err := h.LeaveSession(t.Context(), l.SessionID, broker.Client{}); err != nil {
		t.Fatal(err)
	}
	if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
		t.Errorf("got %q, want CodeTokenInvalid without a look", code)
	}
	mine, other := h.with(t, sessions.ModeJSON), h.with(t, sessions.ModeJSON)
	h.passes(t, other.Access)
	if err := h.EndOtherSessions(t.Context(), mine.Access, broker.Client{}); err != nil {
		t.Fatal(err)
	}
	if _, code := h.passes(t, other.Access); code != broker.CodeTokenInvalid {
		t.Errorf("all other sessions: got %q, want CodeTokenInvalid without a look", code)
	}
	if _, code := h.passes(t, mine.Access); code != "" {
		t.Errorf("one's own: got %q", code)
	}
}

func TestC34_OtherGroupsCountAtOnce(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	if p, _ := h.passes(t, l.Access); len(p.Claims.Groups) != 0 {
		t.Fatalf("got %q", p.Claims.Groups)
	}
	if _, err := h.admin.SetGroups(t.Context(), "alice", []string{"staff"}); err != nil {
		t.Fatal(err)
	}
	h.hear(t)
	p, code := h.passes(t, l.Access)
	if code != "" || !slices.Equal(p.Claims.Groups, []string{"staff"}) || !slices.Contains(p.Claims.Scopes, "node.edit") {
		t.Errorf("got %q, %q, %q", code, p.Claims.Groups, p.Claims.Scopes)
	}
}

func TestC34_WhatIsRememberedEnds(t *testing.T) {
	t.Run("C-34 with the token", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeJSON)
		h.passes(t, l.Access)
		h.elapse(t, 15*time.Minute)
		if _, code := h.passes(t, l.Access); code != broker.CodeTokenExpired {
			t.Errorf("got %q, want CodeTokenExpired", code)
		}
	})
	t.Run("C-14 with the session's idle and absolute limit", func(t *testing.T) {
		for column, name := range map[string]string{"idle_ends_at": "idle", "ends_at": "absolute"} {
			h := guardHouse(t)
			l := h.with(t, sessions.ModeJSON)
			_, err := h.raw.ExecContext(t.Context(), fmt.Sprintf(`UPDATE sessions SET %s = %d`, column, h.clock.now().Add(time.Minute).UnixMilli())) //nolint:gosec // names of a test
			if err != nil {
				t.Fatal(err)
			}
			if _, code := h.passes(t, l.Access); code != "" {
				t.Fatalf("%s, before: %q", name, code)
			}
			h.elapse(t, time.Minute)
			if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
				t.Errorf("%s: got %q, want CodeTokenInvalid", name, code)
			}
		}
	})
	t.Run("with its key", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeJSON)
		h.passes(t, l.Access)
		other, err := token.Open(t.Context(), token.Config{Issuer: "https://sso.example.org", Now: h.clock.now}, h.db.Keys(), h.sealer)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range other.List() {
			if k.State == token.StateCurrent {
				if err := other.Retire(t.Context(), k.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		h.hear(t)
		if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
			t.Errorf("got %q, want CodeTokenInvalid", code)
		}
		t.Run("also while nothing is heard", func(t *testing.T) {
			l := h.with(t, sessions.ModeJSON)
			h.passes(t, l.Access)
			for _, k := range other.List() {
				if k.State == token.StateCurrent || k.State == token.StateNext {
					if err := other.Retire(t.Context(), k.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			h.clock.pass(2 * broker.Silence)
			if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
				t.Errorf("got %q, want CodeTokenInvalid", code)
			}
		})
	})
	t.Run("with its provider", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeJSON)
		h.passes(t, l.Access)
		s := h.settings
		s.Providers = slices.Clone(s.Providers)
		s.Providers[0].Disabled = true
		if err := h.Use(s); err != nil {
			t.Fatal(err)
		}
		if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
			t.Errorf("got %q, want CodeTokenInvalid", code)
		}
	})
}

func TestTwoCredentials(t *testing.T) {
	h := guardHouse(t)
	alice, cookie := h.with(t, sessions.ModeJSON).Access, h.with(t, sessions.ModeSession).Access
	h.add(t, "bob")
	bob := h.signIn(t, "local", "bob", "right password").Access
	for _, c := range []struct {
		rule            string
		session, bearer string
		want            broker.Code
	}{
		{"both of one person", cookie, alice, ""},
		{"of two people", cookie, bob, broker.CodeTokenInvalid},
		{"a good cookie and a bad token", cookie, "x", broker.CodeTokenInvalid},
		{"a bad cookie and a good token", "?", alice, broker.CodeTokenInvalid},
		{"none", "", "", broker.CodeTokenMissing},
		{"a token that is far too long", "", string(make([]byte, 1<<20)), broker.CodeTokenInvalid},
	} {
		h.audit.take()
		p, err := h.Guard(t.Context(), broker.Presented{Session: c.session, Bearer: c.bearer})
		if codeOf(err) != c.want || c.want == "" && p.Claims.PreferredUsername != "alice" {
			t.Errorf("%s: got %v, want %q", c.rule, err, c.want)
		}
		if got := slices.Contains(names(h.audit.take()), "guard.refused:two_people"); got != (c.rule == "of two people") {
			t.Errorf("%s: recorded: %t", c.rule, got)
		}
	}
}

func TestATokenForAnApplication(t *testing.T) {
	h := guardHouse(t)
	cookie := h.with(t, sessions.ModeSession)
	p, err := h.Guard(t.Context(), broker.Presented{Session: cookie.Access})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := h.Forward(p.Pass)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := h.Forward(p.Pass); again != raw {
		t.Error("each request got a token of its own")
	}
	if q, code := h.passes(t, raw); code != "" || q.Claims.AccountID != p.Claims.AccountID || q.Claims.SessionID != cookie.SessionID {
		t.Errorf("as a token: %q", code)
	}
	if _, err := h.Guard(t.Context(), broker.Presented{Session: raw}); codeOf(err) != broker.CodeTokenInvalid {
		t.Errorf("in a cookie: got %v, want CodeTokenInvalid", err)
	}
	if _, err := h.Renew(t.Context(), broker.Renewal{Session: raw, Mode: sessions.ModeSession}); codeOf(err) != broker.CodeCredentials {
		t.Errorf("to renew itself: got %v, want CodeCredentials", err)
	}
	h.clock.pass(8 * time.Minute)
	h.hear(t)
	if fresh, err := h.Forward(p.Pass); err != nil || fresh == raw {
		t.Errorf("past half of its life: got the old one, %v", err)
	}
}

func TestASessionCookieRenewsItself(t *testing.T) {
	t.Run("once for all requests of a page", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeSession)
		ask := func() (broker.Passage, error) { return h.Guard(t.Context(), broker.Presented{Session: l.Access}) }
		h.clock.pass(12*time.Hour - time.Second)
		h.hear(t)
		if p, err := ask(); err != nil || p.Renewed != nil {
			t.Fatalf("in the first half of its life: %v, %v", p.Renewed, err)
		}
		h.clock.pass(time.Second)
		h.hear(t)
		h.audit.take()
		renewed := map[string]int{}
		var mu sync.Mutex
		together(50, func(int) {
			p, err := ask()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case p.Renewed != nil:
				renewed[p.Renewed.Access]++
			}
		})
		if len(renewed) != 1 {
			t.Errorf("got %d different cookies, want one", len(renewed))
		}
		if got := names(h.audit.take()); !slices.Equal(got, []string{"session.refresh:renewed"}) {
			t.Errorf("got %q, want one renewal", got)
		}
		p, err := ask()
		if err != nil || p.Renewed == nil || renewed[p.Renewed.Access] == 0 {
			t.Errorf("a late request with the old one: got %v, %v, want the same successor", p.Renewed, err)
		}
		next, err := h.Guard(t.Context(), broker.Presented{Session: p.Renewed.Access})
		if err != nil || next.Renewed != nil {
			t.Errorf("the successor: %v, renewed again: %v", err, next.Renewed)
		}
		h.clock.pass(broker.RenewalAgain)
		h.hear(t)
		if p, err := ask(); err != nil || p.Renewed == nil || renewed[p.Renewed.Access] > 0 {
			t.Errorf("a minute later, the old one still alone: %v, want another", err)
		}
	})
	t.Run("and keeps its successor when the account changes meanwhile", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeSession)
		h.clock.pass(13 * time.Hour)
		h.hear(t)
		first, err := h.Guard(t.Context(), broker.Presented{Session: l.Access})
		if err != nil || first.Renewed == nil {
			t.Fatal(err)
		}
		if _, err := h.admin.SetGroups(t.Context(), "alice", []string{"staff"}); err != nil {
			t.Fatal(err)
		}
		h.hear(t)
		again, err := h.Guard(t.Context(), broker.Presented{Session: l.Access})
		if err != nil || again.Renewed == nil || again.Renewed.Access != first.Renewed.Access {
			t.Errorf("got another renewal: %v", err)
		}
	})
	t.Run("never for a session of another mode", func(t *testing.T) {
		h := guardHouse(t)
		l := h.with(t, sessions.ModeJSON)
		h.clock.pass(10 * time.Minute)
		h.hear(t)
		p, err := h.Guard(t.Context(), broker.Presented{Session: l.Access})
		if err != nil || p.Renewed != nil {
			t.Errorf("got %v, %v", p.Renewed, err)
		}
		if _, err := h.Present(t.Context(), l.SessionID); err != nil {
			t.Errorf("its session: %v", err)
		}
	})
	t.Run("not for somebody whom the provider refuses by now", func(t *testing.T) {
		h := guardHouse(t)
		h.corp.put("bob", person{password: "pw"})
		bob := h.corp.people["bob"]
		bob.identity.Subject = "u-bob"
		h.corp.put("bob", bob)
		l, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", Mode: sessions.ModeSession})
		if err != nil {
			t.Fatal(err)
		}
		bob.gone = true
		h.corp.put("bob", bob)
		h.clock.pass(13 * time.Hour)
		h.hear(t)
		if _, err := h.Guard(t.Context(), broker.Presented{Session: l.Access}); codeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("got %v, want CodeTokenInvalid", err)
		}
	})
}

// slow is a store of sessions in which something happens after the answer was
// read and before it is given.
type slow struct {
	broker.Sessions
	meanwhile func()
	down      bool
}

func (s *slow) Find(ctx context.Context, id string, now time.Time) (sessions.Session, broker.Account, error) {
	if s.down {
		return sessions.Session{}, broker.Account{}, broker.ErrStoreDown
	}
	found, a, err := s.Sessions.Find(ctx, id, now)
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return found, a, err
}

func TestARevocationWhileAQuestionIsAskedIsNotForgotten(t *testing.T) {
	late := &slow{}
	h := guardHouse(t, func(c *broker.Config, _ *broker.Settings) {
		late.Sessions = c.Sessions
		c.Sessions = late
	})
	for name, change := range map[string]func(l broker.Login){
		"of the session": func(l broker.Login) {
			if _, err := h.db.Sessions().End(t.Context(), l.SessionID, "logout", h.clock.now()); err != nil {
				t.Error(err)
			}
		},
		"of the account": func(broker.Login) {
			if _, err := h.raw.ExecContext(t.Context(), `UPDATE accounts SET status = 'suspended'`); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := h.raw.ExecContext(t.Context(), `UPDATE accounts SET status = 'active'`); err != nil {
				t.Fatal(err)
			}
			h.hear(t)
			l := h.with(t, sessions.ModeJSON)
			late.meanwhile = func() {
				late.meanwhile = nil
				change(l)
				h.hear(t) // the news comes in before the answer is remembered
			}
			h.passes(t, l.Access)
			if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
				t.Errorf("afterwards: got %q, want CodeTokenInvalid", code)
			}
		})
	}
}

func TestMoreTokensThanPlaces(t *testing.T) {
	h := guardHouse(t)
	first := h.with(t, sessions.ModeSession)
	p, err := h.Guard(t.Context(), broker.Presented{Session: first.Access})
	if err != nil {
		t.Fatal(err)
	}
	c := p.Claims
	c.ExpiresAt = h.clock.now().Add(time.Hour)
	for i := range 3000 {
		c.ID = fmt.Sprintf("id%d", i)
		raw, err := h.Ring.Sign(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, code := h.passes(t, raw); code != "" {
			t.Fatalf("token %d: %q", i, code)
		}
		if i%100 == 0 {
			if _, code := h.passes(t, raw); code != "" {
				t.Fatalf("token %d again: %q", i, code)
			}
		}
	}
}

func TestTheGuardWithoutADatabase(t *testing.T) {
	late := &slow{}
	h := guardHouse(t, func(c *broker.Config, _ *broker.Settings) {
		late.Sessions = c.Sessions
		c.Sessions = late
	})
	l := h.with(t, sessions.ModeJSON)
	h.passes(t, l.Access)
	other := h.with(t, sessions.ModeJSON)
	late.down = true
	for i := range 2 {
		if _, code := h.passes(t, other.Access); code != broker.CodeUnavailable {
			t.Errorf("C-36 a token that is not remembered: got %q", code)
		}
		if i == 0 {
			h.clock.pass(2 * broker.Silence)
		}
	}
	if _, code := h.passes(t, l.Access); code != broker.CodeUnavailable {
		t.Errorf("C-36 a remembered one, when nothing is heard: got %q, want CodeUnavailable", code)
	}
}
