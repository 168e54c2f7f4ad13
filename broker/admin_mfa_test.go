package broker_test

import (
	"slices"
	"testing"

	"github.com/signet-sso/signet/broker"
)

func TestM08_AnAdministratorTakesALostFactorAway(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	in := h.signIn(t, "local", "alice", "right password")
	p, codes := h.enrol(t, in, "right password")
	h.letters(t)
	h.audit.take()
	if _, err := h.admin.RemoveSecondFactor(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	h.letter(t, broker.LetterFactorRemoved)
	events := h.audit.take()
	if len(events) == 0 || events[0].Actor != broker.ActorOperator || !slices.Contains(events[0].Changes, broker.Change{Field: "second_factor", Before: "true", After: "false"}) {
		t.Errorf("record: got %+v", events)
	}
	if _, got := h.refresh(t, in.Refresh); got != broker.CodeCredentials {
		t.Errorf("an old session: got %q", got)
	}
	h.signIn(t, "local", "alice", "right password")
	if _, err := h.admin.RemoveSecondFactor(t.Context(), "alice"); codeOf(err) != broker.CodeConflict {
		t.Errorf("again: got %v", err)
	}
	t.Run("neither its codes nor its recovery codes are worth anything with the next one", func(t *testing.T) {
		h.enrol(t, h.signIn(t, "local", "alice", "right password"), "right password")
		for _, otp := range []string{p.next(t), codes[0]} {
			if _, err := h.withOTP(t, "alice", "right password", otp); codeOf(err) != broker.CodeOTP {
				t.Errorf("got %v", err)
			}
		}
	})
}
