package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"github.com/signet-sso/signet/broker"
)

const (
	// fillVersion follows the file that makes the tables which it fills.
	fillVersion = 7
	fillBatch   = 500
)

var stAccountsAfter = statement{"accounts after", `
SELECT a.id, ` + packedAccount + ` FROM accounts a WHERE a.id > $1 ORDER BY a.id LIMIT $2`}

// fillSearch is the migration that makes the accounts that are there already
// ones that are found. No SQL does that on both engines.
func fillSearch() *goose.Migration {
	return goose.NewGoMigration(fillVersion, &goose.GoFunc{RunTx: fill}, nil)
}

func fill(ctx context.Context, tx *sql.Tx) error {
	c := conn{db: &DB{}, pool: &pool{}, tx: tx}
	for last := ""; ; {
		batch, err := all(ctx, c, stAccountsAfter.with(last, fillBatch), scanAccount)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := indexAll(ctx, c, batch); err != nil {
			return err
		}
		last = batch[len(batch)-1].ID
	}
}

func indexAll(ctx context.Context, c conn, batch []broker.Account) error {
	var terms, groups [][]any
	for _, a := range batch {
		x := indexOf(a)
		terms = append(terms, termRows(a.ID, x.terms)...)
		groups = append(groups, groupRows(a, x.groups)...)
	}
	if err := insert(ctx, c, stAddTerms, terms); err != nil {
		return err
	}
	return insert(ctx, c, stAddGroups, groups)
}
