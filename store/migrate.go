package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationTries bounds how often a replica that lost a race looks again.
const migrationTries = 5

const stSchemaVersion = `SELECT MAX(version_id) FROM goose_db_version`

// ErrNewerSchema means that a newer version of this program has migrated the
// database, and that this one does not know what is in it.
var ErrNewerSchema = errors.New("the database was made by a newer version of this program")

// ErrOlderSchema means that the database has to be migrated first, and that
// this was not asked for.
var ErrOlderSchema = errors.New("the database is not up to date with this program")

// Current reports whether the schema is the one of this program, and changes
// nothing. It answers ErrOlderSchema, also where there is no schema yet,
// ErrNewerSchema, or what keeps the database from answering; fault classifies
// that.
func Current(ctx context.Context, db *sql.DB, fault func(error) Fault) error {
	latest, err := latestVersion()
	if err != nil {
		return err
	}
	var version sql.NullInt64
	if err := db.QueryRowContext(ctx, stSchemaVersion).Scan(&version); err != nil && fault(err) != FaultOther {
		return fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case version.Int64 < latest:
		return fmt.Errorf("schema version %d of %d: %w", version.Int64, latest, ErrOlderSchema)
	case version.Int64 > latest:
		return fmt.Errorf("schema version %d, known up to %d: %w", version.Int64, latest, ErrNewerSchema)
	}
	return nil
}

// Migrate brings the schema up to date, forward only. When it is already, that
// costs one SELECT.
//
// Of several replicas that start at once each migration is applied by one: it
// is one transaction with its row in goose_db_version, whose version is unique.
// A replica that lost looks again. It answers ErrNewerSchema for a schema that
// this program does not know.
func Migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, opts ...goose.ProviderOption) error {
	latest, err := latestVersion()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		version := schemaVersion(ctx, db)
		switch {
		case version > latest:
			return fmt.Errorf("schema version %d, known up to %d: %w", version, latest, ErrNewerSchema)
		case version == latest:
			return nil
		}
		if err = migrate(ctx, db, dialect, opts); err == nil {
			return nil
		}
		if try == migrationTries || ctx.Err() != nil {
			return fmt.Errorf("migrate schema: %w", err)
		}
	}
}

func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, opts []goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	opts = append([]goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		goose.WithGoMigrations(fillSearch(), followChanges(dialect)),
	}, opts...)
	p, err := goose.NewProvider(dialect, db, files, opts...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// schemaVersion returns 0 when there is no schema yet and when it cannot be
// read: in the second case goose fails too and says why.
func schemaVersion(ctx context.Context, db *sql.DB) int64 {
	var v sql.NullInt64
	if err := db.QueryRowContext(ctx, stSchemaVersion).Scan(&v); err != nil {
		return 0
	}
	return v.Int64
}

// latestVersion is the number of the last migration.
func latestVersion() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		return 0, errors.Join(errors.New("no migrations"), err)
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(files[len(files)-1], "migrations/"), "_")
	last, err := strconv.ParseInt(number, 10, 64)
	return max(last, fillVersion, followVersion), err
}
