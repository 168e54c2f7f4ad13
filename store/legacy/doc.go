// Package legacy reads people out of the tables of the systems that Signet
// replaces.
//
// It only reads, in one transaction that sees one moment, and streams: what it
// holds does not grow with the number of people. Which generation of a system
// it meets it tells from the tables and columns that are there. Texts of SQL
// are put together from texts of this package only; what comes from the
// database is never a part of one. Every column is read as text, so that one
// question serves both engines.
//
// It says what becomes of a person and decides nothing else: the broker judges
// and the store writes.
package legacy
