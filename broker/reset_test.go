package broker_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/drivers"
)

// forgot asks for a letter and returns its token.
func (h *house) forgot(t testing.TB, email string) string {
	t.Helper()
	if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: email}); err != nil {
		t.Fatal(err)
	}
	return secretOf(t, h.letter(t, broker.LetterReset))
}

func TestAForgottenPassword(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	old := h.signIn(t, "local", "alice", "right password")
	token := h.forgot(t, "ALICE@example.org")
	h.audit.take()
	if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword}); err != nil {
		t.Fatal(err)
	}
	if got, want := names(h.audit.take()), []string{broker.EventPassword + ":letter"}; !slices.Equal(got, want) {
		t.Errorf("record: got %v, want %v", got, want)
	}
	h.signIn(t, "local", "alice", longPassword)
	if got := h.trySignIn(t, "local", "alice", "right password"); got != broker.CodeCredentials {
		t.Errorf("the old password: got %q", got)
	}
	if _, got := h.refresh(t, old.Refresh); got != broker.CodeCredentials {
		t.Errorf("an old session: got %q", got)
	}
	t.Run("E-08 the owner is told, without a token", func(t *testing.T) {
		if l := h.letter(t, broker.LetterPasswordChanged); l.Link != "" || l.To != "alice@example.org" {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("P-12 the link works once", func(t *testing.T) {
		err := h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword + "!"})
		if got := codeOf(err); got != broker.CodeTokenInvalid {
			t.Errorf("got %q", got)
		}
	})
}

func TestP09_ARequestTellsNothingOfTheAddress(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.add(t, "suspended")
	if _, err := h.admin.SetStatus(t.Context(), "suspended", broker.Suspended); err != nil {
		t.Fatal(err)
	}
	h.register(t, broker.Registration{Email: "unconfirmed@example.org"})
	h.corp.put("bob", person{"pw", drivers.Identity{Subject: "u1", Email: "bob@example.org"}, false})
	h.signIn(t, "corp", "bob", "pw")
	h.letters(t)
	for email, want := range map[string]broker.LetterKind{
		"alice@example.org":       broker.LetterReset,
		"nobody@example.org":      "",
		"suspended@example.org":   "",
		"unconfirmed@example.org": "",
		"bob@example.org":         broker.LetterElsewhere,
	} {
		t.Run(email, func(t *testing.T) {
			h.counts.take()
			if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: email}); err != nil {
				t.Errorf("got %v", err)
			}
			if got, want := h.counts.take(), []string{"put errand"}; !slices.Equal(got, want) {
				t.Errorf("statements: got %v, want %v whoever is meant", got, want)
			}
			if want != "" {
				h.letter(t, want)
			} else if got := h.letters(t); len(got) != 0 {
				t.Errorf("got letters %+v", got)
			}
		})
	}
}

func TestP19_AResetGivesNobodyAPasswordWhoHasNone(t *testing.T) {
	h := newHouse(t)
	a := h.add(t, "alice")
	token := h.forgot(t, "alice@example.org")
	if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Suspended); err != nil {
		t.Fatal(err)
	}
	if got := codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword})); got != broker.CodeTokenInvalid {
		t.Errorf("suspended since: got %q", got)
	}
	if _, err := h.admin.SetStatus(t.Context(), a.ID, broker.Active); err != nil {
		t.Fatal(err)
	}
	if got := h.trySignIn(t, "local", "alice", longPassword); got != broker.CodeCredentials {
		t.Errorf("the new password: got %q", got)
	}
	t.Run("B-09 a locked account can be opened by it", func(t *testing.T) {
		for range 6 {
			h.trySignIn(t, "local", "alice", "guess")
		}
		if got := h.trySignIn(t, "local", "alice", "right password"); got != broker.CodeLimited {
			t.Fatalf("got %q, want it locked", got)
		}
		if err := h.ResetPassword(t.Context(), broker.NewPassword{Token: h.forgot(t, "alice@example.org"), Password: longPassword}); err != nil {
			t.Fatal(err)
		}
		h.signIn(t, "local", "alice", longPassword)
	})
}

