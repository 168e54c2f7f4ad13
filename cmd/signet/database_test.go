package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/sqlite"
)

// testSecret is a master secret of tests.
const testSecret = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"

// command runs the program with an environment of its own, in an empty folder.
func command(t *testing.T, environ []string, args ...string) (code int, out, complaint string) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{in: strings.NewReader(""), out: &o, err: &e, environ: append(environ, "SIGNET_SECRET="+testSecret),
		env: func(string) (string, bool) { return "", false }}
	code = p.run(t.Context(), args)
	return code, o.String(), e.String()
}

// looking are the commands that change nothing.
func looking() map[string][]string {
	return map[string][]string{
		"user list": {"user", "list"}, "user show": {"user", "show", "admin"},
		"user sessions": {"user", "sessions", "admin"}, "keys list": {"keys", "list"},
	}
}

func TestCommandsThatLookMigrateNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sqlite.Open(t.Context(), path, store.Options{})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if _, err := raw.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id > 1`); err != nil {
		t.Fatal(err)
	}
	for name, args := range looking() {
		t.Run(name+" says what to do about an older schema and leaves it", func(t *testing.T) {
			code, _, complaint := command(t, []string{"SIGNET_DATABASE=sqlite:" + path}, args...)
			if want := "signet: the database is not the one of this version yet; start signet serve once, which brings it up to date\n"; code != 1 || complaint != want {
				t.Errorf("got %d, %q, want 1, %q", code, complaint, want)
			}
			var version int
			if err := raw.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil || version != 1 {
				t.Errorf("schema version: got %d, %v, want 1 as before", version, err)
			}
		})
		t.Run(name+" makes no database", func(t *testing.T) {
			none := filepath.Join(t.TempDir(), "none.db")
			code, _, complaint := command(t, []string{"SIGNET_DATABASE=sqlite:" + none}, args...)
			if code != 1 || !strings.Contains(complaint, "run 'signet serve' once") {
				t.Errorf("got %d, %q, want 1 and a hint to serve", code, complaint)
			}
			if _, err := os.Stat(none); !os.IsNotExist(err) {
				t.Errorf("the file: got %v, want that it is not there", err)
			}
		})
	}
	t.Run("provider list needs no database", func(t *testing.T) {
		if code, _, complaint := command(t, []string{"SIGNET_DATABASE=sqlite:" + path}, "provider", "list"); code != 0 {
			t.Errorf("got %d, %q, want 0", code, complaint)
		}
	})
}

func TestADatabaseThatIsDownIsOneLine(t *testing.T) {
	t.Chdir(t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	dsn := "SIGNET_DATABASE=postgres://someone:canary-password@" + l.Addr().String() + "/accounts"
	want := "signet: PostgreSQL at " + l.Addr().String() + ", database accounts: nothing listens there; start PostgreSQL, or correct host and port in database\n"
	commands := looking()
	commands["user suspend"] = []string{"user", "suspend", "admin"}
	commands["keys rotate"] = []string{"keys", "rotate"}
	commands["serve"] = []string{"serve"}
	for name, args := range commands {
		t.Run(name+" names the server and what to look at", func(t *testing.T) {
			if code, _, got := command(t, []string{dsn}, args...); code != 1 || got != want {
				t.Errorf("got %d, %q, want 1, %q", code, got, want)
			}
		})
	}
}

// answered is what PostgreSQL says, with its code.
type answered struct{ code, text string }

func (e answered) Error() string    { return e.text }
func (e answered) SQLState() string { return e.code }

func TestDatabaseErrorsSayWhatToDo(t *testing.T) {
	const dsn = "postgres://someone:canary-password@db.example.org/accounts"
	where := whereIs(config.Database{Engine: config.EnginePostgres, DSN: config.NewSecret(dsn)})
	if want := "PostgreSQL at db.example.org:5432, database accounts"; where != want {
		t.Errorf("where: got %q, want %q", where, want)
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a wrong password", answered{"28P01", "FATAL: password authentication failed"}, "correct user and password"},
		{"no such database", answered{"3D000", "FATAL: no such database"}, "create the database"},
		{"too many connections", answered{"53300", "FATAL: too many clients"}, "max_connections"},
		{"a server that starts", answered{"57P03", "FATAL: starting up"}, "try again"},
		{"anything else it says", answered{"XX000", "ERROR: odd"}, "the server's own log"},
		{"no such host", &net.DNSError{Err: "no such host"}, "the name server"},
		{"nothing listens", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "start PostgreSQL"},
		{"no answer", context.DeadlineExceeded, "no answer in time"},
		{"something new", errors.New("first\nsecond"), "first; check database"},
	} {
		t.Run(c.name+" is told on one line with what to do", func(t *testing.T) {
			got := explain(fmt.Errorf("open: %w", databaseError{where, fmt.Errorf("migrate: %w", c.err)}))
			if !strings.HasPrefix(got, where+": ") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with the server and %q", got, c.want)
			}
			if strings.Contains(got, "canary") {
				t.Errorf("got the password in %q", got)
			}
		})
	}
}
