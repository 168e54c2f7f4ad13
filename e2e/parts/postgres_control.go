package parts

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database makes an empty database that is gone after the test, and returns
// its address. It may be called from many goroutines.
func (p *PostgresServer) Database(t testing.TB) (dsn string) {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	ctx := context.WithoutCancel(t.Context())
	if err := p.exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if p.server.ended() {
			return // the database goes with its server
		}
		if err := p.exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return p.URL(name)
}

// exec runs one statement as the administrator.
func (p *PostgresServer) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStop)
	defer cancel()
	return p.do(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err
	})
}

// Stop ends the server as an operator does who does not wait for clients:
// their transactions are rolled back, what was committed stays.
func (p *PostgresServer) Stop(t testing.TB) {
	t.Helper()
	if err := p.end(syscall.SIGINT); err != nil {
		t.Fatalf("stop PostgreSQL: %v\n%s", err, p.server.out)
	}
}

// Start starts the server again after Stop or Kill, at the same address, and
// returns when it takes connections.
func (p *PostgresServer) Start(t testing.TB) {
	t.Helper()
	if !p.server.ended() {
		t.Fatal("start PostgreSQL: it runs")
	}
	if err := p.start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
}

// Restart is Stop and Start.
func (p *PostgresServer) Restart(t testing.TB) {
	t.Helper()
	p.Stop(t)
	p.Start(t)
}

// Kill ends the server and its processes at once, as a power failure does but
// that the disk keeps what was written.
func (p *PostgresServer) Kill(t testing.TB) {
	t.Helper()
	server := p.server.cmd.Process
	// Stopped first, so that it starts no more processes while we look.
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop the postmaster: %v", err)
	}
	workers, err := childrenOf(server.Pid)
	if err != nil {
		t.Fatalf("find PostgreSQL's processes: %v", err)
	}
	for _, pid := range append(workers, server.Pid) {
		// One that ended meanwhile is what we want.
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-p.server.done
	for _, pid := range workers {
		if err := gone(t.Context(), pid); err != nil {
			t.Fatalf("PostgreSQL's process %d: %v", pid, err)
		}
	}
}

// childrenOf returns the processes whose parent is pid.
func childrenOf(pid int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var children []int
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parentOf(child) == pid {
			children = append(children, child)
		}
	}
	return children, nil
}

// parentOf is the parent of a process, and 0 for one that has ended.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name in brackets may hold anything; the state and the parent follow.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 || bytes.Equal(fields[0], []byte("Z")) {
		return 0
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return 0
	}
	return parent
}

// gone waits until a process that was killed has ended.
func gone(ctx context.Context, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStop)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for parentOf(pid) != 0 {
		select {
		case <-ctx.Done():
			return errStillRuns
		case <-tick.C:
		}
	}
	return nil
}
