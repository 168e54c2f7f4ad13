package broker_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

func payload(t testing.TB, jwt string) map[string]any {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", jwt)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// duringProof does something between the proof and the session.
type duringProof struct {
	drivers.Password
	do func()
}

func (d duringProof) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	id, err := d.Password.Authenticate(ctx, login, password)
	d.do()
	return id, err
}

func TestRefresh(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")

	t.Run("rotates", func(t *testing.T) {
		first := h.signIn(t, "local", "alice", "right password")
		second, code := h.refresh(t, first.Refresh)
		if code != "" || second.Refresh == first.Refresh {
			t.Fatalf("got %q, want another refresh token", code)
		}
		if second.Claims.SessionID != first.Claims.SessionID || !second.Claims.AuthTime.Equal(first.Claims.AuthTime) {
			t.Errorf("got session %s of %s, want the same session and time of sign-in", second.Claims.SessionID, second.Claims.AuthTime)
		}
	})
	t.Run("T-20 gives the same successor within the grace", func(t *testing.T) {
		first := h.signIn(t, "local", "alice", "right password")
		second, _ := h.refresh(t, first.Refresh)
		h.clock.pass(9 * time.Second)
		again, code := h.refresh(t, first.Refresh)
		if code != "" || again.Refresh != second.Refresh {
			t.Errorf("got %q, %q; want the same successor", again.Refresh, code)
		}
	})
	t.Run("reuse after the grace ends the session, and says so", func(t *testing.T) {
		first := h.signIn(t, "local", "alice", "right password")
		second, _ := h.refresh(t, first.Refresh)
		h.clock.pass(11 * time.Second)
		h.audit.take()
		if _, code := h.refresh(t, first.Refresh); code != broker.CodeCredentials {
			t.Errorf("reuse: got %q, want %q", code, broker.CodeCredentials)
		}
		if got := names(h.audit.take()); !slices.Equal(got, []string{"session.reuse:old_refresh_token"}) {
			t.Errorf("got audit %v, want one session.reuse", got)
		}
		if _, code := h.refresh(t, second.Refresh); code != broker.CodeCredentials {
			t.Errorf("the successor after reuse: got %q, want %q", code, broker.CodeCredentials)
		}
		if _, err := h.Whoami(t.Context(), second.Access); broker.CodeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("the access token after reuse: got %v, want %s", err, broker.CodeTokenInvalid)
		}
	})
	t.Run("T-22 two generations old is reuse even in the same second", func(t *testing.T) {
		first := h.signIn(t, "local", "alice", "right password")
		second, _ := h.refresh(t, first.Refresh)
		if _, code := h.refresh(t, second.Refresh); code != "" {
			t.Fatalf("got %q, want it to work", code)
		}
		if _, code := h.refresh(t, first.Refresh); code != broker.CodeCredentials {
			t.Errorf("got %q, want %q", code, broker.CodeCredentials)
		}
	})
	t.Run("T-21 50 at once get one successor and nobody is signed out", func(t *testing.T) {
		for range 10 {
			first := h.signIn(t, "local", "alice", "right password")
			var start, done sync.WaitGroup
			var got [50]string
			start.Add(1)
			for i := range got {
				done.Go(func() {
					start.Wait()
					l, err := h.Renew(t.Context(), broker.Renewal{Refresh: first.Refresh, Mode: sessions.ModeJSON})
					if err != nil {
						t.Error(err)
					}
					got[i] = l.Refresh
				})
			}
			start.Done()
			done.Wait()
			if all := slices.Compact(got[:]); len(all) != 1 || all[0] == first.Refresh {
				t.Fatalf("got %d different successors, want one new one", len(all))
			}
		}
	})
	t.Run("T-30 C-14 ends when it is idle, and at its absolute end whatever the use", func(t *testing.T) {
		idle := h.signIn(t, "local", "alice", "right password")
		used := h.signIn(t, "local", "alice", "right password")
		for range 4 {
			h.clock.pass(7*24*time.Hour - time.Minute)
			next, code := h.refresh(t, used.Refresh)
			if code != "" {
				t.Fatalf("a session in use: got %q, want it to work", code)
			}
			used = next
		}
		if _, code := h.refresh(t, idle.Refresh); code != broker.CodeCredentials {
			t.Errorf("an idle session: got %q, want %q", code, broker.CodeCredentials)
		}
		h.clock.pass(3 * 24 * time.Hour)
		if _, code := h.refresh(t, used.Refresh); code != broker.CodeCredentials {
			t.Errorf("after 30 days: got %q, want %q", code, broker.CodeCredentials)
		}
	})
	t.Run("T-39 never upgrades how the person signed in", func(t *testing.T) {
		first := h.signIn(t, "local", "alice", "right password")
		second, _ := h.refresh(t, first.Refresh)
		if got := fmt.Sprint(payload(t, second.Access)["amr"]); got != "[pwd]" {
			t.Errorf("got amr %s, want [pwd]", got)
		}
	})
	t.Run("T-14 takes no access token for a refresh token", func(t *testing.T) {
		l := h.signIn(t, "local", "alice", "right password")
		if _, code := h.refresh(t, l.Access); code != broker.CodeCredentials {
			t.Errorf("got %q, want %q", code, broker.CodeCredentials)
		}
		if _, err := h.Whoami(t.Context(), l.Refresh); broker.CodeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("a refresh token as access token: got %v, want %s", err, broker.CodeTokenInvalid)
		}
	})
}

