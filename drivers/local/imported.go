package local

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// What a stored hash of another system may ask for: each is above what that
// system ever made by default, and takes at most a few seconds of a processor.
const (
	maxBcryptCost   = 15
	maxPBKDF2Rounds = 5_000_000
)

// bcryptHash is $2a$, $2b$ or $2y$. bcrypt looks at 72 bytes only: a longer
// password was cut by the system that made the hash, so it is cut here, until
// the first good sign-in replaces the hash.
type bcryptHash string

func (b bcryptHash) matches(_ slot, password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(password[:min(len(password), 72)])) == nil
}

// parseBcrypt checks the alphabet as well, because the library gives up on a
// bad salt before it has done any work.
func parseBcrypt(f []string) (hash, error) {
	if len(f) != 3 || len(f[1]) != 2 || len(f[2]) != 53 || strings.Trim(f[2], cryptAlphabet) != "" {
		return nil, fmt.Errorf("%w: malformed bcrypt", ErrHash)
	}
	if _, err := number(strings.TrimPrefix(f[1], "0"), bcrypt.MinCost, maxBcryptCost); err != nil {
		return nil, err
	}
	return bcryptHash("$" + strings.Join(f, "$")), nil
}

// pbkdf2Hash is PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2).
type pbkdf2Hash struct {
	rounds    int
	salt, sum []byte
}

func (p pbkdf2Hash) matches(_ slot, password string) bool {
	sum, err := pbkdf2.Key(sha256.New, password, p.salt, p.rounds, len(p.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, p.sum) == 1
}

// parsePBKDF2 reads passlib's $pbkdf2-sha256$rounds$salt$sum in adapted base64.
func parsePBKDF2(f []string) (hash, error) {
	if len(f) != 4 {
		return nil, fmt.Errorf("%w: malformed pbkdf2-sha256", ErrHash)
	}
	rounds, err := number(f[1], 1, maxPBKDF2Rounds)
	if err != nil {
		return nil, err
	}
	salt, err := decode(base64.RawStdEncoding, ab64(f[2]), 0, 256)
	if err != nil {
		return nil, err
	}
	sum, err := decode(base64.RawStdEncoding, ab64(f[3]), 32, 32)
	if err != nil {
		return nil, err
	}
	return pbkdf2Hash{rounds, salt, sum}, nil
}

// parseDjango reads Django's pbkdf2_sha256$rounds$salt$sum, whose salt is text
// and whose sum is padded base64.
func parseDjango(f []string) (hash, error) {
	if len(f) != 4 || f[2] == "" {
		return nil, fmt.Errorf("%w: malformed pbkdf2_sha256", ErrHash)
	}
	rounds, err := number(f[1], 1, maxPBKDF2Rounds)
	if err != nil {
		return nil, err
	}
	sum, err := decode(base64.StdEncoding, f[3], 32, 32)
	if err != nil {
		return nil, err
	}
	return pbkdf2Hash{rounds, []byte(f[2]), sum}, nil
}
