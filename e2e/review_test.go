package e2e

import (
	"net/http"
	"strings"
	"sync"
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

func TestOneFirstAdministratorIsPrinted(t *testing.T) {
	dsn := parts.SharedPostgres(t)
	var done sync.WaitGroup
	all := make([]*parts.Server, 3)
	for i := range all {
		done.Go(func() {
			all[i] = parts.Signet(t, parts.Launch{Env: []string{
				"SIGNET_SECRET=" + masterKey, "SIGNET_DATABASE=" + dsn, "SIGNET_TOKENS__ISSUER=http://sso.test",
			}})
		})
	}
	done.Wait()
	var printed []string
	for _, s := range all {
		if _, after, ok := strings.Cut(s.Stdout(), "password, shown only now: "); ok {
			printed = append(printed, strings.Fields(after)[0])
		}
	}
	if len(printed) != 1 {
		t.Fatalf("%d passwords were printed, want 1", len(printed))
	}
	for i, s := range all {
		if a := login(t, s, "", "admin", printed[0]); a.status != http.StatusOK {
			t.Errorf("replica %d: got %d %s, want tokens", i, a.status, a.body)
		}
	}
}
