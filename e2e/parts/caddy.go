package parts

import (
	"os/exec"
	"testing"
)

// Caddy starts a real Caddy with a Caddyfile and returns when it listens at
// address. It ends with the test.
func Caddy(t testing.TB, address, conf string) *Proxy {
	t.Helper()
	program := Need(t, "caddy")[0]
	return startProxy(t, address, conf, func(file string) *exec.Cmd {
		return exec.Command(program, "run", "--config", file, "--adapter", "caddyfile")
	})
}
