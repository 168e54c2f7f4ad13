// Package sqlite opens and migrates a store in an SQLite file.
//
// One connection writes, a few read. The write-ahead log is flushed at every
// commit (synchronous=FULL): what was answered survives a crash of the machine.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/signet-sso/signet/store"
)

// readers is the number of connections that read.
const readers = 4

// Open opens the store in the file at path, brings its schema up to date and
// makes file (mode 0600) and folder (0700) when they are missing. An existing
// file keeps its mode. With o.AsIs nothing is made or migrated.
func Open(ctx context.Context, path string, o store.Options) (*store.DB, error) {
	if err := find(path, o); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write, err := connect(path, 1, nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := prepare(ctx, write, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read, err := connect(path, readers, []string{"query_only(1)"})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	return store.New(ctx, store.Engine{Write: write, Read: read, Shared: true, Fault: fault}, o)
}

func find(path string, o store.Options) error {
	if o.AsIs {
		_, err := os.Stat(path)
		return err
	}
	return create(path)
}

// prepare sees to the schema.
func prepare(ctx context.Context, db *sql.DB, o store.Options) error {
	if o.AsIs {
		return store.Current(ctx, db, fault)
	}
	return store.Migrate(ctx, db, goose.DialectSQLite3)
}

// create makes an empty file, and its folder, that only their owner can read.
// SQLite gives the files beside it the same mode.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens n connections. Their transactions are immediate: one that
// reads first and writes then could otherwise fail half-way.
func connect(path string, n int, pragmas []string) (*sql.DB, error) {
	q := url.Values{
		"_txlock": {"immediate"},
		"_dqs":    {"0"},
		"_pragma": append([]string{
			"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"journal_size_limit(67108864)",
		}, pragmas...),
	}
	name := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: q.Encode()}).String()
	c, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// fault classifies the errors of SQLite by their primary code, constraints by
// the extended one.
func fault(err error) store.Fault {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return store.FaultOther
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_UNIQUE:
		return store.FaultTaken
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return store.FaultMissing
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return store.FaultConflict
	case lib.SQLITE_IOERR, lib.SQLITE_FULL, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOMEM,
		lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_PROTOCOL, lib.SQLITE_INTERRUPT:
		return store.FaultDown
	}
	return store.FaultOther
}
