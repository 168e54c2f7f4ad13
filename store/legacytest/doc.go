// Package legacytest makes databases as the systems leave them that Signet
// replaces, in our own words: the tables that hold people, with the columns,
// types and rules that each generation of those systems gave them.
package legacytest

import (
	"database/sql"
	"strconv"
	"strings"
	"testing"
)

// Old is a database of an old system.
type Old struct {
	DB       *sql.DB
	Postgres bool
}

// types are how the engines call what the tables below hold.
func (o Old) types() *strings.Replacer {
	if o.Postgres {
		return strings.NewReplacer("{uuid}", "UUID", "{hex}", "UUID", "{moment}", "TIMESTAMPTZ", "{local}", "TIMESTAMP", "{flag}", "BOOLEAN", "{serial}", "SERIAL PRIMARY KEY")
	}
	return strings.NewReplacer("{uuid}", "CHAR(36)", "{hex}", "CHAR(32)", "{moment}", "DATETIME", "{local}", "DATETIME", "{flag}", "BOOLEAN", "{serial}", "INTEGER PRIMARY KEY")
}

// Statements are the ones that make tables, as the engine takes them.
func (o Old) Statements(tables string) (all []string) {
	for _, text := range strings.Split(o.types().Replace(tables), ";") {
		if strings.TrimSpace(text) != "" {
			all = append(all, text)
		}
	}
	return all
}

// Make makes tables.
func (o Old) Make(t testing.TB, tables string) {
	t.Helper()
	for _, text := range o.Statements(tables) {
		o.Exec(t, text)
	}
}

// Exec runs a statement.
func (o Old) Exec(t testing.TB, text string, values ...any) {
	t.Helper()
	if _, err := o.DB.ExecContext(t.Context(), text, values...); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// Insert adds a row: column, value, column, value.
func (o Old) Insert(t testing.TB, table string, pairs ...any) {
	t.Helper()
	var columns, places []string
	var values []any
	for i := 0; i < len(pairs); i += 2 {
		columns = append(columns, `"`+pairs[i].(string)+`"`)
		places = append(places, "$"+strconv.Itoa(1+i/2))
		values = append(values, pairs[i+1])
	}
	o.Exec(t, `INSERT INTO "`+table+`" (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
}
