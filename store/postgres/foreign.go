package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	foreignConnect = 15 * time.Second
	// What another program's database is read under: nothing can be written, a
	// long reading is not cut off, and texts look the same wherever it is.
	foreignSession = `SET default_transaction_read_only = on; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
		SET lock_timeout = '15s'; SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET client_encoding = 'UTF8'`
)

// OpenForeign opens another program's database at address, over one connection
// that can only read. It is not called yet: what is wrong with the address
// other than its form shows with the first question. Errors never hold the
// address.
func OpenForeign(address string) (*sql.DB, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errAddress
	}
	to := c.ConnConfig
	if to.ConnectTimeout == 0 || to.ConnectTimeout > foreignConnect {
		to.ConnectTimeout = foreignConnect
	}
	if to.RuntimeParams["application_name"] == "" {
		to.RuntimeParams["application_name"] = "signet import"
	}
	db := stdlib.OpenDB(*to, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if err := conn.PgConn().Exec(ctx, foreignSession).Close(); err != nil {
			return fmt.Errorf("prepare session: %w", err)
		}
		return nil
	}))
	db.SetMaxOpenConns(1)
	return db, nil
}
