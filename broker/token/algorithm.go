package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
)

// rsaBits gives RSA the strength of the elliptic curves (128 bits); what comes out
// of the store may be smaller, down to rsaLeast.
const (
	rsaBits  = 3072
	rsaLeast = 2048
)

// algorithm is what we know of a signature algorithm of RFC 7518 §3.1 or RFC 8037.
type algorithm struct {
	jose      jwa.SignatureAlgorithm
	generate  func() (crypto.Signer, error) // nil: symmetric
	fits      func(crypto.PublicKey) bool   // whether a key is one of this algorithm
	minSecret int                           // bytes; symmetric only (RFC 7518 §3.2)
}

func (a algorithm) symmetric() bool { return a.generate == nil }

var algorithms = map[string]algorithm{
	"HS256": {jose: jwa.HS256, minSecret: 32},
	"HS384": {jose: jwa.HS384, minSecret: 48},
	"HS512": {jose: jwa.HS512, minSecret: 64},
	"RS256": {jose: jwa.RS256, generate: newRSA, fits: isRSA},
	"RS384": {jose: jwa.RS384, generate: newRSA, fits: isRSA},
	"RS512": {jose: jwa.RS512, generate: newRSA, fits: isRSA},
	"PS256": {jose: jwa.PS256, generate: newRSA, fits: isRSA},
	"PS384": {jose: jwa.PS384, generate: newRSA, fits: isRSA},
	"PS512": {jose: jwa.PS512, generate: newRSA, fits: isRSA},
	"ES256": {jose: jwa.ES256, generate: newEC(elliptic.P256()), fits: isEC(elliptic.P256())},
	"ES384": {jose: jwa.ES384, generate: newEC(elliptic.P384()), fits: isEC(elliptic.P384())},
	"ES512": {jose: jwa.ES512, generate: newEC(elliptic.P521()), fits: isEC(elliptic.P521())},
	"EdDSA": {jose: jwa.EdDSA, generate: newEd25519, fits: isEd25519},
}

func newRSA() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, rsaBits) }

func isRSA(pub crypto.PublicKey) bool {
	k, ok := pub.(*rsa.PublicKey)
	return ok && k.N.BitLen() >= rsaLeast
}

func newEC(curve elliptic.Curve) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return ecdsa.GenerateKey(curve, rand.Reader) }
}

func isEC(curve elliptic.Curve) func(crypto.PublicKey) bool {
	return func(pub crypto.PublicKey) bool {
		k, ok := pub.(*ecdsa.PublicKey)
		return ok && k.Curve == curve
	}
}

func newEd25519() (crypto.Signer, error) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	return k, err
}

func isEd25519(pub crypto.PublicKey) bool {
	_, ok := pub.(ed25519.PublicKey)
	return ok
}

// algorithmOf returns the asymmetric algorithm of a stored key.
func algorithmOf(name string) (algorithm, error) {
	alg, ok := algorithms[name]
	if !ok || alg.symmetric() {
		return algorithm{}, fmt.Errorf("stored key has the unknown algorithm %q", name)
	}
	return alg, nil
}
