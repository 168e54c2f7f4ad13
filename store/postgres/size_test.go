package postgres_test

import (
	"fmt"
	"testing"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store/storetest"
)

// BenchmarkSize measures sign-in and refresh with few and with many accounts.
func BenchmarkSize(b *testing.B) {
	dsn, server := parts.Postgres(b, parts.PostgresOptions{Durable: true})
	for i, accounts := range []int{1_000, 100_000} {
		if i > 0 {
			dsn = server.Database(b)
		}
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			storetest.BenchSize(b, database(dsn), accounts)
		})
	}
}
