package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // opened without a store
	_ "modernc.org/sqlite"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/e2e/parts"
	"github.com/signet-sso/signet/sessions"
	"github.com/signet-sso/signet/store"
)

const importSecret = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"

// importDatabase is an empty database, and the environment that names it.
type importDatabase struct {
	environ []string
	raw     *sql.DB
}

var importDatabases = map[string]func(t *testing.T) importDatabase{
	"SQLite": func(t *testing.T) importDatabase {
		path := filepath.Join(t.TempDir(), "signet.db")
		return newImportDatabase(t, "sqlite:"+path, "sqlite", path+"?_pragma=busy_timeout(2000)")
	},
	"PostgreSQL": func(t *testing.T) importDatabase {
		dsn, _ := parts.Postgres(t, parts.PostgresOptions{})
		return newImportDatabase(t, dsn, "pgx", dsn)
	},
}

func newImportDatabase(t *testing.T, database, driver, address string) importDatabase {
	t.Helper()
	d := importDatabase{environ: []string{"SIGNET_DATABASE=" + database, "SIGNET_SECRET=" + importSecret}}
	d.app(t) // makes the tables
	var err error
	if d.raw, err = sql.Open(driver, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.raw.Close() })
	return d
}

// app is the whole program over the database, but the network.
func (d importDatabase) app(t *testing.T) *app {
	t.Helper()
	c, _, err := config.Load("", d.environ)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	a, err := openApp(t.Context(), c, quiet, auditLog{log: quiet}, store.NewDirectRecorder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// run is signet user import in this process, and what it says.
func (d importDatabase) run(t *testing.T, in string, args ...string) (code int, out, said string) {
	t.Helper()
	return d.command(t, in, append([]string{"user", "import"}, args...)...)
}

// command is the program in this process, and what it says.
func (d importDatabase) command(t *testing.T, in string, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{in: strings.NewReader(in), out: &o, err: &e, environ: d.environ, env: func(string) (string, bool) { return "", false }}
	code = p.run(t.Context(), args)
	return code, o.String(), e.String()
}

func (d importDatabase) count(t *testing.T, question string) (n int) {
	t.Helper()
	if err := d.raw.QueryRowContext(t.Context(), question).Scan(&n); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return n
}

// crowd is a CSV file of n people, each with a password, two names and a group.
func crowd(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("username,email,hash,groups\n")
	for i := range n {
		fmt.Fprintf(&b, "user%d,user%[1]d@example.org,$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW,Staff\n", i)
	}
	path := filepath.Join(t.TempDir(), "crowd.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// halfDone counts accounts that lack one of their names, their way in, their
// password or their group.
const halfDone = `SELECT COUNT(*) FROM accounts a WHERE a.password = '' OR a.doc NOT LIKE '%Staff%'
	OR (SELECT COUNT(*) FROM names n WHERE n.account_id = a.id) <> 2
	OR (SELECT COUNT(*) FROM identities i WHERE i.account_id = a.id) <> 1`

func TestAnImportThatIsKilledIsMadeCompleteByTheNext(t *testing.T) {
	const people = 6000
	for engine, fresh := range importDatabases {
		t.Run(engine, func(t *testing.T) {
			d, file := fresh(t), crowd(t, people)
			for kill := 1; kill <= 3; kill++ {
				before := d.count(t, `SELECT COUNT(*) FROM accounts`)
				d.killedAt(t, before+1, "user", "import", file)
				if n := d.count(t, halfDone); n > 0 {
					t.Fatalf("after kill %d: %d accounts are half done", kill, n)
				}
				if n := d.count(t, `SELECT COUNT(*) FROM accounts`); n <= before || n >= people {
					t.Fatalf("after kill %d: %d accounts of %d: it was not cut off in the middle", kill, n, people)
				}
			}
			there := d.count(t, `SELECT COUNT(*) FROM accounts`)
			code, out, said := d.run(t, "", file)
			for range 10 { // as it says itself, where the machine is too busy for a batch
				if !strings.Contains(out+said, "run it again to go on") {
					break
				}
				there = d.count(t, `SELECT COUNT(*) FROM accounts`)
				code, out, said = d.run(t, "", file)
			}
			want := fmt.Sprintf("%d  already there, unchanged", there)
			if code != 0 || !strings.Contains(out, fmt.Sprintf("%d  added", people-there)) || !strings.Contains(out, want) {
				t.Errorf("got code %d, %s%s, want 0 and %s", code, out, said, want)
			}
			if n, bad := d.count(t, `SELECT COUNT(*) FROM accounts`), d.count(t, halfDone); n != people || bad != 0 {
				t.Errorf("got %d accounts, %d of them half done; want %d and none", n, bad, people)
			}
		})
	}
}

// killedAt runs the real program and ends it with SIGKILL as soon as there are
// so many accounts: while it writes the next ones.
func (d importDatabase) killedAt(t *testing.T, accounts int, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "signet", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), d.environ...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(6 * patience); time.Now().Before(end); { // the machine may be busy
		if d.count(t, `SELECT COUNT(*) FROM accounts`) >= accounts {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatalf("it had ended before it could be killed: %v", err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("it had ended before it could be killed")
	}
}

func TestP02AnImportedHashIsReplacedInTheSignInThatProvesIt(t *testing.T) {
	d := importDatabases["SQLite"](t)
	const old = "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2Rl/w$.jmmUByzonYnR9JXG6XZ0FoT9ID1ZPzn5.qELTNQgIc"
	if code, out, said := d.run(t, "username,hash\nalice,"+old+"\n", "-"); code != 0 {
		t.Fatalf("got code %d, %s%s", code, out, said)
	}
	a := d.app(t)
	stored := func() string {
		t.Helper()
		c, err := a.db.Credentials().Credential(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash
	}
	signIn := func(password string) error {
		_, err := a.broker.SignIn(t.Context(), broker.Credentials{Login: "alice", Password: password, Mode: sessions.ModeJSON})
		return err
	}
	if err := signIn("a wrong one"); broker.CodeOf(err) != broker.CodeCredentials || stored() != old {
		t.Errorf("a wrong password: got %v and the hash %.20s…, want the old one", err, stored())
	}
	if err := signIn("password"); err != nil || !strings.HasPrefix(stored(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the right password: got %v and the hash %.20s…, want argon2id", err, stored())
	}
	fresh := stored()
	if err := signIn("password"); err != nil || stored() != fresh {
		t.Errorf("the next time: got %v, and the hash changed: %t", err, stored() != fresh)
	}
}

func TestADryRunReportsWhatTheImportReports(t *testing.T) {
	d := importDatabases["SQLite"](t)
	var b strings.Builder
	b.WriteString("username,email,hash,admin\n")
	for i := range 1200 {
		switch i % 400 {
		case 7:
			b.WriteString("user3,,,\n") // of the first batch, in each
		case 8:
			fmt.Fprintf(&b, "user%d,,unreadable,\n", i)
		case 9:
			fmt.Fprintf(&b, "one too many,,,,%d\n", i)
		default:
			fmt.Fprintf(&b, "user%d,user%[1]d@example.org,,\n", i)
		}
	}
	code, dryOut, drySaid := d.run(t, b.String(), "-", "--dry-run")
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); code != 1 || n != 0 {
		t.Errorf("dry: got code %d and %d accounts, want 1 and none", code, n)
	}
	code, out, said := d.run(t, b.String(), "-")
	said, audit, _ := strings.Cut(said, "audit: ")
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); code != 1 || n != 1191 {
		t.Errorf("wet: got code %d and %d accounts, want 1 and 1191", code, n)
	}
	if audit != "account.create import (12 times)\n" {
		t.Errorf("got the record %q, want one event a batch", audit)
	}
	if said != drySaid || strings.Replace(dryOut, "would be added", "added", 1) != out {
		t.Errorf("dry:\n%s%s\nwet:\n%s%s", drySaid, dryOut, said, out)
	}
	if n := strings.Count(said, "\n"); n != 9 || !strings.Contains(said, "standard input:409: username: line 5 has it already") {
		t.Errorf("got %d lines:\n%s", n, said)
	}
}

func TestTheReportHasEveryLineAndTheScreenTheFirst(t *testing.T) {
	d := importDatabases["SQLite"](t)
	report := filepath.Join(t.TempDir(), "skipped")
	in := "username,hash\n" + strings.Repeat("alice,canary-hash\n", 50)
	_, _, said := d.run(t, in, "-", "--report", report)
	all, err := os.ReadFile(report)
	if err != nil || strings.Count(string(all), "\n") != 50 {
		t.Errorf("got %d lines, %v; want 50", strings.Count(string(all), "\n"), err)
	}
	if n := strings.Count(said, "\n"); n != shownLines+1 || !strings.HasSuffix(said, "30 more reported lines are in "+report+"\n") {
		t.Errorf("got on the screen:\n%s", said)
	}
	if strings.Contains(said+string(all), "canary") {
		t.Errorf("K-01 the report tells a hash:\n%s", said)
	}
	if mode, err := os.Stat(report); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want a file for its owner only", mode, err)
	}
}

// breaking gives its text and then fails, as a pipe that breaks.
type breaking struct{ io.Reader }

// Read implements io.Reader.
func (b breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestWhatWasReadBeforeAFileBreaksOffIsIn(t *testing.T) {
	d := importDatabases["SQLite"](t)
	var out, said bytes.Buffer
	p := program{in: breaking{strings.NewReader("username\nalice\nbob\n")}, out: &out, err: &said, environ: d.environ, env: func(string) (string, bool) { return "", false }}
	if code := p.run(t.Context(), []string{"user", "import", "-"}); code != 1 || !strings.Contains(said.String(), "standard input: after line 3: unexpected EOF") {
		t.Errorf("got code %d and\n%s", code, said.String())
	}
	if n := d.count(t, `SELECT COUNT(*) FROM accounts`); n != 2 || !strings.Contains(out.String(), "2  added") {
		t.Errorf("got %d accounts and\n%s", n, out.String())
	}
}
