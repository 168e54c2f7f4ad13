package broker_test

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

// invite makes an account by invitation and returns it with its token.
func (h *house) invite(t testing.TB, n broker.NewAccount) (broker.Account, string) {
	t.Helper()
	a, err := h.admin.Invite(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	l := h.letter(t, broker.LetterInvite)
	if l.To != n.Email {
		t.Fatalf("the letter goes to %q", l.To)
	}
	return a, secretOf(t, l)
}

func TestP30_AnInvitationOpensWhatTheAdministratorMade(t *testing.T) {
	accept := func(h *house, token string) broker.Code {
		return codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword}))
	}
	carol := broker.NewAccount{Username: "carol", Email: "carol@example.org", Groups: []string{"family"}}
	t.Run("role, groups and address are those of the record", func(t *testing.T) {
		h := newHouse(t)
		_, token := h.invite(t, carol)
		if got := h.trySignIn(t, "local", "carol", longPassword); got != broker.CodeCredentials {
			t.Errorf("before: got %q", got)
		}
		if to, err := h.Peek(t.Context(), broker.PurposeInvite, token); err != nil || to != "carol@example.org" {
			t.Errorf("looking: got %q, %v", to, err)
		}
		if got := accept(h, token); got != "" {
			t.Fatal(got)
		}
		c := h.signIn(t, "local", "carol", longPassword).Claims
		if c.IsAdmin || c.Email != "carol@example.org" || !c.EmailVerified || len(c.Groups) != 1 || c.Groups[0] != "family" {
			t.Errorf("claims: %+v", c)
		}
		if got := accept(h, token); got != broker.CodeTokenInvalid {
			t.Errorf("P-12 again: got %q", got)
		}
	})
	t.Run("P-25 a registration in between takes nothing of it", func(t *testing.T) {
		h := newHouse(t)
		_, token := h.invite(t, carol)
		h.register(t, broker.Registration{Email: "carol@example.org", Password: "the stranger's password"})
		if got := h.letters(t); len(got) != 0 {
			t.Errorf("got letters %+v", got)
		}
		if got := accept(h, token); got != "" {
			t.Errorf("got %q", got)
		}
		if got := h.trySignIn(t, "local", "carol", "the stranger's password"); got != broker.CodeCredentials {
			t.Errorf("the stranger: got %q", got)
		}
	})
	for name, revoke := range map[string]func(h *house, a broker.Account) error{
		"a removal": func(h *house, a broker.Account) error { return h.admin.Remove(t.Context(), a.ID) },
		"a suspension": func(h *house, a broker.Account) error {
			_, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended)
			return err
		},
		"a newer one":    func(h *house, a broker.Account) error { return h.admin.SendInvite(t.Context(), a.ID) },
		"its seven days": func(h *house, _ broker.Account) error { h.clock.pass(7 * 24 * time.Hour); return nil },
		"another address": func(h *house, a broker.Account) error {
			to := "other@example.org"
			_, err := h.admin.Edit(t.Context(), a.ID, broker.AccountEdit{Email: &to})
			return err
		},
	} {
		t.Run("it is worthless after "+name, func(t *testing.T) {
			h := newHouse(t)
			a, token := h.invite(t, carol)
			if err := revoke(h, a); err != nil {
				t.Fatal(err)
			}
			if got := accept(h, token); got != broker.CodeTokenInvalid {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("P-31 a reset by an administrator is a letter, and nobody else sees it", func(t *testing.T) {
		h := newHouse(t)
		a := h.add(t, "alice")
		if err := h.admin.SendReset(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
		token := secretOf(t, h.letter(t, broker.LetterReset))
		h.signIn(t, "local", "alice", "right password")
		if got := accept(h, token); got != "" {
			t.Errorf("got %q", got)
		}
	})
}
