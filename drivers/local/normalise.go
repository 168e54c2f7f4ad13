package local

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalise returns the form under which user names and addresses are compared:
// Unicode NFKC with case folded (RFC 8265 §3.3 without its character classes).
// It is idempotent, trims nothing and does not say whether the name is a good
// one.
func Normalise(login string) string {
	fold := cases.Fold()
	for range 3 { // folding can undo a composition, which folds again: two rounds settle it
		next := norm.NFKC.String(fold.String(norm.NFKC.String(login)))
		if next == login {
			break
		}
		login = next
	}
	return login
}
