package parts

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Proxy is a running reverse proxy.
type Proxy struct {
	Address string // host:port

	child *child
}

// Log is what the proxy has said until now.
func (p *Proxy) Log() string { return p.child.out.String() }

// FreeAddress returns an address of this machine where nobody listens now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return freeAddress(t)
}

// startProxy writes a configuration to a folder, starts what run makes of the
// file's path, and returns when somebody listens at the address. It ends with the
// test.
func startProxy(t testing.TB, address, conf string, run func(file string) *exec.Cmd) *Proxy {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "proxy.yaml") // the others do not mind what Envoy looks at
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := run(file)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir, "TMPDIR=" + os.TempDir(), "TZ=UTC"}
	c, err := startChild(cmd, syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: address, child: c}
	t.Cleanup(func() {
		_ = c.end(syscall.SIGTERM, stopLimit) // how it ends is not asked
		if t.Failed() {
			t.Logf("the end of what the proxy said:\n%s", end(p.Log()))
		}
	})
	for deadline := time.Now().Add(readyLimit); time.Now().Before(deadline) && !c.ended(); {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return p
		}
		time.Sleep(10 * time.Millisecond) // another process: there is nothing to wait on
	}
	t.Fatalf("%s does not listen at %s:\n%s\n%s", cmd.Path, address, p.Log(), conf)
	return nil
}
