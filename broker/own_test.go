package broker_test

import (
	"context"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// changeEmail asks for another address and returns the token of its letter.
func (h *house) changeEmail(t testing.TB, in broker.Login, password, to string) string {
	t.Helper()
	if err := h.ChangeEmail(t.Context(), broker.EmailChange{Access: in.Access, Email: to, Current: password}); err != nil {
		t.Fatal(err)
	}
	l := h.letter(t, broker.LetterEmail)
	if l.To != to {
		t.Fatalf("the letter goes to %q", l.To)
	}
	return secretOf(t, l)
}

func TestAPersonChangesTheirPassword(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	in, other := h.signIn(t, "local", "alice", "right password"), h.signIn(t, "local", "alice", "right password")
	change := func(current, next string) broker.Code {
		return codeOf(h.ChangePassword(t.Context(), broker.PasswordChange{Access: in.Access, Current: current, Password: next}))
	}
	t.Run("P-07 the current one is asked for", func(t *testing.T) {
		for _, current := range []string{"", "guess", longPassword} {
			if got := change(current, longPassword); got != broker.CodeCredentials {
				t.Errorf("%q: got %q", current, got)
			}
		}
		for _, access := range []string{"", in.Refresh, "x.y.z"} {
			err := h.ChangePassword(t.Context(), broker.PasswordChange{Access: access, Current: "right password", Password: longPassword})
			if got := codeOf(err); got != broker.CodeTokenInvalid && got != broker.CodeTokenMissing {
				t.Errorf("%.5q: got %q", access, got)
			}
		}
	})
	if got := change("right password", longPassword); got != "" {
		t.Fatal(got)
	}
	h.letter(t, broker.LetterPasswordChanged)
	if _, got := h.refresh(t, other.Refresh); got != broker.CodeCredentials {
		t.Errorf("another session: got %q", got)
	}
	if _, got := h.refresh(t, in.Refresh); got != "" {
		t.Errorf("this session: got %q", got)
	}
	h.signIn(t, "local", "alice", longPassword)
}

// slowHasher lets somebody else in while it hashes.
type slowHasher struct {
	broker.Hasher
	meanwhile func()
}

func (s *slowHasher) Hash(ctx context.Context, password string) (string, error) {
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		f()
	}
	return s.Hasher.Hash(ctx, password)
}

func TestAProofOfAnOldPasswordSetsNoNewOne(t *testing.T) {
	slow := &slowHasher{}
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { slow.Hasher, c.Hasher = c.Hasher, slow })
	a := h.add(t, "alice")
	in := h.signIn(t, "local", "alice", "right password")
	slow.meanwhile = func() {
		if err := h.admin.SetPassword(t.Context(), a.ID, "the owner's new password"); err != nil {
			t.Error(err)
		}
	}
	err := h.ChangePassword(t.Context(), broker.PasswordChange{Access: in.Access, Current: "right password", Password: longPassword})
	if got := codeOf(err); got != broker.CodeCredentials {
		t.Errorf("got %q", got)
	}
	h.signIn(t, "local", "alice", "the owner's new password")
}

