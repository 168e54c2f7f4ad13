package parts

import (
	"os/exec"
	"testing"
)

// Nginx starts a real nginx with a configuration, which says "daemon off", and
// returns when it listens at address. It ends with the test.
func Nginx(t testing.TB, address, conf string) *Proxy {
	t.Helper()
	program := Need(t, "nginx")[0]
	return startProxy(t, address, conf, func(file string) *exec.Cmd { return exec.Command(program, "-c", file) })
}
