package e2e

import (
	"net/http"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
)

func TestB04EverySpellingOfANameCountsAsOne(t *testing.T) {
	d := parts.Slapd(t, parts.SlapdOptions{})
	s := serve(t, directoryConfig(d, "ldaps", "search"), "SIGNET_LOCKOUT__ATTEMPTS=3")
	if a := login(t, s, "corp", " alice ", parts.PersonPassword); a.status != http.StatusOK {
		t.Fatalf("alice with blanks around: got %d %s, want tokens", a.status, a.body)
	}
	for range 3 {
		login(t, s, "corp", "alice", "wrong")
	}
	for _, who := range []string{
		"alice", "ALICE", " alice", "alice   ", "\u2003alice", "\tal\u00adice", "alice\u200b", "a\u0301lice", "\u00e1lice",
		"\uff41lice", "alice@example.org", "ALICE@EXAMPLE.ORG ", "alice \\20", "*lice", "alice\\00",
	} {
		if a := login(t, s, "corp", who, parts.PersonPassword); a.status == http.StatusOK {
			t.Errorf("%q came in while alice is locked", who)
		}
	}
}