func TestB04_EveryDoorCountsInTheSameBucket(t *testing.T) {
	for name, guess := range map[string]func(h *house, in broker.Login) error{
		"change of password": func(h *house, in broker.Login) error {
			return h.ChangePassword(t.Context(), broker.PasswordChange{Access: in.Access, Current: "guess", Password: longPassword})
		},
		"change of address": func(h *house, in broker.Login) error {
			return h.ChangeEmail(t.Context(), broker.EmailChange{Access: in.Access, Email: "x@example.org", Current: "guess"})
		},
		"enrolment": func(h *house, in broker.Login) error {
			_, err := h.ProposeTOTP(t.Context(), broker.Asked{Access: in.Access, Password: "guess"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.add(t, "alice")
			in := h.signIn(t, "local", "alice", "right password")
			for i := range 5 {
				if got := codeOf(guess(h, in)); got != broker.CodeCredentials {
					t.Fatalf("guess %d: got %q", i, got)
				}
			}
			if got := codeOf(guess(h, in)); got != broker.CodeLimited {
				t.Errorf("the next guess: got %q", got)
			}
			if got := h.trySignIn(t, "local", "alice@example.org", "right password"); got != broker.CodeLimited {
				t.Errorf("sign-in: got %q", got)
			}
			if _, got := h.refresh(t, in.Refresh); got != "" {
				t.Errorf("B-09 a session that is there: got %q", got)
			}
		})
		t.Run(name+" respects a ban from elsewhere", func(t *testing.T) {
			h := newHouse(t)
			h.add(t, "alice")
			in := h.signIn(t, "local", "alice", "right password")
			for range 5 {
				h.trySignIn(t, "local", "ALICE", "guess")
			}
			if got := codeOf(guess(h, in)); got != broker.CodeLimited {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAPasswordKeptElsewhereIsNotChangedHere(t *testing.T) {
	h := newHouse(t)
	h.corp.put("bob", person{"pw", drivers.Identity{Subject: "u1", Email: "bob@example.org", Name: "Bob"}, false})
	in := h.signIn(t, "corp", "bob", "pw")
	for name, err := range map[string]error{
		"password": h.ChangePassword(t.Context(), broker.PasswordChange{Access: in.Access, Current: "pw", Password: longPassword}),
		"address":  h.ChangeEmail(t.Context(), broker.EmailChange{Access: in.Access, Current: "pw", Email: "new@example.org"}),
		"name": func() error {
			_, err := h.ChangeProfile(t.Context(), broker.ProfileChange{Access: in.Access, GivenName: new(string)})
			return err
		}(),
	} {
		if got := codeOf(err); got != broker.CodeForbidden {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := h.letters(t); len(got) != 0 {
		t.Errorf("got letters %+v", got)
	}
}

func TestP28_AnotherAddress(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.add(t, "carol")
	in := h.signIn(t, "local", "alice", "right password")
	token := h.changeEmail(t, in, "right password", "new@example.org")
	t.Run("P-27 nothing changes before the new address has confirmed", func(t *testing.T) {
		if a, _, err := h.admin.Find(t.Context(), "alice"); err != nil || a.Email != "alice@example.org" {
			t.Errorf("got %q, %v", a.Email, err)
		}
	})
	if err := h.ConfirmEmail(t.Context(), broker.Proof{Token: token}); err != nil {
		t.Fatal(err)
	}
	if a, _, err := h.admin.Find(t.Context(), "alice"); err != nil || a.Email != "new@example.org" || !a.EmailConfirmed {
		t.Errorf("got %q, %v", a.Email, err)
	}
	t.Run("the old address is told", func(t *testing.T) {
		if l := h.letter(t, broker.LetterEmailChanged); l.To != "alice@example.org" || l.Link != "" {
			t.Errorf("got %+v", l)
		}
	})
	if _, got := h.refresh(t, in.Refresh); got != "" {
		t.Errorf("the session: got %q", got)
	}
	t.Run("a second change kills the first one's link", func(t *testing.T) {
		in := h.signIn(t, "local", "alice", "right password")
		first := h.changeEmail(t, in, "right password", "one@example.org")
		second := h.changeEmail(t, in, "right password", "two@example.org")
		if got := codeOf(h.ConfirmEmail(t.Context(), broker.Proof{Token: first})); got != broker.CodeTokenInvalid {
			t.Errorf("got %q", got)
		}
		if err := h.ConfirmEmail(t.Context(), broker.Proof{Token: second}); err != nil {
			t.Error(err)
		}
		h.letters(t)
	})
	t.Run("a reset of the password cancels it", func(t *testing.T) {
		in := h.signIn(t, "local", "alice", "right password")
		pending := h.changeEmail(t, in, "right password", "three@example.org")
		if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: h.forgot(t, "two@example.org"), Password: longPassword}); err != nil {
			t.Fatal(err)
		}
		h.letters(t)
		if got := codeOf(h.ConfirmEmail(t.Context(), broker.Proof{Token: pending})); got != broker.CodeTokenInvalid {
			t.Errorf("got %q", got)
		}
	})
	t.Run("whether somebody has the address is not told, and they keep it", func(t *testing.T) {
		in := h.signIn(t, "local", "alice", longPassword)
		token := h.changeEmail(t, in, longPassword, "carol@example.org")
		if got := codeOf(h.ConfirmEmail(t.Context(), broker.Proof{Token: token})); got != broker.CodeTokenInvalid {
			t.Errorf("got %q", got)
		}
		if a, _, err := h.admin.Find(t.Context(), "carol@example.org"); err != nil || a.Username != "carol" {
			t.Errorf("the address leads to %q, %v", a.Username, err)
		}
	})
	t.Run("a sign-in of long ago is not enough, nor is a wrong password", func(t *testing.T) {
		in := h.signIn(t, "local", "alice", longPassword)
		if got := codeOf(h.ChangeEmail(t.Context(), broker.EmailChange{Access: in.Access, Email: "x@example.org", Current: "guess"})); got != broker.CodeCredentials {
			t.Errorf("wrong password: got %q", got)
		}
		h.clock.pass(5*time.Minute + time.Second)
		if got := codeOf(h.ChangeEmail(t.Context(), broker.EmailChange{Access: in.Access, Email: "x@example.org", Current: longPassword})); got != broker.CodeForbidden {
			t.Errorf("old sign-in: got %q", got)
		}
	})
}

func TestAPersonIsCalledOtherwise(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.add(t, "carol")
	in := h.signIn(t, "local", "alice", "right password")
	text := func(s string) *string { return &s }
	a, err := h.ChangeProfile(t.Context(), broker.ProfileChange{Access: in.Access, GivenName: text("Zoë"), FamilyName: text("Smith"), Username: text("zoe")})
	if err != nil || a.FullName() != "Zoë Smith" || a.Username != "zoe" {
		t.Fatalf("got %+v, %v", a, err)
	}
	next, code := h.refresh(t, in.Refresh)
	if code != "" || next.Claims.Name != "Zoë Smith" || next.Claims.PreferredUsername != "zoe" {
		t.Errorf("the next token: %q %+v", code, next.Claims)
	}
	for name, c := range map[string]struct {
		q    broker.ProfileChange
		want broker.Code
	}{
		"somebody's user name":    {broker.ProfileChange{Username: text("Carol")}, broker.CodeConflict},
		"an address as user name": {broker.ProfileChange{Username: text("carol@example.org")}, broker.CodePayload},
		"somebody's id":           {broker.ProfileChange{Username: text("8C5F2D3E-7b1a-4c9d-9e2f-0a1b2c3d4e5f")}, broker.CodePayload},
		"a line in a name":        {broker.ProfileChange{GivenName: text("a\r\nb")}, broker.CodePayload},
		"a name that is too long": {broker.ProfileChange{FamilyName: text(string(make([]byte, 300)))}, broker.CodePayload},
		"no user name at all":     {broker.ProfileChange{Username: text("")}, ""},
	} {
		c.q.Access = in.Access
		if _, err := h.ChangeProfile(t.Context(), c.q); codeOf(err) != c.want {
			t.Errorf("%s: got %q, want %q", name, codeOf(err), c.want)
		}
	}
}

func TestOwnSessions(t *testing.T) {
	h := guardHouse(t)
	h.add(t, "carol")
	in, other, third := h.signIn(t, "local", "alice", "right password"), h.signIn(t, "local", "alice", "right password"), h.signIn(t, "local", "alice", "right password")
	foreign := h.signIn(t, "local", "carol", "right password")
	own, err := h.OwnSessions(t.Context(), in.Access)
	if err != nil || len(own) != 3 {
		t.Fatalf("got %d, %v, want 3", len(own), err)
	}
	for _, s := range own {
		if s.Current != (s.ID == in.SessionID) || s.Label != "local" {
			t.Errorf("got %+v", s)
		}
	}
	t.Run("C-15 somebody else's is not found", func(t *testing.T) {
		for _, id := range []string{foreign.SessionID, "", "x"} {
			if got := codeOf(h.EndOwnSession(t.Context(), in.Access, id, broker.Client{})); got != broker.CodeNotFound {
				t.Errorf("%q: got %q", id, got)
			}
		}
		if _, got := h.refresh(t, foreign.Refresh); got != "" {
			t.Errorf("it ended: %q", got)
		}
	})
	t.Run("C-15 one that is ended is dead at once", func(t *testing.T) {
		if _, code := h.passes(t, other.Access); code != "" {
			t.Fatalf("before: %q", code)
		}
		if err := h.EndOwnSession(t.Context(), in.Access, other.SessionID, broker.Client{}); err != nil {
			t.Error(err)
		}
		if _, got := h.refresh(t, other.Refresh); got != broker.CodeCredentials {
			t.Errorf("its refresh token: got %q", got)
		}
		if _, code := h.passes(t, other.Access); code != broker.CodeTokenInvalid {
			t.Errorf("its access token at the guard: got %q", code)
		}
	})
	t.Run("C-15 one that an administrator ends is dead at once", func(t *testing.T) {
		h.passes(t, foreign.Access)
		if err := h.admin.EndSession(t.Context(), "alice", foreign.SessionID); codeOf(err) != broker.CodeNotFound {
			t.Errorf("as one of somebody else: got %v, want CodeNotFound", err)
		}
		if err := h.admin.EndSession(t.Context(), "carol", foreign.SessionID); err != nil {
			t.Error(err)
		}
		if _, code := h.passes(t, foreign.Access); code != broker.CodeTokenInvalid {
			t.Errorf("its access token at the guard: got %q", code)
		}
	})
	if err := h.EndOtherSessions(t.Context(), in.Access, broker.Client{}); err != nil {
		t.Error(err)
	}
	if _, got := h.refresh(t, third.Refresh); got != broker.CodeCredentials {
		t.Errorf("all others: got %q", got)
	}
	if _, got := h.refresh(t, in.Refresh); got != "" {
		t.Errorf("this one: got %q", got)
	}
}
