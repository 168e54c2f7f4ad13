package parts

import (
	"os"
	"testing"
)

// NeedRoot is for the few tests that mount a volume. Where make test is run by
// somebody else they skip; in CI, which runs as root, they fail.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("this test mounts a volume: run it as root")
	}
	t.Skip("this test mounts a volume: run it as root")
}
