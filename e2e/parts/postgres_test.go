package parts_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/signet-sso/signet/e2e/parts"
)

// ask returns the single text that a query answers with.
func ask(t *testing.T, dsn, query string) (string, error) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close(t.Context()) }()
	var answer string
	err = c.QueryRow(t.Context(), query).Scan(&answer)
	return answer, err
}

// must runs a statement that answers with nothing.
func must(t *testing.T, dsn, statement string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	if _, err := c.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func wants(t *testing.T, dsn, query, want string) {
	t.Helper()
	got, err := ask(t, dsn, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if got != want {
		t.Errorf("%s: got %q, want %q", query, got, want)
	}
}

func TestSharedPostgres(t *testing.T) {
	t.Run("each test has an empty database of its own", func(t *testing.T) {
		one, two := parts.SharedPostgres(t), parts.SharedPostgres(t)
		must(t, one, "CREATE TABLE mine (n integer)")
		wants(t, one, "SELECT count(*)::text FROM pg_tables WHERE tablename = 'mine'", "1")
		wants(t, two, "SELECT count(*)::text FROM pg_tables WHERE tablename = 'mine'", "0")
	})
	t.Run("a database is gone after its test, even with a client on it", func(t *testing.T) {
		var dsn string
		t.Run("the test", func(t *testing.T) {
			dsn = parts.SharedPostgres(t)
			c, err := pgx.Connect(t.Context(), dsn)
			if err != nil {
				t.Fatalf("connect: %v", err)
			}
			t.Cleanup(func() { _ = c.Close(t.Context()) })
		})
		if got, err := ask(t, dsn, "SELECT 'alive'"); err == nil {
			t.Errorf("got %q, want no such database", got)
		}
	})
	t.Run("the server is fast rather than safe, speaks UTF-8 and takes many clients", func(t *testing.T) {
		dsn := parts.SharedPostgres(t)
		wants(t, dsn, "SHOW fsync", "off")
		wants(t, dsn, "SHOW server_encoding", "UTF8")
		wants(t, dsn, "SHOW max_connections", "200")
	})
	t.Run("a stranger on this machine has no password", func(t *testing.T) {
		c, err := pgx.ParseConfig(parts.SharedPostgres(t))
		if err != nil {
			t.Fatal(err)
		}
		c.Password = "guessed"
		if conn, err := pgx.ConnectConfig(t.Context(), c); err == nil {
			_ = conn.Close(t.Context())
			t.Error("got in with a wrong password")
		}
	})
}

func TestPostgres(t *testing.T) {
	dsn, p := parts.Postgres(t, parts.PostgresOptions{Durable: true, Settings: []string{"work_mem=1234kB"}})
	must(t, dsn, "CREATE TABLE kept AS SELECT 'old' AS word")

	t.Run("options reach the server", func(t *testing.T) {
		wants(t, dsn, "SHOW fsync", "on")
		wants(t, dsn, "SHOW work_mem", "1234kB")
	})
	t.Run("while it is stopped nobody answers, and then all is there at the same address", func(t *testing.T) {
		p.Stop(t)
		if got, err := ask(t, dsn, "SELECT word FROM kept"); err == nil {
			t.Errorf("a stopped server answered %q", got)
		}
		p.Start(t)
		wants(t, dsn, "SELECT word FROM kept", "old")
	})
	t.Run("a restart ends the connections there are", func(t *testing.T) {
		c, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatalf("connect: %v", err)
		}
		defer func() { _ = c.Close(t.Context()) }()
		p.Restart(t)
		if err := c.Ping(t.Context()); err == nil {
			t.Error("the connection outlived the restart")
		}
		wants(t, dsn, "SELECT word FROM kept", "old")
	})
	t.Run("what was committed outlives a kill amid the work of others", func(t *testing.T) {
		busy, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatalf("connect: %v", err)
		}
		defer func() { _ = busy.Close(t.Context()) }()
		if _, err := busy.Exec(t.Context(), "BEGIN; UPDATE kept SET word = 'half'"); err != nil {
			t.Fatal(err)
		}
		p.Kill(t)
		p.Start(t)
		wants(t, dsn, "SELECT word FROM kept", "old")
	})
}
