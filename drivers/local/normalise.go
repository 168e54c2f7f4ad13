package local

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalise returns the form under which user names and e-mail addresses are
// compared, the local part of an address included: Unicode NFKC with full case
// folding (RFC 8265 §3.3 with folding for lower case, so that "STRASSE" is
// "Straße"). It is idempotent. It trims and drops nothing, bytes that are no
// UTF-8 become U+FFFD, and whether the name is a good one is not checked. The
// result has at most eleven times the bytes of login.
func Normalise(login string) string {
	if strings.IndexFunc(login, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(login) // which is all that the rest does to ASCII
	}
	return normalise(login)
}

func normalise(login string) string {
	// Decomposing first makes every letter meet its folding, and folding can
	// make new compositions that fold again: the second round settles them.
	s := norm.NFD.String(login)
	for range 2 {
		s = norm.NFKC.String(fold(s))
	}
	return s
}

// fold is Unicode full case folding. The library takes each Cherokee letter to
// its other case, whichever it has; Unicode folds both to the upper one.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xAB70 && r <= 0xABBF:
			return r - 0xAB70 + 0x13A0
		case r >= 0x13F8 && r <= 0x13FD:
			return r - 8
		}
		return r
	}, cases.Fold().String(s))
}
