package legacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// ErrNotThere is a database without the tables that were looked for. Its text
// says what was looked for, and where.
var ErrNotThere = errors.New("the tables are not there")

// shape is a table of people, by the columns that it has in one generation of a
// system.
type shape struct {
	table   string
	columns []string
}

// String is the shape for an operator.
func (s shape) String() string { return s.table + " (" + strings.Join(s.columns, ", ") + ")" }

const (
	// What the user of the connection may not read is not told here.
	columnsOfPostgres = `
SELECT table_schema, table_name, column_name FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`
	columnsOfSQLite = `
SELECT '', m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')`

	searchPath = `
SELECT s FROM unnest(current_schemas(false)) WITH ORDINALITY AS p (s, n) ORDER BY n`
	useSchema = `
SELECT set_config('search_path', quote_ident($1), true)`
)

// layout is which tables and columns there are, of the schema that is read.
type layout struct {
	shape shape
	have  map[string]map[string]bool // table → columns
}

// has reports a table with all of the columns.
func (l layout) has(table string, columns ...string) bool {
	return l.have[table] != nil && !slices.ContainsFunc(columns, func(c string) bool { return !l.have[table][c] })
}

// begin opens the transaction in which everything is read, and finds the first
// of the shapes that is there.
func begin(ctx context.Context, s Source, shapes ...shape) (*sql.Tx, layout, error) {
	o := &sql.TxOptions{ReadOnly: true}
	if s.Postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.DB.BeginTx(ctx, o)
	if err != nil {
		return nil, layout{}, fmt.Errorf("begin to read: %w", err)
	}
	l, err := s.find(ctx, tx, shapes)
	if err != nil {
		return nil, layout{}, errors.Join(err, tx.Rollback())
	}
	return tx, l, nil
}

// find looks for the shapes in every schema and chooses one.
func (s Source) find(ctx context.Context, tx *sql.Tx, shapes []shape) (layout, error) {
	ask := columnsOfSQLite
	if s.Postgres {
		ask = columnsOfPostgres
	}
	all := map[string]map[string]map[string]bool{} // schema → table → columns
	err := each(ctx, tx, ask, func(r []string) {
		if all[r[0]] == nil {
			all[r[0]] = map[string]map[string]bool{}
		}
		if all[r[0]][r[1]] == nil {
			all[r[0]][r[1]] = map[string]bool{}
		}
		all[r[0]][r[1]][r[2]] = true
	})
	if err != nil {
		return layout{}, fmt.Errorf("look for tables: %w", err)
	}
	fitting := map[string]layout{}
	for schema, tables := range all {
		l := layout{have: tables}
		i := slices.IndexFunc(shapes, func(w shape) bool { return l.has(w.table, w.columns...) })
		if i >= 0 && (s.Schema == "" || s.Schema == schema) {
			l.shape = shapes[i]
			fitting[schema] = l
		}
	}
	if len(fitting) == 0 {
		return layout{}, s.missing(shapes, all)
	}
	if !s.Postgres {
		return fitting[""], nil
	}
	schema, err := choose(ctx, tx, fitting)
	if err != nil {
		return layout{}, err
	}
	if _, err := tx.ExecContext(ctx, useSchema, schema); err != nil {
		return layout{}, fmt.Errorf("use schema: %w", err)
	}
	return fitting[schema], nil
}

// choose picks the schema that comes first on the search path, or the only one.
func choose(ctx context.Context, tx *sql.Tx, fitting map[string]layout) (string, error) {
	names := slices.Sorted(maps.Keys(fitting))
	if len(names) == 1 {
		return names[0], nil
	}
	var path []string
	if err := each(ctx, tx, searchPath, func(r []string) { path = append(path, r[0]) }); err != nil {
		return "", fmt.Errorf("look for schemas: %w", err)
	}
	for _, schema := range path {
		if slices.Contains(names, schema) {
			return schema, nil
		}
	}
	return "", fmt.Errorf("the tables are in several schemas: %s; choose one with --schema", strings.Join(names, ", "))
}

// shownTables is how many names of tables an error lists.
const shownTables = 20

// missing says what was looked for, and what there is instead.
func (s Source) missing(shapes []shape, all map[string]map[string]map[string]bool) error {
	var wanted, near []string
	for _, w := range shapes {
		wanted = append(wanted, w.String())
	}
	for _, schema := range slices.Sorted(maps.Keys(all)) {
		for _, table := range slices.Sorted(maps.Keys(all[schema])) {
			l := layout{have: all[schema]}
			name := legible(strings.TrimPrefix(schema+"."+table, "."))
			if i := slices.IndexFunc(shapes, func(w shape) bool { return w.table == table }); i >= 0 {
				lacking := slices.DeleteFunc(slices.Clone(shapes[i].columns), func(c string) bool { return l.has(table, c) })
				if len(lacking) > 0 {
					name += " (without " + strings.Join(lacking, ", ") + ")"
				}
			}
			near = append(near, name)
		}
	}
	found := "no table that this user may read"
	if len(near) > 0 {
		found = strings.Join(near[:min(len(near), shownTables)], ", ")
	}
	if len(near) > shownTables {
		found += fmt.Sprintf(" and %d more", len(near)-shownTables)
	}
	where := "looked for"
	if s.Schema != "" {
		where = "looked in the schema " + s.Schema + " for"
	}
	return fmt.Errorf("%w: %s %s; found %s", ErrNotThere, where, strings.Join(wanted, " or "), found)
}

// each runs a question whose answers are texts.
func each(ctx context.Context, tx *sql.Tx, ask string, row func([]string)) error {
	rows, err := tx.QueryContext(ctx, ask)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for {
		r, err := scan(rows)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		row(r)
	}
}

// scan is the next row, io.EOF behind the last.
func scan(rows *sql.Rows) ([]string, error) {
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]string, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	return values, rows.Scan(into...)
}

// texter writes expressions that read columns as texts of bounded length, ”
// for none and for columns that are not there.
type texter struct{ layout }

// maxText is longer than anything that an import takes, in letters, so that
// what is cut off is refused.
const maxText = "4096"

func (t texter) text(alias, table, column string) string {
	if !t.has(table, column) {
		return "''"
	}
	return "SUBSTR(COALESCE(CAST(" + alias + "." + column + " AS TEXT), ''), 1, " + maxText + ")"
}

// standing is a condition that a row is not marked as deleted; true where
// nothing is.
func (t texter) standing(alias, table string) string {
	if !t.has(table, "deleted_at") {
		return "1 = 1"
	}
	return alias + ".deleted_at IS NULL"
}

// deleted counts the rows that are marked as deleted.
func (t texter) deleted(ctx context.Context, tx *sql.Tx, table string) (n int64, err error) {
	if !t.has(table, "deleted_at") {
		return 0, nil
	}
	const ask = `SELECT COUNT(*) FROM {table} u WHERE u.deleted_at IS NOT NULL`
	err = tx.QueryRowContext(ctx, fill(ask, "{table}", table)).Scan(&n)
	return n, err
}

// fill puts texts of this package into the places of a question: name, text,
// name, text.
func fill(question string, parts ...string) string {
	return strings.NewReplacer(parts...).Replace(question)
}
