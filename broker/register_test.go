package broker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
)

const longPassword = "a long and winding road"

func (h *house) register(t testing.TB, r broker.Registration) broker.Code {
	t.Helper()
	if r.Password == "" {
		r.Password = longPassword
	}
	return codeOf(h.Register(t.Context(), r))
}

func TestAPersonRegistersConfirmsAndSignsIn(t *testing.T) {
	h := newHouse(t)
	if got := h.register(t, broker.Registration{Email: "Zoe@Example.org", Username: "zoe", GivenName: "Zoë", FamilyName: "Smith"}); got != "" {
		t.Fatal(got)
	}
	l := h.letter(t, broker.LetterConfirm)
	if l.To != "Zoe@example.org" || l.Name != "Zoë Smith" || !strings.HasPrefix(l.Link, "https://sso.example.org/confirm?token=") || !l.Expires.Equal(h.clock.now().Add(48*time.Hour)) {
		t.Errorf("got %+v", l)
	}
	t.Run("P-26 before that there is no token", func(t *testing.T) {
		if got := h.trySignIn(t, "local", "zoe", longPassword); got != broker.CodeCredentials {
			t.Errorf("got %q", got)
		}
	})
	t.Run("P-21 looking at the link changes nothing", func(t *testing.T) {
		for range 3 {
			if to, err := h.Peek(t.Context(), broker.PurposeConfirm, secretOf(t, l)); err != nil || to != "Zoe@example.org" {
				t.Errorf("got %q, %v", to, err)
			}
		}
		if got := h.trySignIn(t, "local", "zoe", longPassword); got != broker.CodeCredentials {
			t.Errorf("got %q", got)
		}
	})
	if err := h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, l)}); err != nil {
		t.Fatal(err)
	}
	in := h.signIn(t, "local", "zoe@example.org", longPassword)
	if c := in.Claims; !c.EmailVerified || c.PreferredUsername != "zoe" || c.Name != "Zoë Smith" || c.IsAdmin {
		t.Errorf("claims: %+v", c)
	}
	t.Run("P-12 the link works once", func(t *testing.T) {
		if got := codeOf(h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, l)})); got != broker.CodeTokenInvalid {
			t.Errorf("got %q", got)
		}
	})
}

func TestP24_ARegistrationTellsNothingOfTheAddress(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.letters(t)
	for _, email := range []string{"alice@example.org", "ALICE@EXAMPLE.ORG"} {
		h.clock.pass(11 * time.Minute)
		h.counts.take()
		if got := h.register(t, broker.Registration{Email: email}); got != "" {
			t.Errorf("%s: got %q", email, got)
		}
		if got, want := h.counts.take(), []string{"put errand"}; !slices.Equal(got, want) {
			t.Errorf("%s: statements %v, want %v whoever is meant", email, got, want)
		}
		if l := h.letter(t, broker.LetterKnown); l.To != "alice@example.org" || l.Link != "https://sso.example.org/forgot" {
			t.Errorf("%s: got %+v", email, l)
		}
	}
	h.counts.take()
	if got := h.register(t, broker.Registration{Email: "new@example.org"}); got != "" {
		t.Error(got)
	}
	if got, want := h.counts.take(), []string{"put errand"}; !slices.Equal(got, want) {
		t.Errorf("a new address: statements %v, want %v", got, want)
	}
	t.Run("a plus tag is another address", func(t *testing.T) {
		h.letters(t)
		if got := h.register(t, broker.Registration{Email: "alice+tag@example.org"}); got != "" {
			t.Error(got)
		}
		h.letter(t, broker.LetterConfirm)
	})
	t.Run("the password of a known address stays", func(t *testing.T) {
		if got := h.trySignIn(t, "local", "alice", "right password"); got != "" {
			t.Errorf("got %q", got)
		}
		if got := h.trySignIn(t, "local", "alice", longPassword); got != broker.CodeCredentials {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a suspended owner gets no letter", func(t *testing.T) {
		if _, err := h.admin.SetStatus(t.Context(), "alice", broker.Suspended); err != nil {
			t.Fatal(err)
		}
		h.clock.pass(11 * time.Minute)
		h.register(t, broker.Registration{Email: "alice@example.org"})
		if got := h.letters(t); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestASecondRegistrationReplacesTheFirstWithItsLink(t *testing.T) {
	h := newHouse(t)
	h.register(t, broker.Registration{Email: "zoe@example.org", Password: "the stranger's password"})
	first := h.letter(t, broker.LetterConfirm)
	h.register(t, broker.Registration{Email: "zoe@example.org", Password: longPassword})
	second := h.letter(t, broker.LetterConfirm)
	if got := codeOf(h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, first)})); got != broker.CodeTokenInvalid {
		t.Errorf("P-14 the first link: got %q", got)
	}
	if err := h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, second)}); err != nil {
		t.Fatal(err)
	}
	if got := h.trySignIn(t, "local", "zoe@example.org", "the stranger's password"); got != broker.CodeCredentials {
		t.Errorf("the stranger: got %q", got)
	}
	h.signIn(t, "local", "zoe@example.org", longPassword)
}

