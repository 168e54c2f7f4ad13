package config

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
