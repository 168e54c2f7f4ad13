package parts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// folder is a temporary folder that outlives one test. It is locked while
// this process lives; the next folder that is made removes those whose
// process died without removing them.
type folder struct {
	path string
	lock *os.File
}

const (
	folderPrefix = "signet-parts-"
	lockName     = "lock"
	// settled is how old a folder is when its maker has surely locked it.
	settled = time.Minute
)

// newFolder makes a folder in parent that only this user may enter.
func newFolder(parent string) (*folder, error) {
	sweep(parent)
	path, err := os.MkdirTemp(parent, folderPrefix)
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock folder: %w", err), os.RemoveAll(path))
	}
	return &folder{path: path, lock: lock}, nil
}

func (f *folder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
}

// inMemory is where files are kept in memory if there is plenty of it, and
// else the usual place for temporary ones. A database of PostgreSQL is some
// 300 files: made in memory in a tenth of the time.
func inMemory() string {
	const folder, tmpfs, plenty = "/dev/shm", 0x01021994, 1 << 30
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) == nil && s.Type == tmpfs && s.Bavail*uint64(s.Bsize) >= plenty {
		return folder
	}
	return os.TempDir()
}

// sweep removes the folders of processes that have died. What it cannot
// remove stays for another time.
func sweep(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range found {
		if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) < settled {
			continue
		}
		lock, err := os.Open(filepath.Join(path, lockName))
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path)
		}
		_ = lock.Close()
	}
}

// shared are the parts that all tests of one package use, and how they end.
// They belong to the process, which is why they are not in a test's hands.
var shared struct {
	mu   sync.Mutex
	ends []func()
}

// atEnd runs end when Main returns, the latest first.
func atEnd(end func()) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.ends = append(shared.ends, end)
}

// Main runs the tests of a package, then ends what they shared, and returns
// the exit code:
//
//	func TestMain(m *testing.M) { os.Exit(parts.Main(m)) }
//
// Without it shared parts end all the same when the process does, but their
// folders stay until another test makes one.
func Main(m *testing.M) int {
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	for i := len(shared.ends) - 1; i >= 0; i-- {
		shared.ends[i]()
	}
	shared.ends = nil
	return code
}
