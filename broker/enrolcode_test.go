package broker_test

import (
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

func TestM08_ACodeAndAFreshSignInTakeTheSecondFactorAway(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 100 })
	h.add(t, "alice")
	in := h.signIn(t, "local", "alice", "right password")
	if got := codeOf(h.RemoveTOTPByCode(t.Context(), broker.Asked{Access: in.Access, OTP: "123456"})); got != broker.CodeConflict {
		t.Errorf("without one: got %q, want %q", got, broker.CodeConflict)
	}
	p, codes := h.enrol(t, in, "right password")
	for name, c := range map[string]struct {
		q    broker.Asked
		want broker.Code
	}{
		"nobody's token": {broker.Asked{OTP: codes[0]}, broker.CodeTokenMissing},
		"no code":        {broker.Asked{Access: in.Access}, broker.CodeOTP},
		"the password":   {broker.Asked{Access: in.Access, Password: "right password"}, broker.CodeOTP},
	} {
		t.Run("M-08 not with "+name, func(t *testing.T) {
			if got := codeOf(h.RemoveTOTPByCode(t.Context(), c.q)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("M-08 not five minutes after the sign-in", func(t *testing.T) {
		h.clock.pass(5*time.Minute + time.Second)
		if got := codeOf(h.RemoveTOTPByCode(t.Context(), broker.Asked{Access: in.Access, OTP: p.next(t)})); got != broker.CodeForbidden {
			t.Errorf("got %q, want %q", got, broker.CodeForbidden)
		}
	})
	t.Run("soon after a sign-in it goes, and its owner is told", func(t *testing.T) {
		l, err := h.withOTP(t, "alice", "right password", p.next(t))
		if err != nil {
			t.Fatal(err)
		}
		h.letters(t) // that it was added
		if err := h.RemoveTOTPByCode(t.Context(), broker.Asked{Access: l.Access, OTP: p.next(t)}); err != nil {
			t.Fatal(err)
		}
		h.letter(t, broker.LetterFactorRemoved)
		h.signIn(t, "local", "alice", "right password")
	})
	t.Run("B-04 its codes count as tries of the account", func(t *testing.T) {
		h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Lockout.Attempts = 3 })
		h.add(t, "alice")
		in := h.signIn(t, "local", "alice", "right password")
		h.enrol(t, in, "right password")
		var got broker.Code
		for range 4 {
			got = codeOf(h.RemoveTOTPByCode(t.Context(), broker.Asked{Access: in.Access, OTP: "000000"}))
		}
		if got != broker.CodeLimited {
			t.Errorf("got %q after four wrong ones, want %q", got, broker.CodeLimited)
		}
	})
}
