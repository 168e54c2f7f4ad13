package local

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// bcryptHash is $2a$, $2b$ or $2y$. bcrypt looks at 72 bytes only; a longer
// password was cut by the system that made the hash, so it is cut here.
type bcryptHash string

func (b bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(password[:min(len(password), 72)])) == nil
}

func parseBcrypt(f []string) (hash, error) {
	if len(f) != 3 || len(f[2]) != 53 {
		return nil, fmt.Errorf("%w: malformed bcrypt", ErrHash)
	}
	s := "$" + strings.Join(f, "$")
	if cost, err := bcrypt.Cost([]byte(s)); err != nil || cost > 16 {
		return nil, fmt.Errorf("%w: bcrypt cost out of bounds", ErrHash)
	}
	return bcryptHash(s), nil
}

// pbkdf2Hash is passlib's $pbkdf2-sha256$rounds$salt$sum.
type pbkdf2Hash struct {
	rounds    int
	salt, sum []byte
}

func (p pbkdf2Hash) matches(password string) bool {
	sum, err := pbkdf2.Key(sha256.New, password, p.salt, p.rounds, len(p.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, p.sum) == 1
}

func parsePBKDF2(f []string) (hash, error) {
	if len(f) != 4 {
		return nil, fmt.Errorf("%w: malformed pbkdf2-sha256", ErrHash)
	}
	rounds, err := number(f[1], 1, 5_000_000)
	if err != nil {
		return nil, err
	}
	salt, err := decode(base64.RawStdEncoding, ab64(f[2]), 0, 1024)
	if err != nil {
		return nil, err
	}
	sum, err := decode(base64.RawStdEncoding, ab64(f[3]), 32, 32)
	return pbkdf2Hash{rounds, salt, sum}, err
}

// scryptHash is passlib's $scrypt$ln=16,r=8,p=1$salt$sum, with or without
// adapted base64.
type scryptHash struct {
	n, r, p   int
	salt, sum []byte
}

func (s scryptHash) matches(password string) bool {
	sum, err := scrypt.Key([]byte(password), s.salt, s.n, s.r, s.p, len(s.sum))
	return err == nil && subtle.ConstantTimeCompare(sum, s.sum) == 1
}

func parseScrypt(f []string) (hash, error) {
	if len(f) != 4 {
		return nil, fmt.Errorf("%w: malformed scrypt", ErrHash)
	}
	values, err := settings(f[1], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	var n [3]int
	for i, high := range []int{18, 16, 4} {
		if n[i], err = number(values[i], 1, high); err != nil {
			return nil, err
		}
	}
	if 128*n[1]<<n[0] > maxMemory<<10 {
		return nil, fmt.Errorf("%w: scrypt wants too much memory", ErrHash)
	}
	salt, err := decode(base64.RawStdEncoding, ab64(f[2]), 0, 64)
	if err != nil {
		return nil, err
	}
	sum, err := decode(base64.RawStdEncoding, ab64(f[3]), 16, 64)
	return scryptHash{1 << n[0], n[1], n[2], salt, sum}, err
}
