package local

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// What a stored scrypt hash may ask for.
const (
	maxScryptBytes = 256 << 20 // 128·N·r, what it takes of memory
	maxScryptWork  = 512 << 20 // 128·N·r·p, what it writes
	maxScryptLog   = 20        // binary logarithm of N
	maxScryptParam = 64        // r and p
)

// scryptHash is an scrypt hash (RFC 7914), whichever way it is written.
type scryptHash struct {
	n, r, p   int
	salt, sum []byte
}

func (s scryptHash) matches(_ slot, password string) bool {
	sum, err := scrypt.Key([]byte(password), s.salt, s.n, s.r, s.p, len(s.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, s.sum) == 1
}

// scryptCost reads the binary logarithm of N, r and p.
func scryptCost(ln, r, p string) (s scryptHash, err error) {
	log, err := number(ln, 1, maxScryptLog)
	if err != nil {
		return s, err
	}
	s.n = 1 << log
	if s.r, err = number(r, 1, maxScryptParam); err != nil {
		return s, err
	}
	if s.p, err = number(p, 1, maxScryptParam); err != nil {
		return s, err
	}
	if size := 128 * s.r * s.n; size > maxScryptBytes || size*s.p > maxScryptWork {
		return s, fmt.Errorf("%w: it costs too much", ErrHash)
	}
	return s, nil
}

// scryptCostN is scryptCost for those who write N itself.
func scryptCostN(n, r, p string) (scryptHash, error) {
	value, err := number(n, 2, 1<<maxScryptLog)
	if err != nil || value&(value-1) != 0 {
		return scryptHash{}, fmt.Errorf("%w: parameter out of bounds", ErrHash)
	}
	return scryptCost(fmt.Sprint(bits.Len(uint(value))-1), r, p)
}

// parseScrypt reads passlib's $scrypt$ln=16,r=8,p=1$salt$sum with unpadded
// base64, plain or adapted.
func parseScrypt(f []string) (hash, error) {
	if len(f) != 4 {
		return nil, fmt.Errorf("%w: malformed scrypt", ErrHash)
	}
	values, err := settings(f[1], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	s, err := scryptCost(values[0], values[1], values[2])
	if err != nil {
		return nil, err
	}
	if s.salt, err = decode(base64.RawStdEncoding, ab64(f[2]), 0, 64); err != nil {
		return nil, err
	}
	s.sum, err = decode(base64.RawStdEncoding, ab64(f[3]), 16, 64)
	return s, err
}

// parseDjangoScrypt reads Django's scrypt$N$salt$r$p$sum, whose salt is text
// and whose sum is padded base64.
func parseDjangoScrypt(f []string) (hash, error) {
	if len(f) != 6 || f[2] == "" {
		return nil, fmt.Errorf("%w: malformed scrypt", ErrHash)
	}
	s, err := scryptCostN(f[1], f[3], f[4])
	if err != nil {
		return nil, err
	}
	s.salt = []byte(f[2])
	s.sum, err = decode(base64.StdEncoding, f[5], 64, 64)
	return s, err
}

// parseWerkzeug reads Werkzeug's scrypt:N:r:p$salt$sum and
// pbkdf2:sha256:rounds$salt$sum, whose salts are text and whose sums are
// hexadecimal in lower case.
func parseWerkzeug(f []string) (hash, error) {
	if len(f) != 3 || f[1] == "" {
		return nil, fmt.Errorf("%w: malformed hash of Werkzeug", ErrHash)
	}
	sum, err := hex.DecodeString(f[2])
	if err != nil || hex.EncodeToString(sum) != f[2] {
		return nil, fmt.Errorf("%w: malformed hash of Werkzeug", ErrHash)
	}
	method := strings.Split(f[0], ":")
	switch {
	case method[0] == "pbkdf2" && len(method) == 3 && len(sum) == 32:
		rounds, err := number(method[2], 1, maxPBKDF2Rounds)
		return pbkdf2Hash{rounds, []byte(f[1]), sum}, err
	case method[0] == "scrypt" && len(method) == 4 && len(sum) == 64:
		s, err := scryptCostN(method[1], method[2], method[3])
		s.salt, s.sum = []byte(f[1]), sum
		return s, err
	}
	return nil, fmt.Errorf("%w: malformed hash of Werkzeug", ErrHash)
}
