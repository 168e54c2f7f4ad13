package broker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// What is not an access token in force opens nothing at the guard, whatever else
// of ours it is.
func TestC20_NoOtherCredentialPasses(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	bob := h.add(t, "bob")
	h.enrol(t, h.signIn(t, "local", "bob", "right password"), "right password")
	h.letters(t)
	strangers, err := token.Open(t.Context(), token.Config{Issuer: "https://sso.example.org", Now: h.clock.now}, newHouse(t).db.Keys(), h.sealer)
	if err != nil {
		t.Fatal(err)
	}
	p, code := h.passes(t, l.Access)
	if code != "" {
		t.Fatal(code)
	}
	claims := p.Claims
	claims.IssuedAt, claims.ExpiresAt = h.clock.now(), h.clock.now().Add(time.Hour)
	claims.ID = "an id of its own"
	forged, err := strangers.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	claims.AccountID, claims.Subject = bob.ID, bob.ID
	mixed, err := h.Ring.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	old := h.signIn(t, "local", "alice", "right password").Access
	h.elapse(t, 14*time.Minute)
	l = h.with(t, sessions.ModeJSON)
	h.elapse(t, time.Minute)
	for rule, raw := range map[string]string{
		"C-20 a refresh token":                     l.Refresh,
		"C-20 the id of a session":                 l.SessionID,
		"C-20 a sign-in that waits for its second": h.pendingOf(t, "local", "bob", "right password", "browser").Pending,
		"C-20 what a letter brings":                h.forgot(t, "alice@example.org"),
		"C-20 a token of somebody else's keys":     forged,
		"C-20 a token of somebody else's session":  mixed,
		"C-20 a token that has expired":            old,
	} {
		t.Run(rule, func(t *testing.T) {
			for _, in := range []broker.Presented{{Bearer: raw}, {Session: raw}, {Session: raw, Bearer: raw}, {Session: l.Access, Bearer: raw}, {Session: raw, Bearer: l.Access}} {
				p, err := h.Guard(t.Context(), in)
				if code := codeOf(err); code != broker.CodeTokenInvalid && code != broker.CodeTokenExpired || p.Pass != nil {
					t.Errorf("got %q, want CodeTokenInvalid or CodeTokenExpired", code)
				}
			}
		})
	}
	if _, code := h.passes(t, l.Access); code != "" {
		t.Errorf("the access token itself: got %q", code)
	}
	t.Run("C-20 a token of somebody who is suspended", func(t *testing.T) {
		if _, err := h.admin.SetStatus(t.Context(), "alice", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		h.hear(t)
		if _, code := h.passes(t, l.Access); code != broker.CodeTokenInvalid {
			t.Errorf("got %q, want CodeTokenInvalid", code)
		}
	})
}

func TestC38_AGroupThatIsGoneIsGone(t *testing.T) {
	h := guardHouse(t)
	l := h.with(t, sessions.ModeJSON)
	for _, c := range []struct {
		rule   string
		groups []string
	}{
		{"C-38 given", []string{"staff"}},
		{"C-38 renamed", []string{"Staff"}},
		{"C-38 taken away", []string{}},
	} {
		if _, err := h.admin.SetGroups(t.Context(), "alice", c.groups); err != nil {
			t.Fatal(err)
		}
		h.hear(t)
		if p, code := h.passes(t, l.Access); code != "" || !slices.Equal(p.Claims.Groups, c.groups) {
			t.Errorf("%s: got %q %q, want %q", c.rule, code, p.Claims.Groups, c.groups)
		}
	}
}
