package wire

import "github.com/gorilla/mux"

// Annex is the interface of another system, served beside ours for its clients.
type Annex interface {
	// Register adds its routes. Their templates begin with the configured
	// prefix.
	Register(r *mux.Router)
	// Owns reports a path of its own. What goes wrong there before a route is
	// found, an unknown address or a wrong method, is told in its voice.
	Owns(path string) bool
	Voice() *Adapter
	// Limits are its routes that count per client address.
	Limits() Limits
}

// Limits are routes, each a method, a blank and the template of the path, that
// count per client address.
type Limits struct {
	Doors   []string // where a sign-in begins; every request counts
	Mailers []string // where a stranger can cause a letter; every request counts
	Guesses []string // where a secret can be guessed; only wrong ones count
}
