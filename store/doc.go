// Package store keeps accounts, sessions, login flows, browser sessions and
// signing keys in SQL.
//
// There is one schema and one text of every statement for both engines, SQLite
// and PostgreSQL; packages store/sqlite and store/postgres open a database and
// migrate it, no more. Package storetest is the store's rules as a test suite
// that both run unchanged.
//
// Conventions: values are $1, $2, …, never pasted; times are integer
// milliseconds UTC, 0 for none; flags are 0 and 1; what no statement looks into
// is one JSON text in a column named doc. What has to happen at once is one
// statement or one transaction, so that no caller and no replica needs a lock
// of its own.
//
// Every call ends within two seconds, or earlier with its context, and then
// answers broker.ErrStoreDown. It does the same when the database cannot be
// reached, is full, or when too many callers wait already. Nothing has to be
// restarted when the database is back.
package store
