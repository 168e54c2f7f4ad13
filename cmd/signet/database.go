package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
)

// openStore opens the configured database.
func openStore(ctx context.Context, d config.Database, o store.Options) (*store.DB, error) {
	if d.Engine != config.EnginePostgres {
		return sqlite.Open(ctx, d.Path, o)
	}
	db, err := postgres.Open(ctx, d.DSN.Reveal(), o)
	if err != nil && !errors.Is(err, store.ErrNewerSchema) && !errors.Is(err, store.ErrOlderSchema) {
		err = databaseError{whereIs(d), err}
	}
	return db, err
}

// look runs do with the database as it is, for commands that change nothing:
// nothing is made, no schema migrated and no key rotated for them.
func (p *program) look(ctx context.Context, do func(context.Context, *store.DB, *config.Config) error) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	if c.SecretFile != "" {
		return notYet(c.SecretFile)
	}
	db, err := openStore(ctx, c.Database, store.Options{AsIs: true})
	if errors.Is(err, fs.ErrNotExist) {
		return notYet(c.Database.Path)
	}
	if err != nil {
		return err
	}
	return errors.Join(located(do(ctx, db, c), c.Database), db.Close())
}

func notYet(file string) error {
	return fmt.Errorf("there is no %s yet; run 'signet serve' once, or name the configuration with --config", file)
}

// databaseError is a database that does not answer. Its text is one line for an
// operator; it never holds the address's password.
type databaseError struct {
	where string
	err   error
}

// located names the server in the error of one that went away.
func located(err error, d config.Database) error {
	var known databaseError
	if errors.Is(err, broker.ErrStoreDown) && d.Engine == config.EnginePostgres && !errors.As(err, &known) {
		return databaseError{whereIs(d), err}
	}
	return err
}

// whereIs is host, port and name of a PostgreSQL database.
func whereIs(d config.Database) string {
	u, err := url.Parse(d.DSN.Reveal())
	if err != nil {
		return "PostgreSQL"
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = u.Query().Get("host")
	}
	if port == "" {
		port = "5432"
	}
	return fmt.Sprintf("PostgreSQL at %s, database %s", net.JoinHostPort(host, port), strings.Trim(u.Path, "/"))
}

// Unwrap returns what went wrong in the words of the driver.
func (e databaseError) Unwrap() error { return e.err }

// Error is where, what, and what to look at.
func (e databaseError) Error() string {
	what, todo := e.cause()
	return e.where + ": " + what + "; " + todo
}

func (e databaseError) cause() (what, todo string) {
	var dns *net.DNSError
	var network net.Error
	var answer interface {
		error
		SQLState() string
	}
	switch {
	case errors.As(e.err, &answer):
		return refusedBy(answer.SQLState(), answer.Error())
	case errors.As(e.err, &dns):
		return "there is no such host", "correct the host in database, or the name server"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return "nothing listens there", "start PostgreSQL, or correct host and port in database"
	case errors.Is(e.err, os.ErrDeadlineExceeded), errors.Is(e.err, context.DeadlineExceeded), errors.As(e.err, &network) && network.Timeout():
		return "no answer in time", "look for a firewall, and whether the server is overloaded"
	}
	return innermost(e.err), "check database, and that the server runs"
}

// refusedBy is an answer of PostgreSQL, by its code (appendix A of its manual).
func refusedBy(code, text string) (what, todo string) {
	text, _, _ = strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(code, "28"):
		return text, "correct user and password in database, or pg_hba.conf"
	case code == "3D000":
		return text, "create the database, or correct its name"
	case code == "53300":
		return text, "raise max_connections there, or write pool_max_conns into the address"
	case strings.HasPrefix(code, "57P"):
		return text, "it is just starting or stopping: try again"
	}
	return text, "the server's own log may say more"
}

// innermost is the first line of the error at the bottom of a chain.
func innermost(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
