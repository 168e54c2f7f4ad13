package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statement is one text of SQL with the name that errors and tests know it by.
type statement struct{ name, text string }

// with returns the statement with its values.
func (s statement) with(values ...any) bound { return bound{s, values} }

type bound struct {
	statement
	values []any
}

// row is a result to scan.
type row interface{ Scan(dest ...any) error }

// pool is a database and those statements that are kept prepared, for a driver
// that does not do so itself.
type pool struct {
	db       *sql.DB
	prepared map[string]*sql.Stmt // by name; never changes after prepare
}

func (p *pool) prepare(ctx context.Context, statements []statement) error {
	p.prepared = make(map[string]*sql.Stmt, len(statements))
	for _, s := range statements {
		st, err := p.db.PrepareContext(ctx, s.text)
		if err != nil {
			return fmt.Errorf("prepare %s: %w", s.name, err)
		}
		p.prepared[s.name] = st
	}
	return nil
}

func (p *pool) close() error {
	var errs []error
	for _, st := range p.prepared {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

// conn is where a statement runs: a pool, or a transaction on it.
type conn struct {
	db   *DB
	pool *pool
	tx   *sql.Tx // nil outside of transactions
}

func (d *DB) conn(p *pool, tx *sql.Tx) conn { return conn{db: d, pool: p, tx: tx} }

// hook is what happens before every statement.
func (c conn) hook(ctx context.Context, s statement) error {
	if c.db.options.Observe != nil {
		c.db.options.Observe(ctx, s.name)
	}
	return c.db.fail(ctx, s.name)
}

func (c conn) query(ctx context.Context, b bound) (*sql.Rows, error) {
	if err := c.hook(ctx, b.statement); err != nil {
		return nil, err
	}
	st := c.pool.prepared[b.name]
	switch {
	case st != nil && c.tx != nil:
		return c.tx.StmtContext(ctx, st).QueryContext(ctx, b.values...)
	case st != nil:
		return st.QueryContext(ctx, b.values...)
	case c.tx != nil:
		return c.tx.QueryContext(ctx, b.text, b.values...)
	}
	return c.pool.db.QueryContext(ctx, b.text, b.values...)
}

// exec runs a statement without results and returns how many rows it changed.
func (c conn) exec(ctx context.Context, b bound) (int64, error) {
	if err := c.hook(ctx, b.statement); err != nil {
		return 0, err
	}
	r, err := c.result(ctx, b)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c conn) result(ctx context.Context, b bound) (sql.Result, error) {
	st := c.pool.prepared[b.name]
	switch {
	case st != nil && c.tx != nil:
		return c.tx.StmtContext(ctx, st).ExecContext(ctx, b.values...)
	case st != nil:
		return st.ExecContext(ctx, b.values...)
	case c.tx != nil:
		return c.tx.ExecContext(ctx, b.text, b.values...)
	}
	return c.pool.db.ExecContext(ctx, b.text, b.values...)
}

// all runs a statement and scans every row. It reads to the end, where SQLite
// commits a change that returns rows: an error there is an error of the change.
func all[T any](ctx context.Context, c conn, b bound, scan func(row) (T, error)) (out []T, err error) {
	rows, err := c.query(ctx, b)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", b.name, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one is all for a statement of at most one row; found is false without one.
func one[T any](ctx context.Context, c conn, b bound, scan func(row) (T, error)) (v T, found bool, err error) {
	rows, err := all(ctx, c, b, scan)
	if err != nil || len(rows) == 0 {
		return v, false, err
	}
	return rows[0], true, nil
}

func scanInt(r row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

func scanText(r row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}
