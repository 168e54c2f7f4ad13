package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Key is a signing key of a provider, or of somebody who poses as it.
type Key struct {
	ID   string
	Alg  string // RS, PS or ES with 256, 384 or 512, or EdDSA
	Priv crypto.Signer
}

// NewKey makes a key for an algorithm. One of RSA takes a moment.
func NewKey(tb testing.TB, alg string) *Key {
	tb.Helper()
	k, err := generate(alg)
	if err != nil {
		tb.Fatalf("make a key for %q: %v", alg, err)
	}
	return &Key{ID: "key-" + rand.Text(), Alg: alg, Priv: k}
}

func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return k, err
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

// Algorithm is k.Alg, for [Signer].
func (k *Key) Algorithm() string { return k.Alg }

// Sign signs as k.Alg says (RFC 7518 §3, RFC 8037 §3.1).
func (k *Key) Sign(input []byte) ([]byte, error) {
	if k.Alg == "EdDSA" {
		return k.Priv.Sign(rand.Reader, input, crypto.Hash(0))
	}
	h := hashOf(k.Alg)
	sum := digest(h, input)
	switch priv := k.Priv.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, priv, sum)
		if err != nil {
			return nil, err
		}
		size := (priv.Params().BitSize + 7) / 8
		return slices.Concat(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))), nil
	default:
		if k.Alg[0] == 'P' {
			return priv.Sign(rand.Reader, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h})
		}
		return priv.Sign(rand.Reader, sum, h)
	}
}

// JWK is the public part as the provider publishes it (RFC 7517 §4).
func (k *Key) JWK() map[string]any {
	text, err := jose.JSONWebKey{Key: k.Priv.Public(), KeyID: k.ID, Algorithm: k.Alg, Use: "sig"}.MarshalJSON()
	if err != nil {
		return map[string]any{"kty": "broken: " + err.Error()}
	}
	var jwk map[string]any
	if err := json.Unmarshal(text, &jwk); err != nil {
		return map[string]any{"kty": "broken: " + err.Error()}
	}
	return jwk
}

// DER is the public part as PKIX, which attackers use as an HMAC secret.
func (k *Key) DER(tb testing.TB) []byte {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Priv.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

// PEM is DER in its usual dress.
func (k *Key) PEM(tb testing.TB) []byte {
	tb.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.DER(tb)})
}

// PrivatePEM is the private part as PKCS #8, for a relying party that proves
// itself with it.
func (k *Key) PrivatePEM(tb testing.TB) []byte {
	tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k.Priv)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// Certificate is a certificate that k issued to itself, as DER: for x5c.
func (k *Key) Certificate(tb testing.TB) []byte {
	tb.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Priv.Public(), k.Priv)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

// hashOf is the hash of an algorithm, SHA-512 for EdDSA and SHA-256 where
// there is none.
func hashOf(alg string) crypto.Hash {
	if len(alg) < 3 {
		return crypto.SHA256
	}
	switch alg[len(alg)-3:] {
	case "384":
		return crypto.SHA384
	case "512", "DSA":
		return crypto.SHA512
	}
	return crypto.SHA256
}

func digest(h crypto.Hash, input []byte) []byte {
	w := h.New()
	w.Write(input)
	return w.Sum(nil)
}
