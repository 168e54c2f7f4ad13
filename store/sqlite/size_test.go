package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/storetest"
)

// BenchmarkSize measures sign-in and refresh with few and with many accounts.
func BenchmarkSize(b *testing.B) {
	for _, accounts := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			storetest.BenchSize(b, database(filepath.Join(b.TempDir(), "signet.db")), accounts)
		})
	}
}

// BenchmarkOpen measures what a store adds to a cold start.
func BenchmarkOpen(b *testing.B) {
	d := database(filepath.Join(b.TempDir(), "signet.db"))
	if err := d.Try(b, store.Options{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := d.Try(b, store.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
