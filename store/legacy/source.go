package legacy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/signet-sso/signet/broker"
)

// Source is an old system's database.
type Source struct {
	// DB is open for reading. It has one connection.
	DB *sql.DB
	// Postgres says that it is one of PostgreSQL, else it is one of SQLite.
	Postgres bool
	// Schema is where the tables are, for PostgreSQL. "" looks for them.
	Schema string
}

// Provider is what a provider of the old system is here.
type Provider struct {
	Name string // as configured; "" when its identities are to be left out
	Kind string // of its driver; see broker.Provider
	// Vouched says that the operator vouches for the old identifiers: they are
	// the ids that the driver knows people by.
	Vouched bool
}

// Options say how people are read.
type Options struct {
	// Unproven takes no address as proven.
	Unproven bool
	// Proven takes the addresses of those as proven, too, who bring a password or an
	// identity from a Directus.
	Proven bool
	// Providers are the old system's providers by its names for them.
	Providers map[string]Provider
	// OIDC is the provider that Papermerge was behind, as configured here; ""
	// for none.
	OIDC string
	// Opens says whether a password has a hash; it is needed. It is asked of a
	// few people only, since it takes its time.
	Opens func(ctx context.Context, password, hash string) bool
}

// maxGroups is how many groups one person may be in.
const maxGroups = 1000

// People are the people of a table, one by one. It is for one caller at a
// time.
type People struct {
	// Deleted is how many are marked as deleted. They stay behind.
	Deleted int64

	tx    *sql.Tx
	rows  *sql.Rows
	table string
	make  maker
	place int
	ahead []string // the row that was read last and belongs to the next person
}

// record is one person's row by the names of its values, and the groups.
type record struct {
	values []string
	groups []string
}

// maker makes a person of a record. A fault is of that person only.
type maker func(ctx context.Context, r record) (broker.ImportedPerson, *broker.ImportFault)

// query is a question that answers with the key first and a group last; rows of
// one key follow each other.
type query struct {
	table string // of the people, as it is called in messages
	text  string
	make  maker
}

// read begins to read. It closes the transaction on errors.
func read(ctx context.Context, tx *sql.Tx, q query) (*People, error) {
	rows, err := tx.QueryContext(ctx, q.text)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", q.table, err), tx.Rollback())
	}
	p := &People{tx: tx, rows: rows, table: q.table, make: q.make}
	if p.ahead, err = p.row(); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// row is the next row, io.EOF behind the last.
func (p *People) row() ([]string, error) {
	values, err := scan(p.rows)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read %s: %w", p.table, err)
	}
	return values, err
}

// Next is the next person. A fault is of that person only, whose Place and Row
// are set; io.EOF is the end, and any other error the end before it.
func (p *People) Next(ctx context.Context) (broker.ImportedPerson, *broker.ImportFault, error) {
	if p.ahead == nil {
		return broker.ImportedPerson{}, nil, io.EOF
	}
	r, tooMany := record{values: p.ahead}, false
	last := len(p.ahead) - 1
	// All but the group is compared: SQLite may keep people without a key.
	for p.ahead != nil && slices.Equal(p.ahead[:last], r.values[:last]) {
		if g := p.ahead[last]; g != "" {
			if tooMany = len(r.groups) == maxGroups; !tooMany {
				r.groups = append(r.groups, g)
			}
		}
		var err error
		if p.ahead, err = p.row(); err != nil && !errors.Is(err, io.EOF) {
			return broker.ImportedPerson{}, nil, err
		}
	}
	p.place++
	person, fault := broker.ImportedPerson{}, unreadable(r)
	if fault == nil && tooMany {
		fault = &broker.ImportFault{Field: "groups", Reason: broker.FaultMalformed, Advice: fmt.Sprintf("the person is in more than %d groups: take some away there", maxGroups)}
	}
	if fault == nil {
		person, fault = p.make(ctx, r)
	}
	person.Place, person.Row = p.place, p.table+" "+legible(r.values[0])
	return person, fault, nil
}

// Close ends the reading.
func (p *People) Close() error {
	err := p.rows.Close()
	if e := p.tx.Rollback(); err == nil && !errors.Is(e, sql.ErrTxDone) { // whose context has ended
		err = e
	}
	return err
}

// unreadable finds what is no text: SQLite keeps whatever bytes it is given.
func unreadable(r record) *broker.ImportFault {
	for _, all := range [][]string{r.values, r.groups} {
		for _, v := range all {
			if !utf8.ValidString(v) {
				return &broker.ImportFault{Reason: broker.FaultMalformed, Advice: "a value is not UTF-8: correct it there"}
			}
		}
	}
	return nil
}

// legible is a key, or a name out of the database, as it is shown: nothing in it
// tells a terminal what to do.
func legible(key string) string {
	if len(key) > 64 || !utf8.ValidString(key) || strings.ContainsFunc(key, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Sprintf("%.64q", key)
	}
	return key
}
