package broker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

// theirs is a page of another system's.
var theirs = broker.LetterPage{URL: "https://front.example.org/app/page", Email: "email", Username: "username"}

func TestLettersLeadToAPageOfTheOperators(t *testing.T) {
	h := newHouse(t)
	const email, query = "zoe+x@example.org", "?email=zoe%2Bx%40example.org&username=zo%C3%AB+%26&token="
	if got := h.register(t, broker.Registration{Email: email, Username: "zoë &", Page: theirs}); got != "" {
		t.Fatal(got)
	}
	leads := func(t *testing.T, kind broker.LetterKind) string {
		t.Helper()
		l := h.letter(t, kind)
		token := secretOf(t, l)
		if want := theirs.URL + query + token; l.To != email || l.Link != want {
			t.Errorf("the letter to %s leads to %s, want %s", l.To, l.Link, want)
		}
		return token
	}
	leads(t, broker.LetterConfirm)
	for name, r := range map[string]broker.ConfirmationRequest{
		"by address": {Email: email, Page: theirs}, "by name": {Username: "zoë &", Page: theirs},
	} {
		t.Run("once more, "+name, func(t *testing.T) {
			if err := h.AskConfirmation(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := h.ConfirmAddress(t.Context(), broker.Proof{Token: leads(t, broker.LetterConfirm), Whose: "somebody"}); codeOf(err) != broker.CodeTokenInvalid {
				t.Errorf("as somebody else's: got %v", err)
			}
		})
	}
	if err := h.AskConfirmation(t.Context(), broker.ConfirmationRequest{Username: "zoë &", Page: theirs}); err != nil {
		t.Fatal(err)
	}
	if err := h.ConfirmAddress(t.Context(), broker.Proof{Token: leads(t, broker.LetterConfirm), Whose: email}); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]broker.ResetRequest{
		"by address": {Email: email, Page: theirs}, "by name": {Username: "ZOË &", Page: theirs},
		"before one that the client chose": {Email: email, Page: theirs, ResetURL: "https://app.example.org/reset"},
	} {
		t.Run("a new password, "+name, func(t *testing.T) {
			h.clock.pass(time.Hour)
			if err := h.RequestReset(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			token := leads(t, broker.LetterReset)
			err := h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Whose: "somebody", Password: longPassword})
			if codeOf(err) != broker.CodeTokenInvalid {
				t.Errorf("as somebody else's: got %v", err)
			}
			if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Whose: "zoë &", Password: longPassword}); err != nil {
				t.Error(err)
			}
			h.letters(t)
		})
	}
}

