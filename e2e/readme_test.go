package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// block is the first block of shell under a heading of the README.
func block(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n"+heading+"\n")
	_, script, opened := strings.Cut(section, "```sh\n")
	script, _, closed := strings.Cut(script, "```")
	if !found || !opened || !closed {
		t.Fatalf("the README has no shell under %q", heading)
	}
	return script
}

// TestTheReadmesAccountSectionWorksAsItStands runs it in the folder of a server.
func TestTheReadmesAccountSectionWorksAsItStands(t *testing.T) {
	parts.Need(t, "oathtool")
	s := serve(t, accounts)
	script := "set -eu -o pipefail\nACCESS=\nURL=" + s.URL + "\nJSON='Content-Type: application/json'\n" + block(t, "## The life of an account, with curl")
	c := exec.CommandContext(t.Context(), "bash", "-c", script)
	c.Dir, c.WaitDelay = s.Dir, 10*time.Second
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nlog:\n%s", err, out, s.Stderr())
	}
	if n := strings.Count(string(out), `"current":`); n != 1 {
		t.Errorf("%d sessions are left, want one\n%s", n, out)
	}
	p := newPerson(t, s)
	p.signIn(map[string]string{"email": "zoe@example.com", "password": "a quiet lake at noon"})
}
