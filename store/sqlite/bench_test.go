package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/signet-sso/signet/store/storetest"
)

func BenchmarkRotate(b *testing.B) {
	path := filepath.Join(b.TempDir(), "signet.db")
	floor, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(2000)")
	if err != nil {
		b.Fatal(err)
	}
	floor.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = floor.Close() })
	storetest.Bench(b, database(path), floor)
}
