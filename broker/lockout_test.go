package broker_test

import (
	"context"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// aliases is a directory that knows people by more than one name.
type aliases struct {
	*directory
	to map[string]string
}

func (a aliases) Authenticate(ctx context.Context, login, password string) (drivers.Identity, error) {
	if to, ok := a.to[strings.Join(strings.Fields(login), " ")]; ok {
		login = to
	}
	return a.directory.Authenticate(ctx, login, password)
}

func TestLockoutAndOtherNames(t *testing.T) {
	begin := func(t *testing.T) *house {
		h := newHouse(t)
		h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u"}})
		h.settings.Providers[1].Driver.Password = aliases{h.corp, map[string]string{"robert": "bob", "bob": "bob"}}
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		return h
	}
	t.Run("right passwords under another name lock nobody", func(t *testing.T) {
		h := begin(t)
		for n := range 8 {
			if code := h.trySignIn(t, "corp", "robert", "pw"); code != "" {
				t.Fatalf("sign-in %d: got %q, want it to work", n+1, code)
			}
		}
	})
	t.Run("B-04 blanks around a name make no new counter", func(t *testing.T) {
		h := begin(t)
		h.signIn(t, "corp", "bob", "pw")
		for n := range 5 {
			h.trySignIn(t, "corp", strings.Repeat(" ", n)+"bob", "wrong")
		}
		if code := h.trySignIn(t, "corp", strings.Repeat(" ", 9)+"bob", "wrong"); code != broker.CodeLimited {
			t.Errorf("got %q, want %q", code, broker.CodeLimited)
		}
	})
	t.Run("B-04 a name with something invisible is nobody's", func(t *testing.T) {
		h := begin(t)
		for _, name := range []string{"b\u00adob", "bob\u200b", "\u2060bob", "b\x07ob", "bob\xff"} {
			if code := h.trySignIn(t, "corp", name, "pw"); code != broker.CodeCredentials {
				t.Errorf("%q: got %q, want %q", name, code, broker.CodeCredentials)
			}
		}
		if h.corp.tried != 0 {
			t.Errorf("the directory was asked %d times, want 0", h.corp.tried)
		}
	})
}

func TestDatabaseFailureAfterTheProofCountsAgainstNobody(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{password: "pw", identity: drivers.Identity{Subject: "u"}})
	h.signIn(t, "corp", "bob", "pw")
	right := h.settings.Providers[1].Driver.Password
	for range 6 {
		ctx, leave := context.WithCancel(t.Context())
		h.settings.Providers[1].Driver.Password = duringProof{right, leave}
		if err := h.Use(h.settings); err != nil {
			t.Fatal(err)
		}
		_, err := h.SignIn(ctx, broker.Credentials{Provider: "corp", Login: "bob", Password: "pw", Mode: sessions.ModeJSON})
		if codeOf(err) != broker.CodeUnavailable {
			t.Fatalf("got %v, want %s", err, broker.CodeUnavailable)
		}
	}
}
