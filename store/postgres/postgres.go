// Package postgres opens and migrates a store in PostgreSQL, or in a database
// that speaks its protocol.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/signet-sso/signet/store"
)

const (
	maxConnections = 16 // unless the address says pool_max_conns
	connectLimit   = 2 * time.Second
	// An open transaction of a replica that was cut off gives its locks back
	// after this time.
	abandoned = "SET idle_in_transaction_session_timeout = '10s'"
)

// errAddress replaces the driver's error, which may quote the password.
var errAddress = errors.New("the database address is malformed")

// Open opens the store at address, a PostgreSQL URL or keyword string with the
// pool_* options of pgxpool, and brings its schema up to date unless o.AsIs says
// otherwise. The database has to answer now; later it may come and go.
//
// Statements travel by the extended protocol only; an address that asks for the
// simple one, where values are pasted into the text, is refused.
func Open(ctx context.Context, address string, o store.Options) (*store.DB, error) {
	c, err := configure(address)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	l := &listener{pool: pool}
	release := func() error { l.close(); pool.Close(); return nil }
	if err := prepare(ctx, db, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.Close(), release())
	}
	return store.New(ctx, store.Engine{Write: db, Read: db, Fault: fault, Listen: l.wait, Close: release}, o)
}

// prepare sees to the schema.
func prepare(ctx context.Context, db *sql.DB, o store.Options) error {
	if o.AsIs {
		return store.Current(ctx, db, fault)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	return store.Migrate(ctx, db, goose.DialectPostgres, goose.WithSessionLocker(locker))
}

func configure(address string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errAddress
	}
	if c.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("default_query_exec_mode=simple_protocol is not allowed")
	}
	if !strings.Contains(address, "pool_max_conns") {
		c.MaxConns = maxConnections
	}
	if c.ConnConfig.ConnectTimeout == 0 || c.ConnConfig.ConnectTimeout > connectLimit {
		c.ConnConfig.ConnectTimeout = connectLimit
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "signet"
	}
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, abandoned)
		return err
	}
	return c, nil
}

// fault classifies an error by its SQLSTATE, and as a lost connection when it
// came from below.
func fault(err error) store.Fault {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return network(err)
	}
	switch e.Code {
	case "40001", "40P01", "55P03": // serialisation, deadlock, lock not available
		return store.FaultConflict
	case "23505":
		return store.FaultTaken
	case "23503":
		return store.FaultMissing
	case "25006", "3D000": // read only, as a standby is; no such database
		return store.FaultDown
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08", "28", "53", "57", "58": // connection, login, resources, operator, system
		return store.FaultDown
	}
	return store.FaultOther
}

func network(err error) store.Fault {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, pgconn.ErrConnClosed), pgconn.SafeToRetry(err), pgconn.Timeout(err),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return store.FaultDown
	}
	return store.FaultOther
}
