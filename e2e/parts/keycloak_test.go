//go:build keycloak

package parts

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestKeycloakKeepsToItsTest(t *testing.T) {
	var address string
	t.Run("it listens on loopback only", func(t *testing.T) {
		k := Keycloak(t)
		address = strings.TrimPrefix(k.url, "http://")
		heard := listening(t, k.child.cmd.Process.Pid)
		if len(heard) == 0 {
			t.Fatal("it listens nowhere: this test looks at the wrong process")
		}
		for _, at := range heard {
			if !at.IsLoopback() {
				t.Errorf("it listens on %s", at)
			}
		}
	})
	t.Run("it has ended with its test", func(t *testing.T) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			t.Errorf("something still answers at %s", address)
		}
	})
}

// listening returns the addresses at which a process takes TCP connections.
func listening(t *testing.T, pid int) []netip.Addr {
	t.Helper()
	var at []netip.Addr
	open := sockets(t, pid)
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			const local, state, inode, listen = 1, 3, 9, "0A"
			f := strings.Fields(line)
			if f[state] == listen && slices.Contains(open, "socket:["+f[inode]+"]") {
				at = append(at, kernelAddr(t, f[local]))
			}
		}
	}
	return at
}

// sockets are the names of what a process holds open.
func sockets(t *testing.T, pid int) []string {
	t.Helper()
	found, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range found {
		if name, err := os.Readlink(path); err == nil { // it may have been closed since
			names = append(names, name)
		}
	}
	return names
}

// kernelAddr reads an address as the kernel prints it: words of four bytes,
// the last byte of each first, and a port.
func kernelAddr(t *testing.T, text string) netip.Addr {
	t.Helper()
	digits, _, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	const word = 4
	for part := range slices.Chunk(raw, word) {
		slices.Reverse(part)
	}
	at, ok := netip.AddrFromSlice(raw)
	if !ok {
		t.Fatalf("%q is no address", text)
	}
	return at.Unmap()
}
