package broker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

func TestAnAdministratorReplacesAddressAndPassword(t *testing.T) {
	h := newHouse(t)
	alice := h.add(t, "alice")
	h.add(t, "bob")
	in := h.signIn(t, "local", "alice", "right password")
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		who  string
		with broker.Replacement
		want broker.Code
	}{
		"nobody":                                   {"nobody", broker.Replacement{Email: text("new@example.org")}, broker.CodeNotFound},
		"no address":                               {"alice", broker.Replacement{Email: text("new")}, broker.CodePayload},
		"an address that is taken":                 {"alice", broker.Replacement{Email: text("BOB@example.org")}, broker.CodeConflict},
		"a taken address and a good password":      {"alice", broker.Replacement{Email: text("bob@example.org"), Password: text(longPassword)}, broker.CodeConflict},
		"a good address and a password that is no": {"alice", broker.Replacement{Email: text("new@example.org"), Password: text("short")}, broker.CodePayload},
	} {
		t.Run(name+" changes nothing", func(t *testing.T) {
			h.audit.take()
			if _, err := h.admin.Replace(t.Context(), c.who, c.with); codeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			a, _, err := h.admin.Find(t.Context(), "alice")
			if err != nil || a.Email != alice.Email || a.Epoch != alice.Epoch || len(h.audit.take()) != 0 {
				t.Errorf("got %+v, %v", a, err)
			}
		})
	}
	t.Run("both at once, and the person is told of both where they were", func(t *testing.T) {
		a, err := h.admin.Replace(t.Context(), "alice", broker.Replacement{Email: text("new@example.org"), Password: text(longPassword)})
		if err != nil || a.Email != "new@example.org" || !a.EmailConfirmed {
			t.Fatalf("got %+v, %v", a, err)
		}
		if got, want := names(h.audit.take()), []string{broker.EventAccountChange + ":replaced", broker.EventSessionEnd + ":password_changed"}; !slices.Equal(got, want) {
			t.Errorf("record: got %v, want %v", got, want)
		}
		var told []string
		for _, l := range h.letters(t) {
			told = append(told, string(l.Kind)+" "+l.To)
		}
		if want := []string{"email_changed alice@example.org", "password_changed new@example.org"}; !slices.Equal(told, want) {
			t.Errorf("letters: got %q, want %q", told, want)
		}
		if _, got := h.refresh(t, in.Refresh); got != broker.CodeCredentials {
			t.Errorf("a session of before: got %q", got)
		}
		h.signIn(t, "local", "new@example.org", longPassword)
	})
	t.Run("an address alone ends nothing but the links that are out", func(t *testing.T) {
		in, token := h.signIn(t, "local", "bob", "right password"), h.forgot(t, "bob@example.org")
		a, err := h.admin.Replace(t.Context(), "bob", broker.Replacement{Email: text("bob2@example.org")})
		if err != nil || a.Epoch != 2 { // what began before the change comes to nothing
			t.Fatalf("got %+v, %v, want another epoch", a, err)
		}
		if _, got := h.refresh(t, in.Refresh); got != "" {
			t.Errorf("the session: got %q", got)
		}
		if got := codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: token, Password: longPassword})); got != broker.CodeTokenInvalid {
			t.Errorf("the link: got %q, want CodeTokenInvalid", got)
		}
	})
}

func TestAnAdministratorChangesAsLongAsTheirTokenLives(t *testing.T) {
	const life = 20 * time.Minute
	h := newHouse(t)
	h.add(t, "alice")
	h.add(t, "boss")
	if _, err := h.admin.SetAdmin(t.Context(), "boss", true); err != nil {
		t.Fatal(err)
	}
	as := func(access string) broker.Code {
		_, err := h.admin.AsOf(t.Context(), access, life, broker.Client{})
		return codeOf(err)
	}
	in := h.signIn(t, "local", "boss", "right password")
	h.clock.pass(14 * time.Minute)
	if got := as(in.Access); got != "" {
		t.Errorf("after 14 minutes: got %q", got)
	}
	h.clock.pass(6 * time.Minute)
	in, code := h.refresh(t, in.Refresh)
	if got := as(in.Access); code != "" || got != "" {
		t.Errorf("after 20 minutes: got %q and %q", code, got)
	}
	h.clock.pass(time.Second)
	h.audit.take()
	if got := as(in.Access); got != broker.CodeForbidden {
		t.Errorf("a second later: got %q, want CodeForbidden", got)
	}
	if got, want := names(h.audit.take()), []string{broker.EventAdminDenied + ":sign_in_too_old"}; !slices.Equal(got, want) {
		t.Errorf("record: got %v, want %v", got, want)
	}
	for name, c := range map[string]struct {
		access string
		want   broker.Code
	}{
		"nobody":               {"", broker.CodeTokenMissing},
		"a refresh token":      {in.Refresh, broker.CodeTokenInvalid},
		"an ordinary person's": {h.signIn(t, "local", "alice", "right password").Access, broker.CodeForbidden},
	} {
		if got := as(c.access); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	t.Run("M-12 not without their second factor", func(t *testing.T) {
		in := h.signIn(t, "local", "boss", "right password")
		if got := as(in.Access); got != "" {
			t.Fatalf("before: got %q", got)
		}
		h.enrol(t, in, "right password")
		if got := as(in.Access); got != broker.CodeForbidden {
			t.Errorf("got %q", got)
		}
	})
}
