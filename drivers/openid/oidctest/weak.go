package oidctest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"testing"
)

// sha256Prefix is the ASN.1 of a SHA-256 digest (RFC 8017 §9.2, note 1).
const sha256Prefix = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

// WeakKey is an RSA key that no library makes or uses any more. Its RS256
// signatures are right all the same.
type WeakKey struct {
	ID      string
	n, e, d *big.Int
}

// NewWeakKey makes an RSA key of so many bits, 512 at the least, with an
// exponent: 1 makes every message its own signature.
func NewWeakKey(tb testing.TB, bits int, exponent int64) *WeakKey {
	tb.Helper()
	k := &WeakKey{ID: "weak-" + rand.Text(), e: big.NewInt(exponent)}
	one := big.NewInt(1)
	for range 1000 { // an exponent of 3 fits one of nine pairs of primes or better
		p, err1 := rand.Prime(rand.Reader, bits/2)
		q, err2 := rand.Prime(rand.Reader, bits-bits/2)
		if err := errors.Join(err1, err2); err != nil {
			tb.Fatalf("make a weak key: %v", err)
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if k.d = new(big.Int).ModInverse(k.e, phi); k.d != nil && p.Cmp(q) != 0 {
			k.n = new(big.Int).Mul(p, q)
			return k
		}
	}
	tb.Fatalf("there is no key with the exponent %d", exponent)
	return nil
}

// Algorithm is RS256.
func (k *WeakKey) Algorithm() string { return "RS256" }

// Sign signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 8017 §8.2.1).
func (k *WeakKey) Sign(input []byte) ([]byte, error) {
	tail := append([]byte(sha256Prefix), digest(crypto.SHA256, input)...)
	size := (k.n.BitLen() + 7) / 8
	pad := size - len(tail) - 3
	if pad < 8 {
		return nil, fmt.Errorf("%d bits are too few for a signature", k.n.BitLen())
	}
	m := append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, pad)...), 0)
	return new(big.Int).Exp(new(big.Int).SetBytes(append(m, tail...)), k.d, k.n).FillBytes(make([]byte, size)), nil
}

// JWK is the public part (RFC 7518 §6.3.1).
func (k *WeakKey) JWK() map[string]any {
	return map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.ID, "n": b64(k.n.Bytes()), "e": b64(k.e.Bytes())}
}
