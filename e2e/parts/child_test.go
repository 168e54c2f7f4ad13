package parts

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// orphanMaker makes this test program start a child, say its number and wait
// to be killed.
const orphanMaker = "SIGNET_PARTS_ORPHAN"

func TestMain(m *testing.M) {
	if os.Getenv(orphanMaker) != "" {
		makeOrphan()
		return
	}
	os.Exit(Main(m))
}

func makeOrphan() {
	cmd := exec.Command("sleep", "300")
	if os.Getuid() == 0 { // as PostgreSQL is started
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	c, err := startChild(cmd, syscall.SIGQUIT)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.cmd.Process.Pid)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestChild(t *testing.T) {
	t.Run("a child ends when its test program is killed", func(t *testing.T) {
		maker := exec.Command(os.Args[0])
		maker.Env = append(os.Environ(), orphanMaker+"=1")
		out, err1 := maker.StdoutPipe()
		_, err2 := maker.StdinPipe()
		if err := errors.Join(err1, err2, maker.Start()); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		orphan, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if parentOf(orphan) != maker.Process.Pid {
			t.Fatalf("process %d is no child of %d", orphan, maker.Process.Pid)
		}
		if err := maker.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = maker.Wait() // it was killed
		if err := gone(t.Context(), orphan); err != nil {
			t.Errorf("the child %d: %v", orphan, err)
		}
	})
	t.Run("one that ignores its signal is killed, and that is told", func(t *testing.T) {
		c, err := startChild(exec.Command("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"), syscall.SIGKILL)
		if err != nil {
			t.Fatal(err)
		}
		for c.out.String() == "" {
			time.Sleep(time.Millisecond) // another process: there is nothing to wait on
		}
		if err := c.end(syscall.SIGTERM, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "ignored") {
			t.Errorf("got %v, want that it ignored the signal", err)
		}
		if !c.ended() {
			t.Error("it still runs")
		}
	})
	t.Run("a program that is not there is an error and not a wait", func(t *testing.T) {
		if _, err := startChild(exec.Command("/nowhere/at/all"), syscall.SIGKILL); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want %v", err, os.ErrNotExist)
		}
	})
}

func TestFolder(t *testing.T) {
	old := time.Now().Add(-2 * settled)
	t.Run("a folder whose process died is removed by the next one", func(t *testing.T) {
		parent := t.TempDir()
		dead, err := newFolder(parent)
		if err != nil {
			t.Fatal(err)
		}
		// What remains of a process that was killed: no lock is held.
		if err := errors.Join(dead.lock.Close(), os.Chtimes(dead.path, old, old)); err != nil {
			t.Fatal(err)
		}
		next, err := newFolder(parent)
		if err != nil {
			t.Fatal(err)
		}
		if left := foldersIn(t, parent); len(left) != 1 || left[0] != next.path {
			t.Errorf("left are %v, want only %s", left, next.path)
		}
	})
	t.Run("one that is in use stays, however old", func(t *testing.T) {
		parent := t.TempDir()
		used, err := newFolder(parent)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(used.path, old, old); err != nil {
			t.Fatal(err)
		}
		if _, err := newFolder(parent); err != nil {
			t.Fatal(err)
		}
		if left := foldersIn(t, parent); len(left) != 2 {
			t.Errorf("left are %v, want both", left)
		}
	})
	t.Run("nobody else may look in", func(t *testing.T) {
		f, err := newFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o700 {
			t.Errorf("mode %o, want 700", got)
		}
	})
}

func foldersIn(t *testing.T, parent string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
