package local

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrHash says that a stored hash cannot be used: none, of an unknown form, or
// with parameters beyond what this process would spend on it. Its text repeats
// nothing of the hash.
var ErrHash = errors.New("unreadable password hash")

// maxHash is the longest stored hash that is looked at, in bytes.
const maxHash = 512

// hash is a stored hash that passwords can be compared with.
type hash interface {
	// matches compares in constant time. Its cost depends on the hash and on
	// the length of the password only.
	matches(s slot, password string) bool
}

// costed is a hash whose cost depends on what a process is configured to spend.
type costed interface{ asked() argonParams }

// forms are the prefixes of the stored forms and how each is read, once split
// at its dollar signs.
var forms = []struct {
	prefix string
	parse  func(fields []string) (hash, error)
}{
	{"$argon2id$", parseArgon}, {"$argon2i$", parseArgon2i},
	{"$2a$", parseBcrypt}, {"$2b$", parseBcrypt}, {"$2y$", parseBcrypt},
	{"$pbkdf2-sha256$", parsePBKDF2},
	{"pbkdf2_sha256$", parseDjango},
	{"$scrypt$", parseScrypt}, {"scrypt$", parseDjangoScrypt},
	{"scrypt:", parseWerkzeug}, {"pbkdf2:sha256:", parseWerkzeug},
	{"$6$", parseSHA512},
}

// parseHash reads a stored hash strictly. Its error is ErrHash.
func parseHash(s string) (hash, error) {
	if s == "" || len(s) > maxHash {
		return nil, fmt.Errorf("%w: none or too long", ErrHash)
	}
	s = unwrap(s)
	for _, f := range forms {
		if strings.HasPrefix(s, f.prefix) {
			return f.parse(strings.Split(strings.TrimPrefix(s, "$"), "$"))
		}
	}
	return nil, fmt.Errorf("%w: unknown form", ErrHash)
}

// wrappings are what Spring and Django write in front of another's form.
var wrappings = []struct{ before, form string }{
	{"{bcrypt}", "$2"}, {"bcrypt$", "$2"}, {"argon2", "$argon2"},
}

func unwrap(s string) string {
	for _, w := range wrappings {
		if inner, ok := strings.CutPrefix(s, w.before); ok && strings.HasPrefix(inner, w.form) {
			return inner
		}
	}
	return s
}

// number reads a decimal without sign or leading zero between low and high.
func number(s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s || n < low || n > high {
		return 0, fmt.Errorf("%w: parameter out of bounds", ErrHash)
	}
	return n, nil
}

// settings reads "a=1,b=2" with exactly the names, in order.
func settings(s string, names ...string) ([]string, error) {
	parts := strings.Split(s, ",")
	if len(parts) != len(names) {
		return nil, fmt.Errorf("%w: wrong parameters", ErrHash)
	}
	for i, name := range names {
		value, ok := strings.CutPrefix(parts[i], name+"=")
		if !ok {
			return nil, fmt.Errorf("%w: wrong parameters", ErrHash)
		}
		parts[i] = value
	}
	return parts, nil
}

// decode reads base64 whose result has low to high bytes. Line ends, which
// the decoder would pass over, are refused.
func decode(e *base64.Encoding, s string, low, high int) ([]byte, error) {
	b, err := e.Strict().DecodeString(s)
	if err != nil || len(b) < low || len(b) > high || strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("%w: salt or sum out of bounds", ErrHash)
	}
	return b, nil
}

// ab64 is passlib's "adapted base64": the standard alphabet with "." for "+".
func ab64(s string) string { return strings.ReplaceAll(s, ".", "+") }
