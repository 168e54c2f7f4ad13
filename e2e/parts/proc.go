package parts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	readyLimit = 60 * time.Second
	stopLimit  = 30 * time.Second
)

// built is a program that tests share.
type built struct {
	once sync.Once
	path string
	err  error
}

// watched looks for data races where the tests do; plain never does.
var watched, plain built

// Binary builds the signet program, once for all tests of a package, and
// returns its path. Where the tests look for data races, so does the program.
// See Main.
func Binary(t testing.TB) (path string) {
	t.Helper()
	return watched.get(t, raced)
}

func (b *built) get(t testing.TB, race bool) string {
	t.Helper()
	root := Root(t)
	b.once.Do(func() {
		f, err := newFolder(os.TempDir())
		if err != nil {
			b.err = err
			return
		}
		atEnd(func() {
			if err := f.remove(); err != nil {
				fmt.Fprintln(os.Stderr, "remove the program's folder:", err)
			}
		})
		b.path = filepath.Join(f.path, "signet")
		b.err = build(root, b.path, race)
	})
	if b.err != nil {
		t.Fatalf("build signet: %v", b.err)
	}
	return b.path
}

func build(root, path string, race bool) error {
	args := []string{"build", "-buildvcs=false", "-o", path}
	if race {
		// The engine of SQLite is left out, as the Makefile says.
		args = append(args, "-race", "-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc=-race=false")
	}
	cmd := exec.Command("go", append(args, "./cmd/signet")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// Launch says how to run the program.
type Launch struct {
	// Args come after the program's name; for Signet without "serve".
	Args []string
	// Env is added to a small environment that has nothing of Signet's in it.
	Env []string
	// Dir is the working directory; a new one when it is empty.
	Dir string
	// Stdin is what the program reads; Signet gives it nothing.
	Stdin string
	// Plain leaves the race detector out, which multiplies time and memory,
	// for tests that measure these.
	Plain bool
}

func (l Launch) command(t testing.TB, args []string, env ...string) *exec.Cmd {
	t.Helper()
	program := &watched
	if l.Plain {
		program = &plain
	}
	cmd := exec.Command(program.get(t, raced && !l.Plain), args...)
	if cmd.Dir = l.Dir; cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + os.TempDir(), "TZ=UTC"}
	cmd.Env = append(append(cmd.Env, env...), l.Env...) // of two with one name the latter counts
	return cmd
}

// Result is how a command ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs a command of the program to its end. It ends with the test at the
// latest.
func Run(t testing.TB, l Launch) Result {
	t.Helper()
	cmd := l.command(t, l.Args)
	var out, complaints transcript
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(l.Stdin), &out, &complaints
	c, err := startChild(cmd, syscall.SIGKILL)
	if err != nil {
		t.Fatalf("run signet: %v", err)
	}
	var exit *exec.ExitError
	switch err := c.wait(readyLimit); {
	case errors.Is(err, errStillRuns):
		_ = c.end(syscall.SIGKILL, stopLimit)
		t.Fatalf("signet %s ran for more than %s:\n%s%s", strings.Join(l.Args, " "), readyLimit, out.String(), complaints.String())
	case err != nil && !errors.As(err, &exit):
		t.Fatalf("run signet: %v", err)
	}
	return Result{cmd.ProcessState.ExitCode(), out.String(), complaints.String()}
}

// Server is a running signet.
type Server struct {
	URL string // without a slash at its end
	Dir string // its working directory

	launch Launch
	server *child
	out    *transcript
	log    *transcript
}

// Signet runs "signet serve" on a free port and returns when it answers. It
// ends with the test, and a race that it found fails the test.
func Signet(t testing.TB, l Launch) *Server {
	t.Helper()
	s := &Server{launch: l, URL: "http://" + freeAddress(t), out: new(transcript), log: new(transcript)}
	if s.launch.Dir == "" {
		s.launch.Dir = t.TempDir()
	}
	s.Dir = s.launch.Dir
	t.Cleanup(func() {
		if s.server == nil {
			return
		}
		// It may have been stopped, and how it ends now is not asked.
		_ = s.server.end(syscall.SIGTERM, stopLimit)
		if strings.Contains(s.Stderr(), "WARNING: DATA RACE") {
			t.Errorf("signet has a data race:\n%s", s.Stderr())
		}
		if t.Failed() {
			t.Logf("the end of what signet logged:\n%s", end(s.Stderr()))
		}
	})
	s.Start(t)
	return s
}

// end is the last part of a text, as much as somebody reads.
func end(text string) string {
	const much = 8 << 10
	return text[max(0, len(text)-much):]
}

// Start starts the server again after Stop or Kill, at the same address and
// in the same folder, and returns when it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if s.server != nil && !s.server.ended() {
		t.Fatal("start signet: it runs")
	}
	address := strings.TrimPrefix(s.URL, "http://")
	cmd := s.launch.command(t, append([]string{"serve"}, s.launch.Args...), "SIGNET_LISTEN="+address, "SIGNET_PUBLIC_URL="+s.URL)
	cmd.Stdout, cmd.Stderr = s.out, s.log
	server, err := startChild(cmd, syscall.SIGKILL)
	if err != nil {
		t.Fatalf("start signet: %v", err)
	}
	s.server = server
	ctx, cancel := context.WithTimeout(t.Context(), readyLimit)
	defer cancel()
	if err := s.answers(ctx); err != nil {
		_ = s.server.end(syscall.SIGKILL, stopLimit)
		t.Fatalf("start signet: %v\n%s%s", err, s.Stdout(), s.Stderr())
	}
}

// answers returns when the server is healthy, or why it will not be.
func (s *Server) answers(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := client.Do(r)
		if err == nil {
			_ = answer.Body.Close() // the status is all that is asked
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("it is not healthy: %s", answer.Status)
		}
		select {
		case <-s.server.done:
			return fmt.Errorf("it ended too soon: %s", s.server.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("not ready in %s: %w", readyLimit, err)
		case <-tick.C:
		}
	}
}

// Stop asks the server to end by SIGTERM, waits, and fails the test unless
// its exit code is 0.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.server.end(syscall.SIGTERM, stopLimit); err != nil {
		t.Errorf("stop signet: %v", err)
	}
}

// Kill ends the server at once.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	// How it ended is known.
	_ = s.server.end(syscall.SIGKILL, stopLimit)
}

// Signal sends a signal, such as SIGHUP.
func (s *Server) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := s.server.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("send %s to signet: %v", sig, err)
	}
}

// Pid is the number of the process.
func (s *Server) Pid() int { return s.server.cmd.Process.Pid }

// Stdout is what it has printed until now, over all starts.
func (s *Server) Stdout() string { return s.out.String() }

// Stderr is what it has logged until now, over all starts.
func (s *Server) Stderr() string { return s.log.String() }
