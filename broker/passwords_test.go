package broker_test

import (
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
)

// set tries a new password for alice.smith@example.org by the link of a letter,
// and returns the code.
func (h *house) set(t testing.TB, password string) broker.Code {
	t.Helper()
	return codeOf(h.ResetPassword(t.Context(), broker.NewPassword{Token: h.forgot(t, "alice.smith@example.org"), Password: password}))
}

func newPolicyHouse(t testing.TB, change ...func(*broker.Config, *broker.Settings)) *house {
	t.Helper()
	h := newHouse(t, append(change, func(c *broker.Config, _ *broker.Settings) { c.Membership.Mails = broker.Quota{} })...)
	if _, err := h.admin.Add(t.Context(), broker.NewAccount{
		Username: "asmith", Email: "alice.smith@example.org", Confirmed: true, Password: "right password",
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestP04_OnlyLengthCounts(t *testing.T) {
	h := newPolicyHouse(t)
	for password, want := range map[string]broker.Code{
		strings.Repeat("kx7", 4) + "ab": broker.CodePayload, // 14
		"plumjacketriver":               "",                 // 15, small letters only
		"plum jacket riv":               "",
		"        plum jacket":           "",
		"🦊🐻🦁🐸🐵🐔🐧🦆🦅🦉🦇🐺🐗🐴🦄":                                          "",
		"🦊🐻🦁🐸🐵🐔🐧🦆🦅🦉🦇🐺🐗🐴":                                           broker.CodePayload,
		strings.Repeat("plum jacket river ", 4)[:64]:               "",
		strings.Repeat("plum jacket river ", 15)[:256]:             "",
		strings.Repeat("x7 ", 400):                                 broker.CodePayload, // beyond 1024 bytes
		"e\u0301qe\u0301be\u0301ze\u0301de\u0301me\u0301fe\u0301h": broker.CodePayload, // 14 as anybody counts
		"plum jacket\x00river":                                     broker.CodePayload,
		"":                                                         broker.CodePayload,
	} {
		if got := h.set(t, password); got != want {
			t.Errorf("%.40q: got %q, want %q", password, got, want)
		}
		h.letters(t)
	}
	t.Run("eight are enough where everybody has a second factor", func(t *testing.T) {
		h := newPolicyHouse(t, func(_ *broker.Config, s *broker.Settings) { s.Providers[0].MFA = broker.MFARequired })
		for password, want := range map[string]broker.Code{"kx7mqvr": broker.CodePayload, "kx7mqvrt": "", "password": broker.CodePayload} {
			if got := h.set(t, password); got != want {
				t.Errorf("%q: got %q, want %q", password, got, want)
			}
			h.letters(t)
		}
	})
}

func TestP05_WhatIsGuessedFirstIsRefused(t *testing.T) {
	h := newPolicyHouse(t)
	for _, password := range []string{
		strings.Repeat("a", 15), strings.Repeat("ab", 10), strings.Repeat("1234", 5), "passwordpassword", "PasswordPassword",
		"1q2w3e4r5t6y7u8i9o0p", "123456789123456789", "1234567890123456", "abcdefghijklmnopq", "zyxwvutsrqponmlk", "qwertyuiopasdfghjkl",
		"alice.smith@example.org", "Alice.Smith@Example.Org!", "asmithasmithasmith", "alice.smith2026", "sso.example.org", "signetsignet2026", "SSO.Example.Org 1",
	} {
		if got := h.set(t, password); got != broker.CodePayload {
			t.Errorf("%q: got %q, want it refused", password, got)
		}
		h.letters(t)
	}
	for _, password := range []string{"alice likes plums and jam", "my password is not this one", "signet ring of my aunt"} {
		if got := h.set(t, password); got != "" {
			t.Errorf("%q: got %q, want it taken", password, got)
		}
		h.letters(t)
	}
}

func TestTheReasonsCanBeShown(t *testing.T) {
	h := newPolicyHouse(t)
	err := h.ResetPassword(t.Context(), broker.NewPassword{Token: h.forgot(t, "alice.smith@example.org"), Password: "a canary 7"})
	if err == nil || !strings.Contains(err.Error(), "shorter than 15 characters") || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}