func TestANameThatIsTakenIsToldByLetter(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	ask := func(t *testing.T, name, email string) []string {
		t.Helper()
		h.counts.take()
		if got := h.register(t, broker.Registration{Email: email, Username: name, HideNames: true}); got != "" {
			t.Errorf("got %q", got)
		}
		return h.counts.take()
	}
	free := ask(t, "free", "free@example.org")
	h.letter(t, broker.LetterConfirm)
	t.Run("the answer takes the same statements", func(t *testing.T) {
		for _, name := range []string{"alice", "ALICE", "free"} {
			if got := ask(t, name, "carol@example.org"); !slices.Equal(got, free) {
				t.Errorf("%s: statements %v, want %v", name, got, free)
			}
			if l := h.letter(t, broker.LetterNameTaken); l.To != "carol@example.org" || l.Link != "" || l.Name != "" {
				t.Errorf("%s: got %+v", name, l)
			}
		}
	})
	t.Run("and makes no account", func(t *testing.T) {
		if a, err := h.Named(t.Context(), "carol@example.org"); codeOf(err) != broker.CodeNotFound {
			t.Errorf("got %+v, %v", a, err)
		}
	})
	t.Run("who has an account at the address is told of that", func(t *testing.T) {
		ask(t, "free", "alice@example.org")
		if l := h.letter(t, broker.LetterKnown); l.To != "alice@example.org" {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("one's own name is not taken", func(t *testing.T) {
		ask(t, "free", "free@example.org")
		h.letter(t, broker.LetterConfirm)
	})
	t.Run("otherwise it is in the answer", func(t *testing.T) {
		if got := h.register(t, broker.Registration{Email: "carol@example.org", Username: "alice"}); got != broker.CodeConflict {
			t.Errorf("got %q", got)
		}
	})
}

func TestASecondRegistrationBringsItsName(t *testing.T) {
	h := newHouse(t)
	h.register(t, broker.Registration{Email: "zoe@example.org", Username: "stranger"})
	h.letter(t, broker.LetterConfirm)
	h.register(t, broker.Registration{Email: "zoe@example.org", Username: "zoe"})
	a, err := h.Named(t.Context(), "zoe@example.org")
	if h.letter(t, broker.LetterConfirm); err != nil || a.Username != "stranger" {
		t.Errorf("before anybody looked at it: %q, %v", a.Username, err)
	}
	if a, err := h.Named(t.Context(), "zoe@example.org"); err != nil || a.Username != "zoe" {
		t.Errorf("got %q, %v", a.Username, err)
	}
	t.Run("unless somebody was faster", func(t *testing.T) {
		h.clock.pass(time.Hour)
		h.register(t, broker.Registration{Email: "zoe@example.org", Username: "alice"})
		h.add(t, "alice")
		h.letter(t, broker.LetterConfirm)
		if a, err := h.Named(t.Context(), "zoe@example.org"); err != nil || a.Username != "zoe" {
			t.Errorf("got %q, %v", a.Username, err)
		}
	})
}

func TestNobodyIsNamedByAnID(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	for name, want := range map[string]broker.Code{"alice": "", "ALICE@example.org": "", a.ID: broker.CodeNotFound, "": broker.CodeNotFound} {
		if got, err := h.Named(t.Context(), name); codeOf(err) != want || want == "" && got.ID != a.ID {
			t.Errorf("%q: got %q, %v", name, got.ID, err)
		}
	}
}

func TestWhatStandsInForAPassword(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	change := func(access string, i broker.Instead, current string) broker.Code {
		h.clock.pass(time.Second)
		return codeOf(h.ChangePassword(t.Context(), broker.PasswordChange{Access: access, Instead: i, Current: current, Password: longPassword + current}))
	}
	in := h.signIn(t, "local", "alice", "right password")
	for _, c := range []struct {
		instead broker.Instead
		current string
		want    broker.Code
	}{
		{broker.InsteadNothing, "", broker.CodeCredentials},
		{"anything", "", broker.CodeCredentials},
		{broker.InsteadFresh, "wrong", broker.CodeCredentials},
		{broker.InsteadToken, "wrong", broker.CodeCredentials},
		{broker.InsteadFresh, "", ""},
		{broker.InsteadToken, "", ""},
	} {
		if got := change(in.Access, c.instead, c.current); got != c.want {
			t.Errorf("%q with %q: got %q, want %q", c.instead, c.current, got, c.want)
		}
	}
	h.clock.pass(5 * time.Minute)
	if got := change(in.Access, broker.InsteadFresh, ""); got != broker.CodeForbidden {
		t.Errorf("after five minutes: got %q", got)
	}
	if got := change(in.Access, broker.InsteadToken, ""); got != "" {
		t.Errorf("where the token is enough: got %q", got)
	}
	t.Run("M-12 a sign-in without the second factor does not", func(t *testing.T) {
		in := h.signIn(t, "local", "alice", longPassword)
		h.enrol(t, in, longPassword)
		if got := change(in.Access, broker.InsteadFresh, ""); got != broker.CodeForbidden {
			t.Errorf("got %q", got)
		}
	})
}

func TestAnAdministratorGivesAPassword(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	in := h.signIn(t, "local", "alice", "right password")
	h.audit.take()
	for name, c := range map[string]struct {
		who, password string
		want          broker.Code
	}{
		"nobody's":        {"nobody", longPassword, broker.CodeNotFound},
		"one that is bad": {"alice", "alice alice alice alice", broker.CodePayload},
		"a short one":     {"alice", "short", broker.CodePayload},
	} {
		if got := codeOf(h.admin.GivePassword(t.Context(), c.who, c.password)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if _, err := h.admin.Add(t.Context(), broker.NewAccount{Username: "elsewhere"}); err != nil {
		t.Fatal(err)
	}
	if got := codeOf(h.admin.GivePassword(t.Context(), "elsewhere", longPassword)); got != broker.CodePayload {
		t.Errorf("of somebody without one: got %q", got)
	}
	h.audit.take()
	if err := h.admin.GivePassword(t.Context(), "alice", longPassword); err != nil {
		t.Fatal(err)
	}
	if got, want := names(h.audit.take()), []string{broker.EventAccountChange + ":password", broker.EventSessionEnd + ":password_changed"}; !slices.Equal(got, want) {
		t.Errorf("record: got %v, want %v", got, want)
	}
	if l := h.letter(t, broker.LetterPasswordChanged); l.To != "alice@example.org" {
		t.Errorf("got %+v", l)
	}
	if _, got := h.refresh(t, in.Refresh); got != broker.CodeCredentials {
		t.Errorf("a session of before: got %q", got)
	}
	h.signIn(t, "local", "alice", longPassword)
}