func TestT26WhatEndsASession(t *testing.T) {
	for _, c := range []struct {
		how  string
		do   func(t *testing.T, h *house, a broker.Account, l broker.Login)
		code broker.Code
	}{
		{"logout", func(t *testing.T, h *house, _ broker.Account, l broker.Login) {
			if err := h.Leave(t.Context(), broker.Farewell{Refresh: l.Refresh}); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials},
		{"suspension", func(t *testing.T, h *house, a broker.Account, _ broker.Login) {
			if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials},
		{"a new password", func(t *testing.T, h *house, a broker.Account, _ broker.Login) {
			if err := h.admin.SetPassword(t.Context(), a.ID, "another password"); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials},
		{"T-28 the loss of an administrator's right", func(t *testing.T, h *house, a broker.Account, _ broker.Login) {
			if _, err := h.admin.SetAdmin(t.Context(), a.ID, false); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials},
		{"an operator", func(t *testing.T, h *house, a broker.Account, _ broker.Login) {
			if n, err := h.admin.Revoke(t.Context(), a.ID); err != nil || n != 1 {
				t.Fatalf("revoked %d, %v; want 1", n, err)
			}
		}, broker.CodeCredentials},
		{"T-29 the removal of its provider", func(t *testing.T, h *house, _ broker.Account, _ broker.Login) {
			h.settings.Providers = h.settings.Providers[1:]
			if err := h.Use(h.settings); err != nil {
				t.Fatal(err)
			}
		}, broker.CodeCredentials},
	} {
		t.Run(c.how, func(t *testing.T) {
			h := newHouse(t)
			a := h.add(t, "alice")
			l := h.signIn(t, "local", "alice", "right password")
			if _, err := h.Whoami(t.Context(), l.Access); err != nil {
				t.Fatalf("before: %v", err)
			}
			c.do(t, h, a, l)
			if _, code := h.refresh(t, l.Refresh); code != c.code {
				t.Errorf("refresh: got %q, want %q", code, c.code)
			}
			if _, err := h.Whoami(t.Context(), l.Access); broker.CodeOf(err) != broker.CodeTokenInvalid {
				t.Errorf("access token: got %v, want %s", err, broker.CodeTokenInvalid)
			}
		})
	}
}

func TestT24ARefreshNeverSurvivesARevocation(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 0 })
	a := h.add(t, "alice")
	for round := range 200 {
		l := h.signIn(t, "local", "alice", "right password")
		var start, done sync.WaitGroup
		var minted broker.Login
		start.Add(1)
		done.Go(func() { start.Wait(); minted, _ = h.refresh(t, l.Refresh) })
		done.Go(func() {
			start.Wait()
			if _, err := h.admin.Revoke(t.Context(), a.ID); err != nil {
				t.Error(err)
			}
		})
		start.Done()
		done.Wait()
		for _, token := range []string{l.Refresh, minted.Refresh} {
			if token == "" {
				continue
			}
			if _, code := h.refresh(t, token); code != broker.CodeCredentials {
				t.Fatalf("round %d: a refresh token after the revocation: got %q, want %q", round, code, broker.CodeCredentials)
			}
		}
		if minted.Access == "" {
			continue
		}
		if _, err := h.Whoami(t.Context(), minted.Access); broker.CodeOf(err) != broker.CodeTokenInvalid {
			t.Fatalf("round %d: an access token after the revocation: got %v, want %s", round, err, broker.CodeTokenInvalid)
		}
	}
}

func TestRecheck(t *testing.T) {
	bob := drivers.Identity{Subject: "u-bob", Groups: []string{"family", "staff"}}
	begin := func(t *testing.T) (*house, broker.Login) {
		h := newHouse(t)
		h.corp.put("bob", person{password: "pw", identity: bob})
		return h, h.signIn(t, "corp", "bob", "pw")
	}

	t.Run("is asked at most once an interval", func(t *testing.T) {
		h, l := begin(t)
		for range 5 {
			l, _ = h.refresh(t, l.Refresh)
		}
		if h.corp.asked != 0 {
			t.Errorf("asked %d times within the interval, want 0", h.corp.asked)
		}
		h.clock.pass(5 * time.Minute)
		for range 5 {
			l, _ = h.refresh(t, l.Refresh)
		}
		if h.corp.asked != 1 {
			t.Errorf("asked %d times after it, want 1", h.corp.asked)
		}
	})
	t.Run("T-28 a removed group is gone at the next refresh", func(t *testing.T) {
		h, l := begin(t)
		less := bob
		less.Groups = []string{"family"}
		h.corp.put("bob", person{password: "pw", identity: less})
		h.clock.pass(5 * time.Minute)
		l, code := h.refresh(t, l.Refresh)
		if code != "" || !slices.Equal(l.Claims.Groups, []string{"family"}) || !slices.Equal(l.Claims.Scopes, []string{"node.view"}) {
			t.Errorf("got %q, groups %v, scopes %v; want family and node.view", code, l.Claims.Groups, l.Claims.Scopes)
		}
		l, _ = h.refresh(t, l.Refresh)
		if !slices.Equal(l.Claims.Groups, []string{"family"}) {
			t.Errorf("one refresh later: got groups %v, want family", l.Claims.Groups)
		}
	})
	t.Run("a person who is gone upstream loses the session", func(t *testing.T) {
		h, l := begin(t)
		h.corp.put("bob", person{identity: bob, gone: true})
		h.clock.pass(5 * time.Minute)
		if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
			t.Errorf("got %q, want %q", code, broker.CodeCredentials)
		}
		if _, err := h.Present(t.Context(), l.SessionID); !errors.Is(err, sessions.ErrNotFound) {
			t.Errorf("the session: got %v, want ErrNotFound", err)
		}
	})
	t.Run("a directory that cannot say leaves it to our limits", func(t *testing.T) {
		h, l := begin(t)
		h.corp.fail(drivers.ErrUnavailable)
		h.clock.pass(5 * time.Minute)
		l, code := h.refresh(t, l.Refresh)
		if code != "" || !slices.Equal(l.Claims.Groups, []string{"family", "staff"}) {
			t.Errorf("got %q, groups %v; want it to work with the groups as known", code, l.Claims.Groups)
		}
	})
	t.Run("a required group that is gone ends the session", func(t *testing.T) {
		h, l := begin(t)
		h.settings.Providers[1].RequireGroups = []string{"owners"}
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		h.clock.pass(5 * time.Minute)
		if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
			t.Errorf("got %q, want %q", code, broker.CodeCredentials)
		}
	})
}