func TestAResetPageMustBeAllowed(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	for page, want := range map[string]bool{
		"https://app.example.org/reset":               true,
		"https://app.example.org/reset?tenant=1":      true,
		"https://sso.example.org/reset":               true,
		"https://app.example.org/reset/x":             false,
		"https://app.example.org.evil.test/reset":     false,
		"https://evil.test/reset":                     false,
		"//evil.test/reset":                           false,
		"javascript:alert(1)":                         false,
		"https://app.example.org@evil.test/reset":     false,
		"http://app.example.org/reset":                false,
		"https://app.example.org/reset\r\nX: y":       false,
		"https://app.example.org:444/reset":           false,
		"https://app.example.org/reset/../evil":       false,
		strings.Repeat("https://app.example.org", 99): false,
	} {
		h.clock.pass(11 * time.Minute)
		err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org", ResetURL: page})
		if !want {
			if got := codeOf(err); got != broker.CodePayload {
				t.Errorf("%q: got %q", page, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", page, err)
			continue
		}
		l := h.letter(t, broker.LetterReset)
		if !strings.HasPrefix(l.Link, page) || secretOf(t, l) == "" {
			t.Errorf("%q: link %q", page, l.Link)
		}
	}
	t.Run("it is refused whoever is asked for", func(t *testing.T) {
		err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "nobody@example.org", ResetURL: "https://evil.test/"})
		if got := codeOf(err); got != broker.CodePayload {
			t.Errorf("got %q", got)
		}
	})
}

func TestP13_ALinkEndsWhenItSays(t *testing.T) {
	for after, want := range map[time.Duration]broker.Code{
		2*time.Hour - time.Second: "", 2 * time.Hour: broker.CodeTokenInvalid, 2*time.Hour + time.Second: broker.CodeTokenInvalid,
	} {
		h := newHouse(t)
		h.add(t, "alice")
		token := h.forgot(t, "alice@example.org")
		h.clock.pass(after)
		if got := codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword})); got != want {
			t.Errorf("after %v: got %q, want %q", after, got, want)
		}
	}
}

func TestP14_AChangeKillsOlderLinks(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	reset := func(token string) broker.Code {
		return codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword}))
	}
	first := h.forgot(t, "alice@example.org")
	second := h.forgot(t, "alice@example.org")
	if got := reset(first); got != broker.CodeTokenInvalid {
		t.Errorf("superseded: got %q", got)
	}
	in := h.signIn(t, "local", "alice", "right password")
	if err := h.ChangePassword(t.Context(), broker.PasswordChange{Access: in.Access, Current: "right password", Password: longPassword}); err != nil {
		t.Fatal(err)
	}
	h.letters(t)
	if got := reset(second); got != broker.CodeTokenInvalid {
		t.Errorf("after a change of password: got %q", got)
	}
	third := h.forgot(t, "alice@example.org")
	moving := h.changeEmail(t, in, longPassword, "new@example.org")
	if err := h.ConfirmEmail(t.Context(), broker.Proof{Token: moving}); err != nil {
		t.Fatal(err)
	}
	h.letters(t)
	if got := reset(third); got != broker.CodeTokenInvalid {
		t.Errorf("after a change of address: got %q", got)
	}
	if err := h.ConfirmEmail(t.Context(), broker.Proof{Token: h.changeEmail(t, in, longPassword, "alice@example.org")}); err != nil {
		t.Fatal(err)
	}
	if got := reset(third); got != broker.CodeTokenInvalid {
		t.Errorf("back at the old address: got %q", got)
	}
}

func TestATicketForOneThingDoesNotDoAnother(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	token := h.forgot(t, "alice@example.org")
	for name, err := range map[string]error{
		"confirm": h.ConfirmAddress(t.Context(), broker.Proof{Token: token}),
		"email":   h.ConfirmEmail(t.Context(), broker.Proof{Token: token}),
	} {
		if got := codeOf(err); got != broker.CodeTokenInvalid {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if _, err := h.Peek(t.Context(), broker.PurposeInvite, token); codeOf(err) != broker.CodeTokenInvalid {
		t.Errorf("looking: got %v", err)
	}
}

func TestP11_NothingThatIsStoredOpensAnything(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	token := h.forgot(t, "alice@example.org")
	if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org"}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"tickets", "outbox", "errands", "accounts", "factors", "recovery_codes", "pendings"} {
		rows, err := h.raw.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(sql.NullString)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				value := v.(*sql.NullString).String
				if strings.Contains(value, token) {
					t.Errorf("%s.%s holds the token", table, columns[i])
				}
				if got := codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: value, Password: longPassword})); got != broker.CodeTokenInvalid {
					t.Errorf("%s.%s works as a token: %q", table, columns[i], got)
				}
			}
		}
		_ = rows.Close()
	}
}
