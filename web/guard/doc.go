// Package guard is what a reverse proxy asks before it lets a request through:
// who is it from, may they, and what is the application to be told.
//
// Each proxy has a door of its own, because each says in other header fields
// what it was asked for, and a door that read more than its own proxy always
// sets would believe whoever sends the rest.
package guard
