package config

import (
	"net/url"
	"strings"
)

// The engines that a database can have.
const (
	EngineSQLite   = "sqlite"
	EnginePostgres = "postgres"
)

// Database is where accounts and sessions live.
type Database struct {
	// Engine is EngineSQLite or EnginePostgres.
	Engine string
	// Path is the SQLite file. It is empty for PostgreSQL.
	Path string
	// DSN is the whole PostgreSQL connection URL, hidden since it may hold a
	// password. It is empty for SQLite.
	DSN Secret
}

// database reads sqlite:PATH or postgres://…. The value is never shown.
func (d *decoder) database(n *node, db *Database, value, path string) {
	if file, ok := strings.CutPrefix(value, "sqlite:"); ok {
		if file == "" || strings.ContainsAny(file, "?#\x00") || strings.Contains(file, ":memory:") || strings.HasPrefix(file, "//") {
			d.problem(n.at, path, "not the name of an SQLite file", "write sqlite:PATH, such as sqlite:signet-data/signet.db, without options")
			return
		}
		*db = Database{Engine: EngineSQLite, Path: d.secrets.resolve(file)}
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		d.problem(n.at, path, "neither sqlite:PATH nor postgres://…", "write sqlite:signet-data/signet.db or postgres://user@host/name")
		return
	}
	if u.Host == "" && u.Query().Get("host") == "" || strings.Trim(u.Path, "/") == "" {
		d.problem(n.at, path, "a PostgreSQL address without a host or a database", "write postgres://user@host/name")
		return
	}
	*db = Database{Engine: EnginePostgres, DSN: NewSecret(value)}
	_, password := u.User.Password()
	if password && d.secrets.shared && !n.env && n.kind != mapping {
		d.warn(n.at, path, "a password in a file that others than its owner can read",
			"run chmod 600 on the file, or write {env: NAME} or {file: path}")
	}
}
