package parts

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a running server. The kernel ends it when this process dies in
// whatever way, so that no test leaves one behind.
type child struct {
	cmd  *exec.Cmd
	out  *transcript // what it said on both streams, when nobody else takes them
	done chan struct{}
	err  error // why it ended; read after done
}

// startChild starts a command. lastSignal is what it gets when we die.
//
// That signal belongs to the thread that started the child, so one thread
// stays for as long as the child lives.
func startChild(cmd *exec.Cmd, lastSignal syscall.Signal) (*child, error) {
	c := &child{cmd: cmd, out: new(transcript), done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = c.out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = c.out
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = lastSignal
	cmd.WaitDelay = time.Second // a grandchild may hold our pipes
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// ended reports whether the child has ended.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// errStillRuns is the answer of a wait that took too long.
var errStillRuns = errors.New("still runs")

// wait returns when the child has ended: nil for exit code 0, an
// *exec.ExitError for another, errStillRuns when limit was over first.
func (c *child) wait(limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.done:
		return c.err
	case <-timer.C:
		return errStillRuns
	}
}

// end sends a signal and waits; a child that ignores it is killed.
func (c *child) end(with syscall.Signal, limit time.Duration) error {
	// A child that has ended takes no signal, which wait then tells.
	_ = c.cmd.Process.Signal(with)
	err := c.wait(limit)
	if errors.Is(err, errStillRuns) {
		_ = c.cmd.Process.Kill()
		<-c.done
		return fmt.Errorf("killed: it ignored %s for %s", with, limit)
	}
	return err
}

// transcript keeps what is written to it, for many goroutines.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write keeps p. It returns no error.
func (r *transcript) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// String is all that was written until now.
func (r *transcript) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
