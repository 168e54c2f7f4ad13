package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// BenchmarkColdStart is the time from the start of the process to its first
// answer, over a database that is there already, and the memory it then holds
// while nobody asks. The floor is a bare net/http server.
func BenchmarkColdStart(b *testing.B) {
	b.Run("signet", func(b *testing.B) {
		binary, dir := build(b, parts.Root(b), "./cmd/signet"), b.TempDir()
		coldStarts(b, func(address string) *exec.Cmd {
			cmd := exec.Command(binary, "serve")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "SIGNET_LISTEN="+address)
			return cmd
		})
	})
	b.Run("floor", func(b *testing.B) {
		binary := bareServer(b)
		coldStarts(b, func(address string) *exec.Cmd { return exec.Command(binary, address) })
	})
}

// coldStarts starts the command again and again; the first start, which makes
// what the others find, does not count.
func coldStarts(b *testing.B, command func(address string) *exec.Cmd) {
	b.Helper()
	stop, _ := start(b, command)
	stop()
	var took time.Duration
	var memory int
	b.ResetTimer()
	for range b.N {
		begin := time.Now()
		stop, pid := start(b, command)
		took += time.Since(begin)
		b.StopTimer()
		if memory == 0 {
			time.Sleep(2 * time.Second) // idle is what is measured
			memory = resident(b, pid)
		}
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
	b.ReportMetric(float64(memory)/1024, "MiB-idle")
}

// start runs the command until it answers, and returns how to end it.
func start(b *testing.B, command func(address string) *exec.Cmd) (stop func(), pid int) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	cmd := command(address)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Microsecond) {
		resp, err := client.Get("http://" + address + "/health")
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		return stop, cmd.Process.Pid
	}
	stop()
	b.Fatal("no answer in 20 seconds")
	return nil, 0
}

// resident is the memory of a process in KiB.
func resident(b *testing.B, pid int) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return kb
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// bareServer builds the least server there can be.
func bareServer(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module floor\n\ngo 1.26\n",
		"main.go": `package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
	panic(http.ListenAndServe(os.Args[1], nil))
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return build(b, dir, ".")
}

func build(b *testing.B, dir, what string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "program")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", binary, what)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}
