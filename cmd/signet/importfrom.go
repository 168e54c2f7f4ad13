package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/config"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/postgres"
	"github.com/signet-sso/signet/store/sqlite"
)

// legacyReader reads the people of one old system.
type legacyReader func(context.Context, legacy.Source, legacy.Options) (*legacy.People, error)

// nextPerson is a peopleReader that is one function.
type nextPerson func() (broker.ImportedPerson, *broker.ImportFault, error)

func (n nextPerson) next() (broker.ImportedPerson, *broker.ImportFault, error) { return n() }

// fromDatabase reads the people of an old system out of its database.
func fromDatabase(read legacyReader) oldReader {
	return func(ctx context.Context, p *program, f oldFlags, o legacy.Options) (oldPeople, error) {
		at, err := p.findOld(f.from)
		if err != nil {
			return oldPeople{}, err
		}
		db, err := openOld(at)
		if err != nil {
			return oldPeople{}, err
		}
		s := legacy.Source{DB: db, Postgres: at.Engine == config.EnginePostgres, Schema: f.schema}
		people, err := read(ctx, s, o)
		if err != nil {
			return oldPeople{}, errors.Join(oldTrouble(err, at), db.Close())
		}
		return oldPeople{
			peopleReader: nextPerson(func() (broker.ImportedPerson, *broker.ImportFault, error) { return people.Next(ctx) }),
			file:         peopleFile{path: at.Path},
			deleted:      people.Deleted,
			close:        func() error { return errors.Join(people.Close(), db.Close()) },
		}, nil
	}
}

// findOld reads --from. It takes the addresses of SQLAlchemy too, which the old
// systems have in their environment. The value is never shown: it may hold a
// password.
func (p *program) findOld(from string) (config.Database, error) {
	if name, ok := strings.CutPrefix(from, "env:"); ok {
		value, found := p.env(name)
		if !found {
			return config.Database{}, fmt.Errorf("--from: the variable %s is not set", name)
		}
		from = value
	}
	scheme, rest, found := strings.Cut(from, ":")
	scheme, _, _ = strings.Cut(scheme, "+") // the driver of SQLAlchemy
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return findOldPostgres(scheme + ":" + rest)
	case found && scheme == "sqlite":
		return config.Database{Engine: config.EngineSQLite, Path: strings.TrimPrefix(rest, "///")}, nil
	case found && (scheme == "mysql" || scheme == "mariadb"):
		return config.Database{}, errors.New("--from: MySQL is not read; export the people to a file: signet user import --help")
	case found && strings.HasPrefix(rest, "//"):
		return config.Database{}, errors.New("--from: neither postgres://user@host/name nor a file of SQLite")
	}
	return config.Database{Engine: config.EngineSQLite, Path: from}, nil
}

func findOldPostgres(address string) (config.Database, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" && u.Query().Get("host") == "" || strings.Trim(u.Path, "/") == "" {
		return config.Database{}, errors.New("--from: a PostgreSQL address without a host or a database; write postgres://user@host/name")
	}
	return config.Database{Engine: config.EnginePostgres, DSN: config.NewSecret(address)}, nil
}

func openOld(d config.Database) (*sql.DB, error) {
	if d.Engine == config.EnginePostgres {
		return postgres.OpenForeign(d.DSN.Reveal())
	}
	if err := looksLikeSQLite(d.Path); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	return sqlite.OpenForeign(d.Path)
}

// sqliteMagic is what every file of SQLite begins with, but an empty one.
const sqliteMagic = "SQLite format 3\x00"

// looksLikeSQLite says in an operator's words what else a file is.
func looksLikeSQLite(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", path)
	}
	head := make([]byte, len(sqliteMagic))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if n > 0 && string(head[:n]) != sqliteMagic {
		return fmt.Errorf("%s is no database of SQLite; name its file, or write postgres://user@host/name", path)
	}
	return nil
}

// oldTrouble says where an old system's people could not be read.
func oldTrouble(err error, d config.Database) error {
	where := d.Path
	if d.Engine == config.EnginePostgres {
		where = whereIs(d)
	}
	if errors.Is(err, legacy.ErrNotThere) || d.Engine != config.EnginePostgres {
		return fmt.Errorf("%s: %w", where, err)
	}
	return errors.New(strings.ReplaceAll(databaseError{where, err}.Error(), " in database", " in --from"))
}
