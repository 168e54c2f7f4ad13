package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// followVersion is the migration that has the database write down what
// replicas have to hear of.
const followVersion = 8

// followChanges is the migration. Triggers do it, so that nothing can be
// forgotten: not by a new statement of ours, and not by an operator who changes
// a row by hand. Each engine has its own language for them. What is there
// already, from a start that was cut off, is no mistake.
func followChanges(dialect goose.Dialect) *goose.Migration {
	statements := followSQLite
	if dialect == goose.DialectPostgres {
		statements = followPostgres
	}
	run := func(ctx context.Context, tx *sql.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
	return goose.NewGoMigration(followVersion, &goose.GoFunc{RunTx: run}, nil)
}

// A refresh names none of the columns that a trigger looks at, and so costs what
// it did. A session that is removed after its end is no news.
var followSQLite = []string{
	`CREATE TABLE IF NOT EXISTS changes (
		seq     INTEGER PRIMARY KEY AUTOINCREMENT,
		kind    TEXT   NOT NULL,
		id      TEXT   NOT NULL,
		made_at BIGINT NOT NULL
	)`,
	`CREATE INDEX IF NOT EXISTS changes_made ON changes (made_at)`,
	`CREATE TRIGGER IF NOT EXISTS changes_session_ended AFTER UPDATE OF ended_at, account_id ON sessions
	WHEN OLD.ended_at <> NEW.ended_at OR OLD.account_id <> NEW.account_id
	BEGIN INSERT INTO changes (kind, id, made_at) VALUES ('session', NEW.id, unixepoch() * 1000); END`,
	`CREATE TRIGGER IF NOT EXISTS changes_session_gone AFTER DELETE ON sessions
	WHEN OLD.ended_at = 0 AND OLD.ends_at > unixepoch() * 1000
	BEGIN INSERT INTO changes (kind, id, made_at) VALUES ('session', OLD.id, unixepoch() * 1000); END`,
	`CREATE TRIGGER IF NOT EXISTS changes_account AFTER UPDATE ON accounts
	BEGIN INSERT INTO changes (kind, id, made_at) VALUES ('account', NEW.id, unixepoch() * 1000); END`,
	`CREATE TRIGGER IF NOT EXISTS changes_account_gone AFTER DELETE ON accounts
	BEGIN INSERT INTO changes (kind, id, made_at) VALUES ('account', OLD.id, unixepoch() * 1000); END`,
	`CREATE TRIGGER IF NOT EXISTS changes_key AFTER UPDATE ON counters WHEN NEW.name = 'keys_version'
	BEGIN INSERT INTO changes (kind, id, made_at) VALUES ('keys', '', unixepoch() * 1000); END`,
}

var followPostgres = []string{
	`CREATE TABLE IF NOT EXISTS changes (
		seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		kind    TEXT   NOT NULL,
		id      TEXT   NOT NULL,
		made_at BIGINT NOT NULL
	)`,
	`CREATE INDEX IF NOT EXISTS changes_made ON changes (made_at)`,
	`CREATE OR REPLACE FUNCTION signet_note(kind TEXT, id TEXT) RETURNS VOID LANGUAGE sql SET search_path FROM CURRENT AS $$
		INSERT INTO changes (kind, id, made_at)
		VALUES ($1, $2, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT));
		SELECT pg_notify('signet_changes', '')
	$$`,
	`CREATE OR REPLACE FUNCTION signet_row_changed() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
	BEGIN
		PERFORM signet_note(TG_ARGV[0], OLD.id);
		RETURN NULL;
	END
	$$`,
	`CREATE OR REPLACE FUNCTION signet_keys_changed() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
	BEGIN
		PERFORM signet_note('keys', '');
		RETURN NULL;
	END
	$$`,
	`CREATE OR REPLACE TRIGGER changes_session_ended AFTER UPDATE OF ended_at, account_id ON sessions
	FOR EACH ROW WHEN (OLD.ended_at <> NEW.ended_at OR OLD.account_id <> NEW.account_id)
	EXECUTE FUNCTION signet_row_changed('session')`,
	`CREATE OR REPLACE TRIGGER changes_session_gone AFTER DELETE ON sessions
	FOR EACH ROW WHEN (OLD.ended_at = 0 AND OLD.ends_at > CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT))
	EXECUTE FUNCTION signet_row_changed('session')`,
	`CREATE OR REPLACE TRIGGER changes_account AFTER UPDATE OR DELETE ON accounts
	FOR EACH ROW EXECUTE FUNCTION signet_row_changed('account')`,
	`CREATE OR REPLACE TRIGGER changes_key AFTER UPDATE ON counters
	FOR EACH ROW WHEN (NEW.name = 'keys_version') EXECUTE FUNCTION signet_keys_changed()`,
}
