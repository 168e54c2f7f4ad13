package main

import (
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/signet-sso/signet/store/legacytest"
)

// oldTables are the tables of old systems by the names that scripts have for
// them.
var oldTables = map[string]string{
	"papermerge3.0": legacytest.Papermerge30, "papermerge3.3": legacytest.Papermerge33,
	"papermerge3.5": legacytest.Papermerge35, "papermerge3.6": legacytest.Papermerge36,
	"directus9": legacytest.Directus9, "directus10": legacytest.Directus10, "directus11": legacytest.Directus11,
	"authserver": legacytest.Authserver,
}

// cmdOld is: old SYSTEM FILE SQL. It makes an SQLite database of an old system
// and runs the statements in the file SQL on it.
func cmdOld(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || oldTables[args[0]] == "" {
		ts.Fatalf("usage: old SYSTEM FILE SQL")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[1]))
	ts.Check(err)
	for _, statement := range append(legacytest.Old{}.Statements(oldTables[args[0]]), ts.ReadFile(args[2])) {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
	ts.Check(db.Close())
}
