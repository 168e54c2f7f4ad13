package local

import (
	"bytes"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"strings"
)

const (
	cryptRounds    = 5000 // when the hash names none
	maxCryptRounds = 1_000_000
	cryptAlphabet  = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// sha512Hash is $6$[rounds=N$]salt$sum, the SHA-512-crypt of glibc, after its
// public specification of 2007 (U. Drepper, "Unix crypt using SHA-256 and
// SHA-512").
type sha512Hash struct {
	rounds int
	salt   string
	sum    string
}

func (s sha512Hash) matches(_ slot, password string) bool {
	got := sha512Crypt([]byte(password), []byte(s.salt), s.rounds)
	return subtle.ConstantTimeCompare([]byte(got), []byte(s.sum)) == 1
}

func parseSHA512(f []string) (hash, error) {
	h := sha512Hash{rounds: cryptRounds}
	f = f[1:]
	if len(f) == 3 {
		text, ok := strings.CutPrefix(f[0], "rounds=")
		n, err := number(text, 1000, maxCryptRounds)
		if !ok || err != nil {
			return nil, fmt.Errorf("%w: SHA-512-crypt rounds out of bounds", ErrHash)
		}
		h.rounds, f = n, f[1:]
	}
	if len(f) != 2 || len(f[0]) > 16 || strings.ContainsAny(f[0], ":\n") || len(f[1]) != 86 || strings.Trim(f[1], cryptAlphabet) != "" {
		return nil, fmt.Errorf("%w: malformed SHA-512-crypt", ErrHash)
	}
	h.salt, h.sum = f[0], f[1]
	return h, nil
}

// sha512Crypt is the 86 characters behind the salt.
func sha512Crypt(password, salt []byte, rounds int) string {
	sum := firstDigest(password, salt)
	p := fill(repeatDigest(password, len(password)), len(password))
	s := fill(repeatDigest(salt, 16+int(sum[0])), len(salt))
	d := sha512.New()
	for i := range rounds {
		d.Reset()
		if i%2 == 1 {
			d.Write(p)
		} else {
			d.Write(sum)
		}
		if i%3 != 0 {
			d.Write(s)
		}
		if i%7 != 0 {
			d.Write(p)
		}
		if i%2 == 1 {
			d.Write(sum)
		} else {
			d.Write(p)
		}
		sum = d.Sum(sum[:0])
	}
	return cryptEncode(sum)
}

// firstDigest is the specification's steps 1 to 12.
func firstDigest(password, salt []byte) []byte {
	b := sha512.Sum512(bytes.Join([][]byte{password, salt, password}, nil))
	d := sha512.New()
	d.Write(password)
	d.Write(salt)
	d.Write(fill(b[:], len(password)))
	for n := len(password); n > 0; n >>= 1 {
		if n&1 == 1 {
			d.Write(b[:])
		} else {
			d.Write(password)
		}
	}
	return d.Sum(nil)
}

// repeatDigest is the digest of part written times times.
func repeatDigest(part []byte, times int) []byte {
	d := sha512.New()
	for range times {
		d.Write(part)
	}
	return d.Sum(nil)
}

// fill repeats digest up to size bytes.
func fill(digest []byte, size int) []byte {
	out := bytes.Repeat(digest, size/len(digest)+1)
	return out[:size]
}

// cryptEncode writes a digest in the specification's order of bytes.
func cryptEncode(d []byte) string {
	var out strings.Builder
	put := func(a, b, c byte, n int) {
		v := uint(a)<<16 | uint(b)<<8 | uint(c)
		for range n {
			out.WriteByte(cryptAlphabet[v&0x3f])
			v >>= 6
		}
	}
	a, b, c := 0, 21, 42
	for range 21 {
		put(d[a], d[b], d[c], 4)
		a, b, c = b+1, c+1, a+1
	}
	put(0, 0, d[63], 2)
	return out.String()
}