func TestP25_ClosedRegistrationIsClosed(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Membership.Open = false })
	if got := h.register(t, broker.Registration{Email: "zoe@example.org"}); got != broker.CodeForbidden {
		t.Errorf("got %q", got)
	}
	h.letters(t)
	if list, err := h.admin.List(t.Context(), broker.Query{Limit: 10}); err != nil || len(list.Accounts) != 0 {
		t.Errorf("got accounts %v, %v", list, err)
	}
	t.Run("also one that was asked for before it closed", func(t *testing.T) {
		open := newHouse(t)
		open.register(t, broker.Registration{Email: "zoe@example.org"})
		open.Membership.Open = false
		if got := open.letters(t); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRegistrationSaysWhatIsWrong(t *testing.T) {
	h := newHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[0].Domains = []string{"example.org"} })
	h.add(t, "alice")
	for name, c := range map[string]struct {
		r    broker.Registration
		want broker.Code
	}{
		"no address":              {broker.Registration{Email: "zoe"}, broker.CodePayload},
		"E-02 two addresses":      {broker.Registration{Email: "a@example.org,b@example.org"}, broker.CodePayload},
		"E-02 a quoted local":     {broker.Registration{Email: `"a b"@example.org`}, broker.CodePayload},
		"E-02 an open bracket":    {broker.Registration{Email: "a@example.org>"}, broker.CodePayload},
		"E-02 two at signs":       {broker.Registration{Email: `"a@evil.test"@example.org`}, broker.CodePayload},
		"E-02 a comment":          {broker.Registration{Email: "a(x)@example.org"}, broker.CodePayload},
		"E-02 a source route":     {broker.Registration{Email: "@relay.test:a@example.org"}, broker.CodePayload},
		"E-02 a long one":         {broker.Registration{Email: strings.Repeat("a", 10_000) + "@example.org"}, broker.CodePayload},
		"E-01 a header":           {broker.Registration{Email: "a@example.org\r\nBcc: b@evil.test"}, broker.CodePayload},
		"E-01 a line separator":   {broker.Registration{Email: "a\u2028@example.org"}, broker.CodePayload},
		"E-03 a parameter":        {broker.Registration{Email: "a> SIZE=1@example.org"}, broker.CodePayload},
		"another domain":          {broker.Registration{Email: "zoe@example.com"}, broker.CodePayload},
		"a user name with at":     {broker.Registration{Email: "zoe@example.org", Username: "a@b"}, broker.CodePayload},
		"a user name like an id":  {broker.Registration{Email: "zoe@example.org", Username: "8c5f2d3e-7b1a-4c9d-9e2f-0a1b2c3d4e5f"}, broker.CodePayload},
		"a user name that is had": {broker.Registration{Email: "zoe@example.org", Username: "Alice"}, broker.CodeConflict},
		"a short password":        {broker.Registration{Email: "zoe@example.org", Password: "short"}, broker.CodePayload},
		"a wrong key":             {broker.Registration{Email: "zoe@example.org", ConfirmationKey: "guess"}, broker.CodeForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			if got := h.register(t, c.r); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := h.letters(t); len(got) != 0 {
		t.Errorf("letters: got %+v", got)
	}
	t.Run("a user name that is had is told whoever has the address", func(t *testing.T) {
		if got := h.register(t, broker.Registration{Email: "alice@example.org", Username: "alice"}); got != broker.CodeConflict {
			t.Errorf("got %q", got)
		}
	})
}

func TestAKeyOrNoConfirmationOpensAnAccountAtOnce(t *testing.T) {
	const key = "a key for test set-ups"
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Membership.ConfirmationKey = key })
	if got := h.register(t, broker.Registration{Email: "zoe@example.org", ConfirmationKey: key}); got != "" {
		t.Fatal(got)
	}
	if in := h.signIn(t, "local", "zoe@example.org", longPassword); !in.Claims.EmailVerified {
		t.Error("with the key the address counts as confirmed")
	}
	t.Run("without a key there is none that fits", func(t *testing.T) {
		h := newHouse(t)
		for _, k := range []string{" ", "a key for test set-ups", "null"} {
			if got := h.register(t, broker.Registration{Email: "zoe@example.org", ConfirmationKey: k}); got != broker.CodeForbidden {
				t.Errorf("%q: got %q", k, got)
			}
		}
	})
	t.Run("without confirmation nobody has proven the address", func(t *testing.T) {
		h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Membership.Confirm = false })
		h.register(t, broker.Registration{Email: "zoe@example.org"})
		if in := h.signIn(t, "local", "zoe@example.org", longPassword); in.Claims.EmailVerified {
			t.Error("the address counts as confirmed")
		}
		if got := h.register(t, broker.Registration{Email: "zoe@example.org", Password: "another one altogether"}); got != "" {
			t.Errorf("again: got %q", got)
		}
		h.letter(t, broker.LetterKnown)
		h.signIn(t, "local", "zoe@example.org", longPassword)
	})
}

