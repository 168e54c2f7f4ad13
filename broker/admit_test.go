package broker_test

import (
	"context"
	"slices"
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

func TestTakenNames(t *testing.T) {
	t.Run("sign-up keeps the user name when only the address is taken", func(t *testing.T) {
		h := newHouse(t)
		h.add(t, "alice")
		h.corp.put("other", person{password: "pw", identity: drivers.Identity{Subject: "u", Email: "alice@example.org"}})
		l := h.signIn(t, "corp", "other", "pw")
		if l.Claims.PreferredUsername != "other" || l.Claims.Email != "" {
			t.Errorf("got %q, %q; want other and no address", l.Claims.PreferredUsername, l.Claims.Email)
		}
	})
	t.Run("sign-up keeps the address when only the user name is taken", func(t *testing.T) {
		h := newHouse(t)
		h.add(t, "alice")
		h.corp.put("alice", person{password: "pw", identity: drivers.Identity{Subject: "u", Email: "free@example.org"}})
		l := h.signIn(t, "corp", "alice", "pw")
		if l.Claims.PreferredUsername != "" || l.Claims.Email != "free@example.org" {
			t.Errorf("got %q, %q; want no user name and the address", l.Claims.PreferredUsername, l.Claims.Email)
		}
	})
	t.Run("a taken user name does not hold up a new address", func(t *testing.T) {
		h := newHouse(t)
		h.add(t, "alice")
		p := person{password: "pw", identity: drivers.Identity{Subject: "u", Email: "old@example.org"}}
		h.corp.put("alice", p)
		h.signIn(t, "corp", "alice", "pw")
		p.identity.Email = "new@example.org"
		h.corp.put("alice", p)
		if l := h.signIn(t, "corp", "alice", "pw"); l.Claims.Email != "new@example.org" {
			t.Errorf("got %q, want new@example.org", l.Claims.Email)
		}
	})
}

func TestConfirmedAddressStaysConfirmed(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u", Email: "bob@example.org"}})
	l := h.signIn(t, "corp", "bob", "pw")
	if _, err := h.admin.Confirm(t.Context(), l.Claims.AccountID); err != nil {
		t.Fatal(err)
	}
	if l = h.signIn(t, "corp", "bob", "pw"); !l.Claims.EmailVerified {
		t.Error("unconfirmed again by a sign-in with the same address")
	}
}

func TestSubjectIsNoAddressThatNobodyProved(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, s *broker.Settings) {
		c.Subject = broker.SubjectEmail
		s.Providers = append(s.Providers, broker.Provider{Name: "hub", Kind: "oauth2", Signup: true, Driver: s.Providers[1].Driver})
	})
	h.corp.put("mallory", person{password: "pw", identity: drivers.Identity{Subject: "m", Email: "boss@example.org"}})
	if l := h.signIn(t, "hub", "mallory", "pw"); l.Claims.Subject == "boss@example.org" {
		t.Errorf("got sub %q from an address that the provider does not vouch for", l.Claims.Subject)
	}
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "b", Email: "bob@example.org"}})
	if l := h.signIn(t, "corp", "bob", "pw"); l.Claims.Subject != "bob@example.org" {
		t.Errorf("got sub %q, want the address of the operator's directory", l.Claims.Subject)
	}
}

func TestGroupNamesAreMatchedExactly(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u", Groups: []string{
		"staff ", " staff", "st\x07aff", "staff\x00", "st\xffaff", "", "family", "family",
	}}})
	if l := h.signIn(t, "corp", "bob", "pw"); !slices.Equal(l.Claims.Groups, []string{"family"}) {
		t.Errorf("got %q, want family only", l.Claims.Groups)
	}
}

func TestDomainsAreMatchedExactly(t *testing.T) {
	p := broker.Provider{Name: "okta", Kind: "openid", Signup: true, Domains: []string{"acme-test.org"}}
	id := drivers.Identity{Subject: "s", Email: "a@acme-te\u017ft.org", EmailVerified: true}
	if d := broker.Decide(broker.Evidence{Provider: p, Identity: id}); d.Act != broker.Refuse {
		t.Errorf("got %+v, want a refusal", d)
	}
}

func TestAddTidiesWhatAPersonTyped(t *testing.T) {
	h := newHouse(t)
	a, err := h.admin.Add(t.Context(), broker.NewAccount{
		Username: "carol", Confirmed: true, Groups: []string{" staff", "family", "staff", ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.GroupNames(); !slices.Equal(got, []string{"family", "staff"}) {
		t.Errorf("got groups %q, want family and staff", got)
	}
	if a.EmailConfirmed {
		t.Error("confirmed an address that is not there")
	}
}

// cutOff is an auditor after whose first event the caller is gone.
type cutOff struct{ leave context.CancelFunc }

func (c cutOff) Record(context.Context, broker.Event) { c.leave() }

func TestAccountThatWasMadeIsNoError(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Audit = cutOff{leave} })
	// The password of the first administrator is printed only if this says so.
	made, err := h.admin.First(ctx, broker.NewAccount{Username: "admin", Password: "right password"})
	if err != nil || !made {
		t.Errorf("got %v, %v; want an administrator", made, err)
	}
}

func TestGroupsOfAProviderThatIsGoneDoNotCount(t *testing.T) {
	hub := &directory{people: map[string]person{"ali": {password: "pw", identity: drivers.Identity{
		Subject: "h", Login: "ali", Email: "alice@example.org", EmailVerified: true,
	}}}}
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) {
		s.Providers = append(s.Providers, broker.Provider{
			Name: "hub", Kind: "oauth2", Link: broker.LinkVerifiedEmail, Driver: drivers.Driver{Password: hub},
		})
	})
	h.corp.put("alice", person{password: "pw", identity: drivers.Identity{
		Subject: "u", Email: "alice@example.org", EmailVerified: true, Groups: []string{"staff"},
	}})
	h.signIn(t, "corp", "alice", "pw")
	if l := h.signIn(t, "hub", "ali", "pw"); !slices.Equal(l.Claims.Groups, []string{"staff"}) {
		t.Fatalf("before: got %v, want staff", l.Claims.Groups)
	}
	h.settings.Providers[1].Disabled = true
	if err := h.Use(h.settings); err != nil {
		t.Fatal(err)
	}
	if l := h.signIn(t, "hub", "ali", "pw"); len(l.Claims.Groups)+len(l.Claims.Scopes) != 0 {
		t.Errorf("got groups %v and scopes %v, want none", l.Claims.Groups, l.Claims.Scopes)
	}
}
