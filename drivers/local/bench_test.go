package local_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/signet-sso/signet/drivers/local"
)

// BenchmarkRawHash is the floor under BenchmarkLogin.
func BenchmarkRawHash(b *testing.B) {
	salt := make([]byte, 16)
	for b.Loop() {
		argon2.IDKey([]byte(rightPassword), salt, 2, 19<<10, 1, 32)
	}
}

func BenchmarkLogin(b *testing.B) {
	h := local.NewHasher(local.HasherConfig{})
	hash, err := h.Hash(b.Context(), rightPassword)
	if err != nil {
		b.Fatal(err)
	}
	d := local.New(local.Config{Hasher: h, Store: newRows(local.Credential{AccountID: "1", Username: "alice", Hash: hash})})
	for b.Loop() {
		if _, err := d.Password.Authenticate(b.Context(), "alice", rightPassword); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoginOverRawHash alternates the two, so that a busy machine slows
// both, and reports how many times the raw hash a sign-in takes.
func BenchmarkLoginOverRawHash(b *testing.B) {
	h := local.NewHasher(local.HasherConfig{})
	hash, err := h.Hash(b.Context(), rightPassword)
	if err != nil {
		b.Fatal(err)
	}
	d := local.New(local.Config{Hasher: h, Store: newRows(local.Credential{AccountID: "1", Username: "alice", Hash: hash})})
	salt := make([]byte, 16)
	var raw, login []float64
	for b.Loop() {
		start := time.Now()
		argon2.IDKey([]byte(rightPassword), salt, 2, 19<<10, 1, 32)
		middle := time.Now()
		if _, err := d.Password.Authenticate(b.Context(), "alice", rightPassword); err != nil {
			b.Fatal(err)
		}
		raw = append(raw, middle.Sub(start).Seconds())
		login = append(login, time.Since(middle).Seconds())
	}
	slices.Sort(raw)
	slices.Sort(login)
	b.ReportMetric(login[0]/raw[0], "login/raw-best")
	b.ReportMetric(login[len(login)/2]/raw[len(raw)/2], "login/raw-median")
}

// BenchmarkFlood is 500 sign-ins at one moment. It reports the most memory the
// process ever held, and how many were turned away.
func BenchmarkFlood(b *testing.B) {
	h := local.NewHasher(local.HasherConfig{})
	d := local.New(local.Config{Hasher: h, Store: newRows()})
	for b.Loop() {
		var callers sync.WaitGroup
		for range 500 {
			callers.Go(func() { _, _ = d.Password.Authenticate(b.Context(), "nobody", rightPassword) })
		}
		callers.Wait()
	}
	b.ReportMetric(peakMiB(b), "MiB-peak")
	b.ReportMetric(float64(h.Stats().Refused)/float64(b.N), "refused/op")
}

func BenchmarkNormalise(b *testing.B) {
	for b.Loop() {
		local.Normalise("Alice.Müller@Example.org")
	}
}

// peakMiB is the process's peak resident memory where the system tells.
func peakMiB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Logf("peak memory is not known here: %v", err)
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest + " 0")[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kib) / 1024
}
