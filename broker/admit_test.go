package broker_test

import (
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

func TestSuspendedNamesakeDoesNotComeBackAsSomebodyNew(t *testing.T) {
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[1].Link = broker.LinkVerifiedEmail })
	a := h.add(t, "alice")
	if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended); err != nil {
		t.Fatal(err)
	}
	h.corp.put("alice2", person{password: "pw", identity: drivers.Identity{
		Subject: "u-alice", Email: "alice@example.org", EmailVerified: true,
	}})
	if code := h.trySignIn(t, "corp", "alice2", "pw"); code != broker.CodeCredentials {
		t.Errorf("got %q, want %q", code, broker.CodeCredentials)
	}
}

func TestIdentityWithoutSubjectIsNobody(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.corp.put("alice", person{password: "pw"})
	if l, err := h.SignIn(t.Context(), broker.Credentials{Provider: "corp", Login: "alice", Password: "pw", Mode: sessions.ModeJSON}); err == nil {
		t.Errorf("came in as %s, want an error", l.Claims.PreferredUsername)
	}
}
