package broker_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

func TestOnlyASessionCookieRenewsAsOne(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	l := h.signIn(t, "local", "alice", "right password")
	got, err := h.Renew(t.Context(), broker.Renewal{Session: l.Access, Mode: sessions.ModeSession})
	if codeOf(err) != broker.CodeCredentials {
		t.Errorf("an access token that any service sees: got %v and a life of %s, want %s", err, got.Life, broker.CodeCredentials)
	}
	s, err := h.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: "right password", Mode: sessions.ModeSession})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []sessions.Mode{sessions.ModeJSON, sessions.ModeCookie} {
		got, err := h.Renew(t.Context(), broker.Renewal{Session: s.Access, Mode: m})
		if err == nil {
			t.Errorf("a session cookie renewed in mode %s: got refresh token %q, want an error", m, got.Refresh)
		}
	}
	got, err = h.Renew(t.Context(), broker.Renewal{Refresh: l.Refresh, Mode: sessions.ModeSession})
	if err == nil {
		t.Errorf("a refresh token renewed in mode session: got life %s, want an error", got.Life)
	}
}

// leaving is a recheck during which the client goes away.
type leaving struct {
	drivers.Rechecker
	leave context.CancelFunc
}

func (l leaving) Recheck(ctx context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	l.leave()
	if err := ctx.Err(); err != nil {
		return drivers.Identity{}, err
	}
	return l.Rechecker.Recheck(ctx, subject, upstream)
}

func TestRecheckOutlivesItsClient(t *testing.T) {
	h := newHouse(t)
	bob := drivers.Identity{Subject: "u-bob"}
	h.corp.put("bob", person{password: "pw", identity: bob})
	l := h.signIn(t, "corp", "bob", "pw")
	h.corp.put("bob", person{identity: bob, gone: true})
	h.clock.pass(5 * time.Minute)

	ctx, leave := context.WithCancel(t.Context())
	h.settings.Providers[1].Driver.Recheck = leaving{h.corp, leave}
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	_, _ = h.Renew(ctx, broker.Renewal{Refresh: l.Refresh, Mode: sessions.ModeJSON})
	if _, code := h.refresh(t, l.Refresh); code != broker.CodeCredentials {
		t.Errorf("refresh after one that was cut off: got %q, want %q", code, broker.CodeCredentials)
	}
}

func TestTokenTooLarge(t *testing.T) {
	many := func(n int) []string {
		groups := make([]string, n)
		for i := range groups {
			groups[i] = fmt.Sprintf("a group with a long name %d", i)
		}
		return groups
	}
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u", Groups: many(400)}})
	_, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", Mode: sessions.ModeJSON})
	if codeOf(err) != broker.CodeForbidden {
		t.Errorf("sign-in: got %v, want %s", err, broker.CodeForbidden)
	}
	if got := names(h.audit.take()); !slices.Contains(got, "login.denied:token_too_large") {
		t.Errorf("got audit %v, want login.denied:token_too_large", got)
	}
	live, err := h.admin.Sessions(t.Context(), "bob")
	if err != nil || len(live) != 0 {
		t.Errorf("got %d sessions, %v; want none", len(live), err)
	}

	h.corp.put("carol", person{password: "pw", identity: drivers.Identity{Subject: "v", Groups: many(60)}})
	_, err = h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "carol", Password: "pw", Mode: sessions.ModeSession})
	if codeOf(err) != broker.CodeForbidden {
		t.Errorf("a token that no browser keeps in a cookie: got %v, want %s", err, broker.CodeForbidden)
	}
	l := h.signIn(t, "corp", "carol", "pw")
	h.corp.put("carol", person{password: "pw", identity: drivers.Identity{Subject: "v", Groups: many(400)}})
	h.clock.pass(5 * time.Minute)
	if _, code := h.refresh(t, l.Refresh); code != broker.CodeForbidden {
		t.Errorf("refresh: got %q, want %q", code, broker.CodeForbidden)
	}
}

func TestLastSecondOfASession(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) {
		c.Lifetimes.Absolute = 10 * time.Minute
	})
	h.add(t, "alice")
	for _, left := range []time.Duration{1500 * time.Millisecond, time.Second, 999 * time.Millisecond, 500 * time.Millisecond, time.Millisecond} {
		l := h.signIn(t, "local", "alice", "right password")
		h.clock.pass(10*time.Minute - left)
		if _, code := h.refresh(t, l.Refresh); code == broker.CodeInternal {
			t.Errorf("%s before the end: got %q", left, code)
		}
	}
}

func TestRemovedProviderEndsAccessAtOnce(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u"}})
	l := h.signIn(t, "corp", "bob", "pw")
	h.settings.Providers[1].Disabled = true
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Whoami(t.Context(), l.Access); codeOf(err) != broker.CodeTokenInvalid {
		t.Errorf("got %v, want %s", err, broker.CodeTokenInvalid)
	}
}

// remembering is a recheck that needs what the sign-in left.
type remembering struct {
	*directory
	got []string
}

func (r *remembering) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	id, err := r.directory.Authenticate(ctx, login, password)
	id.Upstream = []byte("upstream token")
	return id, err
}

func (r *remembering) Recheck(ctx context.Context, subject string, upstream []byte) (drivers.Identity, error) {
	r.got = append(r.got, string(upstream))
	return r.directory.Recheck(ctx, subject, upstream)
}

func TestRecheckWithoutANewUpstreamKeepsTheOld(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u"}})
	r := &remembering{directory: h.corp}
	h.settings.Providers[1].Driver = drivers.Driver{Password: r, Recheck: r}
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	l := h.signIn(t, "corp", "bob", "pw")
	for range 2 {
		h.clock.pass(5 * time.Minute)
		l, _ = h.refresh(t, l.Refresh)
	}
	if !slices.Equal(r.got, []string{"upstream token", "upstream token"}) {
		t.Errorf("got %q, want the upstream token twice", r.got)
	}
}

// meanwhile does something between question and answer of a recheck.