func TestConfirmationIsSentAgain(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	h.register(t, broker.Registration{Email: "zoe@example.org"})
	first := h.letter(t, broker.LetterConfirm)
	for _, email := range []string{"ZOE@example.org", "alice@example.org", "nobody@example.org"} {
		h.counts.take()
		if err := h.ResendConfirmation(t.Context(), email, broker.Client{}); err != nil {
			t.Errorf("%s: %v", email, err)
		}
		if got, want := h.counts.take(), []string{"put errand"}; !slices.Equal(got, want) {
			t.Errorf("%s: statements %v, want %v whoever is meant", email, got, want)
		}
	}
	second := h.letter(t, broker.LetterConfirm)
	if got := codeOf(h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, first)})); got != broker.CodeTokenInvalid {
		t.Errorf("P-14 the first link: got %q", got)
	}
	if err := h.ConfirmAddress(t.Context(), broker.Proof{Token: secretOf(t, second)}); err != nil {
		t.Error(err)
	}
}

func TestB14_OneRecipientGetsSoManyLetters(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	for range 100 {
		if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org"}); err != nil {
			t.Fatal(err)
		}
		h.register(t, broker.Registration{Email: "Alice@example.org"})
	}
	if n := len(h.letters(t)); n != 5 {
		t.Errorf("got %d letters, want 5", n)
	}
	if !slices.Contains(names(h.audit.take()), broker.EventMailLimited+":reset") {
		t.Error("the record does not say that a recipient had enough")
	}
	h.clock.pass(10 * time.Minute)
	if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org"}); err != nil {
		t.Fatal(err)
	}
	h.letter(t, broker.LetterReset)
}

func TestP10_TokensAreRandomAndLong(t *testing.T) {
	h := newHouse(t, func(c *broker.Config, _ *broker.Settings) { c.Membership.Mails = broker.Quota{} })
	h.add(t, "alice")
	const draws = 300
	first, last := map[byte]int{}, map[byte]int{}
	seen := map[string]bool{}
	for range draws {
		if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org"}); err != nil {
			t.Fatal(err)
		}
		s := secretOf(t, h.letter(t, broker.LetterReset))
		if len(s) != 43 || seen[s] {
			t.Fatalf("token %q: seen before %v", s, seen[s])
		}
		seen[s] = true
		first[s[0]]++
		last[s[41]]++
	}
	for where, counts := range map[string]map[byte]int{"first": first, "last whole": last} {
		if len(counts) < 55 {
			t.Errorf("the %s character takes %d values, want nearly all of 64", where, len(counts))
		}
		for c, n := range counts {
			if n > draws/10 {
				t.Errorf("the %s character is %q %d times of %d", where, c, n, draws)
			}
		}
	}
}

func TestAnErrandOutlivesACrashAndADeadDatabase(t *testing.T) {
	h := newHouse(t)
	h.add(t, "alice")
	if err := h.RequestReset(t.Context(), broker.ResetRequest{Email: "alice@example.org"}); err != nil {
		t.Fatal(err)
	}
	// Claimed, and the process dies before it is done.
	if some, err := h.db.Members().ClaimErrands(t.Context(), h.clock.now(), 30*time.Second, 10); err != nil || len(some) != 1 {
		t.Fatalf("got %v, %v", some, err)
	}
	if got := h.letters(t); len(got) != 0 {
		t.Fatalf("another replica did it too: %+v", got)
	}
	h.clock.pass(30 * time.Second)
	h.letter(t, broker.LetterReset)
	t.Run("one that cannot be read is given up, and told", func(t *testing.T) {
		if err := h.db.Members().PutErrand(t.Context(), broker.Errand{ID: "x", Sealed: []byte("nonsense"), Created: h.clock.now()}); err != nil {
			t.Fatal(err)
		}
		if err := h.Attend(t.Context()); err == nil {
			t.Error("got no error")
		}
		if err := h.Attend(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}