func TestSessionCookieMode(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	in := func(t *testing.T) broker.Login {
		l, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: "right password", Mode: sessions.ModeSession})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	t.Run("has no refresh token and a longer access token", func(t *testing.T) {
		l := in(t)
		if l.Refresh != "" || l.Life != 24*time.Hour {
			t.Errorf("got refresh %q and life %s, want none and a day", l.Refresh, l.Life)
		}
	})
	t.Run("is renewed by its own cookie, until logout", func(t *testing.T) {
		l := in(t)
		again, err := h.Renew(t.Context(), broker.Renewal{Session: l.Access, Mode: sessions.ModeSession})
		if err != nil || again.SessionID != l.SessionID {
			t.Fatalf("got %v, want the same session", err)
		}
		if err := h.Leave(t.Context(), broker.Farewell{Session: l.Access}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Renew(t.Context(), broker.Renewal{Session: again.Access, Mode: sessions.ModeSession}); broker.CodeOf(err) != broker.CodeCredentials {
			t.Errorf("after logout: got %v, want %s", err, broker.CodeCredentials)
		}
	})
}

// meanwhile does something between the provider's answer and what is made of
// it.
type meanwhile struct {
	drivers.Rechecker
	do func()
}

func (m meanwhile) Recheck(ctx context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	id, err := m.Rechecker.Recheck(ctx, subject, upstream)
	m.do()
	return id, err
}

func TestAnAdministratorsWordDuringARecheckIsKept(t *testing.T) {
	h := newHouse(t)
	bob := drivers.Identity{Subject: "u", Groups: []string{"family"}}
	h.corp.put("bob", person{password: "pw", identity: bob})
	l := h.signIn(t, "corp", "bob", "pw")
	if _, err := h.admin.SetGroups(t.Context(), "bob", []string{"staff"}); err != nil {
		t.Fatal(err)
	}
	h.settings.Providers[1].Driver.Recheck = meanwhile{h.corp, func() {
		if _, err := h.admin.SetGroups(t.Context(), "bob", nil); err != nil {
			t.Error(err)
		}
	}}
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	bob.Groups = []string{"other"}
	h.corp.put("bob", person{password: "pw", identity: bob})
	h.clock.pass(5 * time.Minute)
	l, code := h.refresh(t, l.Refresh)
	if code != "" || !slices.Equal(l.Claims.Groups, []string{"other"}) {
		t.Errorf("got %q, groups %v; want other only", code, l.Claims.Groups)
	}
	a, _, err := h.admin.Find(t.Context(), "bob")
	if err != nil || !slices.Equal(a.GroupNames(), []string{"other"}) {
		t.Errorf("the account: got groups %v, %v; want other only", a.GroupNames(), err)
	}
}
