package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/store/storetest"
)

func BenchmarkRotate(b *testing.B) {
	dsn, _ := parts.Postgres(b, parts.PostgresOptions{Durable: true})
	pool, err := pgxpool.New(b.Context(), dsn+"&pool_max_conns=16")
	if err != nil {
		b.Fatal(err)
	}
	floor := stdlib.OpenDBFromPool(pool)
	b.Cleanup(func() { _ = floor.Close(); pool.Close() })
	storetest.Bench(b, database(dsn), floor)
}
