package parts

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresOptions changes a server from the usual: one that forgets on a power
// failure, for speed.
type PostgresOptions struct {
	// Durable keeps fsync, synchronous commit and full page writes on and
	// the data on a disk, as a measurement needs it.
	Durable bool
	// Settings are further ones, "name=value".
	Settings []string
}

// PostgresServer is a running PostgreSQL. Its methods are for one goroutine
// at a time, but for Database and URL.
type PostgresServer struct {
	home     string // data and socket are in here
	postgres string // path of the program
	address  string // host and port, kept over restarts
	password string
	settings []string
	as       *syscall.Credential // nil: as ourselves
	server   *child
}

const (
	postgresAdmin = "signet"
	postgresStart = 60 * time.Second
	postgresStop  = 30 * time.Second
	passwordFile  = "password"
)

// Postgres starts a server for one test and returns the address of an empty
// database on it. Both end with the test. PostgreSQL refuses to run as root,
// so there it runs as the user postgres or nobody.
func Postgres(t testing.TB, o PostgresOptions) (dsn string, p *PostgresServer) {
	t.Helper()
	p, end, err := newPostgres(t, o)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(end)
	return p.Database(t), p
}

// onePostgres is the server of SharedPostgres.
var onePostgres struct {
	once sync.Once
	p    *PostgresServer
	err  error
}

// SharedPostgres returns the address of an empty database, gone after the
// test, on a server that all tests of the package share. It must not be
// stopped. See Main.
func SharedPostgres(t testing.TB) (dsn string) {
	t.Helper()
	Need(t, "postgres", "initdb") // before the once: it may skip
	onePostgres.once.Do(func() {
		onePostgres.err = errors.New("another test of this package could not") // when this one is ended amid it
		p, end, err := newPostgres(t, PostgresOptions{})
		onePostgres.p, onePostgres.err = p, err
		if err == nil {
			atEnd(end)
		}
	})
	if onePostgres.err != nil {
		t.Fatalf("start PostgreSQL: %v", onePostgres.err)
	}
	return onePostgres.p.Database(t)
}

func newPostgres(t testing.TB, o PostgresOptions) (*PostgresServer, func(), error) {
	t.Helper()
	programs := Need(t, "postgres", "initdb")
	parent := inMemory()
	if o.Durable {
		parent = os.TempDir()
	}
	f, err := newFolder(parent)
	if err != nil {
		return nil, nil, err
	}
	p := &PostgresServer{home: f.path, postgres: programs[0], address: freeAddress(t), password: rand.Text(), settings: o.all()}
	end := func() {
		// The folder goes away, so how it ended does not matter.
		_ = p.end(syscall.SIGQUIT)
		if err := f.remove(); err != nil {
			fmt.Fprintln(os.Stderr, "remove PostgreSQL's folder:", err)
		}
	}
	if err := errors.Join(p.own(), p.initdb(programs[1])); err != nil {
		end()
		return nil, nil, err
	}
	if err := p.start(context.WithoutCancel(t.Context())); err != nil {
		end()
		return nil, nil, err
	}
	return p, end, nil
}

func (o PostgresOptions) all() []string {
	s := []string{"max_connections=200", "timezone=UTC", "log_min_messages=warning"}
	if !o.Durable {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	return append(s, o.Settings...)
}

// own writes the password down and gives the folder to the user that the
// server runs as.
func (p *PostgresServer) own() error {
	file := filepath.Join(p.home, passwordFile)
	if err := os.WriteFile(file, []byte(p.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the password down: %w", err)
	}
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return fmt.Errorf("find a user that is not root: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("read the ids of %s: %w", u.Username, err)
	}
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := errors.Join(os.Chown(p.home, int(uid), int(gid)), os.Chown(file, int(uid), int(gid))); err != nil {
		return fmt.Errorf("give the folder away: %w", err)
	}
	return nil
}

func (p *PostgresServer) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = p.home
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "HOME=" + p.home, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

// initdb makes the cluster. Its network socket asks for a password, because
// every user of this machine reaches it; the other one is in our folder.
func (p *PostgresServer) initdb(program string) error {
	cmd := p.command(program, "-D", filepath.Join(p.home, "data"), "-U", postgresAdmin, "-E", "UTF8", "--no-locale",
		"--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile="+filepath.Join(p.home, passwordFile))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// start starts the server and returns when it takes connections.
func (p *PostgresServer) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStart)
	defer cancel()
	host, port, err := net.SplitHostPort(p.address)
	if err != nil {
		return fmt.Errorf("read own address: %w", err)
	}
	args := []string{"-D", filepath.Join(p.home, "data"), "-k", p.home, "-h", host, "-p", port}
	for _, s := range p.settings {
		args = append(args, "-c", s)
	}
	// An immediate shutdown, unlike a kill, gives shared memory back.
	if p.server, err = startChild(p.command(p.postgres, args...), syscall.SIGQUIT); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.do(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) })
		if err == nil {
			return nil
		}
		select {
		case <-p.server.done:
			return fmt.Errorf("it ended: %w\n%s", p.server.err, p.server.out)
		case <-ctx.Done():
			return fmt.Errorf("no answer in %s: %w\n%s", postgresStart, err, p.server.out)
		case <-tick.C:
		}
	}
}

// end ends the server, if it runs, by a signal.
func (p *PostgresServer) end(by syscall.Signal) error {
	if p.server == nil || p.server.ended() {
		return nil
	}
	return p.server.end(by, postgresStop)
}

// do runs fn with a connection to the database that every cluster has.
func (p *PostgresServer) do(ctx context.Context, fn func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		return err
	}
	return errors.Join(fn(c), c.Close(ctx))
}

// URL is the address of a database on this server, with the password in it.
func (p *PostgresServer) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(postgresAdmin, p.password),
		Host: p.address, Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}
