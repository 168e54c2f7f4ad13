package broker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// pair makes two accounts of one person: ann of the directory, in its group
// staff, and alice with a password.
func (h *house) pair(t *testing.T) (ann, alice broker.Account) {
	t.Helper()
	h.corp.people["ann"] = person{password: "right password", identity: drivers.Identity{Subject: "s-ann", Login: "ann", Groups: []string{"staff"}}}
	h.signIn(t, "corp", "ann", "right password")
	ann, err := h.db.Directory().Account(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	return ann, h.add(t, "alice")
}

func TestTwoAccountsOfOnePersonBecomeOne(t *testing.T) {
	h := newHouse(t)
	ann, alice := h.pair(t)
	before := h.signIn(t, "corp", "ann", "right password")
	h.letters(t)
	h.audit.take()
	id, after, err := h.admin.Merge(t.Context(), "ann", "alice")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("either way in leads to the one that stays, with the groups of both", func(t *testing.T) {
		in := h.signIn(t, "corp", "ann", "right password")
		if in.Claims.AccountID != alice.ID || !slices.Contains(in.Claims.Groups, "staff") {
			t.Errorf("got account %q in %q, want %q in staff", in.Claims.AccountID, in.Claims.Groups, alice.ID)
		}
		h.signIn(t, "local", "alice", "right password")
	})
	t.Run("the sessions of the other end", func(t *testing.T) {
		if _, code := h.refresh(t, before.Refresh); code != broker.CodeCredentials && code != broker.CodeSuspended {
			t.Errorf("got %q", code)
		}
	})
	t.Run("who did it is in the record, and the person is told", func(t *testing.T) {
		e := h.audit.take()[0]
		if e.Name != broker.EventMerge || e.Actor != broker.ActorOperator || e.AccountID != alice.ID || e.Changes[0] != (broker.Change{Field: "merged", After: ann.ID}) {
			t.Errorf("got %+v", e)
		}
		if l := h.letter(t, broker.LetterIdentityAdded); l.To != "alice@example.org" {
			t.Errorf("got a letter to %q", l.To)
		}
	})
	t.Run("nobody changes the other one while it is a part", func(t *testing.T) {
		for name, err := range map[string]error{
			"status": second(h.admin.SetStatus(t.Context(), ann.ID, broker.Active)), "confirm": second(h.admin.Confirm(t.Context(), ann.ID)),
			"admin": second(h.admin.SetAdmin(t.Context(), ann.ID, true)), "password": h.admin.SetPassword(t.Context(), ann.ID, "a new long password"),
			"link": second(h.admin.Link(t.Context(), ann.ID, broker.NewIdentity{Provider: "corp", Subject: "x"})), "reset": h.admin.SendReset(t.Context(), ann.ID),
		} {
			if code := codeOf(err); code != broker.CodePayload {
				t.Errorf("%s: got %v, want it to be refused", name, err)
			}
		}
	})
	t.Run("within thirty days both are themselves again", func(t *testing.T) {
		h.clock.pass(broker.MergeUndo)
		h.audit.take()
		back, into, err := h.admin.Unmerge(t.Context(), id)
		if err != nil || back.ID != ann.ID || into.ID != alice.ID || len(into.Groups) != 0 {
			t.Fatalf("got %+v and %+v, %v", back, into, err)
		}
		if diff := cmp.Diff([]string{"account.unmerge:administrator", "session.end:unmerged"}, names(h.audit.take())); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
		if in := h.signIn(t, "corp", "ann", "right password"); in.Claims.AccountID != ann.ID {
			t.Errorf("got %q, want %q", in.Claims.AccountID, ann.ID)
		}
	})
	t.Run("after that nothing undoes it", func(t *testing.T) {
		id, _, err := h.admin.Merge(t.Context(), ann.ID, alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		h.clock.pass(broker.MergeUndo + time.Millisecond)
		if _, _, err := h.admin.Unmerge(t.Context(), id); codeOf(err) != broker.CodeNotFound {
			t.Errorf("got %v", err)
		}
	})
	if after.Admin {
		t.Error("alice became an administrator")
	}
}

// second drops the first of two results.
func second[T any](_ T, err error) error { return err }

func TestAMergeMovesNamesWhereThereAreNone(t *testing.T) {
	h := newHouse(t)
	full, err := h.admin.Add(t.Context(), broker.NewAccount{Username: "full", Email: "full@example.org", Confirmed: true})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := h.admin.Add(t.Context(), broker.NewAccount{Username: "bare"})
	if err != nil {
		t.Fatal(err)
	}
	id, after, err := h.admin.Merge(t.Context(), full.ID, bare.ID)
	if err != nil || after.Username != "bare" || after.Email != "full@example.org" || !after.EmailConfirmed {
		t.Fatalf("got %+v, %v, want its own name and the other's address", after, err)
	}
	if a, err := h.db.Directory().Account(t.Context(), "full@example.org"); err != nil || a.ID != bare.ID {
		t.Errorf("the address leads to %q, %v", a.ID, err)
	}
	back, into, err := h.admin.Unmerge(t.Context(), id)
	if err != nil || back.Email != "full@example.org" || !back.EmailConfirmed || into.Email != "" || into.EmailConfirmed {
		t.Errorf("got %+v and %+v, %v, want the address back where it was", back, into, err)
	}
}

func TestAMergeWeakensNobody(t *testing.T) {
	h := newHouse(t)
	h.add(t, "guarded")
	h.add(t, "plain")
	h.enrol(t, h.signIn(t, "local", "guarded", "right password"), "right password")
	t.Run("an account with a second factor becomes no part of one without", func(t *testing.T) {
		if _, _, err := h.admin.Merge(t.Context(), "guarded", "plain"); codeOf(err) != broker.CodePayload || !strings.Contains(err.Error(), "second factor") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nor any account of one that nobody may enter", func(t *testing.T) {
		if _, err := h.admin.SetStatus(t.Context(), "guarded", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.admin.Merge(t.Context(), "plain", "guarded"); codeOf(err) != broker.CodePayload {
			t.Errorf("got %v", err)
		}
	})
	t.Run("who was suspended stays so when it is undone", func(t *testing.T) {
		h.add(t, "third")
		id, _, err := h.admin.Merge(t.Context(), "third", "plain")
		if err != nil {
			t.Fatal(err)
		}
		if back, _, err := h.admin.Unmerge(t.Context(), id); err != nil || back.Status != broker.Active {
			t.Errorf("got %q, %v", back.Status, err)
		}
		if _, err := h.admin.SetStatus(t.Context(), "third", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		if id, _, err = h.admin.Merge(t.Context(), "third", "plain"); err != nil {
			t.Fatal(err)
		}
		if back, _, err := h.admin.Unmerge(t.Context(), id); err != nil || back.Status != broker.Suspended {
			t.Errorf("got %q, %v, want suspended", back.Status, err)
		}
	})
	t.Run("P-13 a letter that was out for the other account opens nothing", func(t *testing.T) {
		h.letters(t)
		h.add(t, "fourth")
		if err := h.admin.SendReset(t.Context(), "fourth"); err != nil {
			t.Fatal(err)
		}
		secret := secretOf(t, h.letter(t, broker.LetterReset))
		if _, _, err := h.admin.Merge(t.Context(), "fourth", "plain"); err != nil {
			t.Fatal(err)
		}
		if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: secret, Password: longPassword}); codeOf(err) != broker.CodeTokenInvalid {
			t.Errorf("got %v", err)
		}
	})
}
