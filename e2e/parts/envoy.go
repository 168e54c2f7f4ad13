package parts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Envoy starts a real Envoy with a bootstrap file and returns when it listens at
// address. It ends with the test.
func Envoy(t testing.TB, address, conf string) *Proxy {
	t.Helper()
	program := envoyProgram(t)
	return startProxy(t, address, conf, func(file string) *exec.Cmd {
		// Several at once: none hands over to another.
		return exec.Command(program, "-c", file, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning")
	})
}

// envoyProgram is the one in $PATH, or the newest that scripts/install-envoy has
// loaded.
func envoyProgram(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("envoy"); err == nil {
		return path
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(cache, "signet-test", "envoy-*", "envoy"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		missing(t, "envoy", "./scripts/install-envoy")
	}
	return slices.Max(found)
}
