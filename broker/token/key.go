package token

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// The states of a stored key.
const (
	StateNext     = "next"     // published, signs nothing yet
	StateCurrent  = "current"  // signs
	StatePrevious = "previous" // verifies what it signed
	StateRetired  = "retired"  // verifies nothing; its private half is wiped
)

// sealPurpose separates signing keys from everything else that is sealed.
const sealPurpose = "signing key"

// StoredKey is one signing key as the database keeps it.
type StoredKey struct {
	ID        string // kid: the RFC 7638 SHA-256 thumbprint of the public key
	Algorithm string
	State     string // next, current, previous or retired
	Sealed    []byte // PKCS #8, sealed for this ID and Algorithm; empty when retired
	CreatedAt time.Time
	ChangedAt time.Time // of the last change of State
}

// key is a key ready for use.
type key struct {
	id       string
	header   string // the first segment of each of its tokens, in base64url
	signer   jws.Signer
	verifier jws.Verifier
	private  any
	public   any
	jwk      jwk.Key // what the JWKS shows; nil for a symmetric key
}

// newKey prepares a key. The JOSE library offers the bare signature algorithm
// under its message functions; these two calls are all that Sign and Verify need of
// it; jws.Sign on top of the same signer takes a third longer.
func newKey(alg algorithm, typ, id string, private, public any) (*key, error) {
	signer, err := jws.NewSigner(alg.jose)
	if err != nil {
		return nil, fmt.Errorf("signer for %s: %w", alg.jose, err)
	}
	verifier, err := jws.NewVerifier(alg.jose)
	if err != nil {
		return nil, fmt.Errorf("verifier for %s: %w", alg.jose, err)
	}
	return &key{
		id: id, header: headerSegment(alg, typ, id),
		signer: signer, verifier: verifier, private: private, public: public,
	}, nil
}

// headerSegment is the only header that tokens of a key ever have. All three
// values consist of plain ASCII that JSON need not escape. Its exact bytes are
// part of our wire format, because Verify compares them: another form has to be
// accepted for a release before it is written.
func headerSegment(alg algorithm, typ, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(
		`{"alg":"` + alg.jose.String() + `","kid":"` + id + `","typ":"` + typ + `"}`))
}

// hmacKey prepares the key that the configuration gives for HS256, HS384 and HS512.
// Its id comes from a MAC under the key itself, so it changes with the key and
// tells no more about it than any token does.
func hmacKey(alg algorithm, typ string, secret []byte) (*key, error) {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("signet hmac key id\x00" + alg.jose.String()))
	id := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	return newKey(alg, typ, id, secret, secret)
}

// thumbprint names a public key after itself, so that an id can be checked and two
// keys never share one (RFC 7638).
func thumbprint(public crypto.PublicKey) (string, jwk.Key, error) {
	k, err := jwk.FromRaw(public)
	if err != nil {
		return "", nil, fmt.Errorf("public key: %w", err)
	}
	sum, err := k.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", nil, fmt.Errorf("thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), k, nil
}

// newStored makes a key of the algorithm and seals it. Its state is left to the caller.
func newStored(name string, s *Sealer) (StoredKey, error) {
	alg, err := algorithmOf(name)
	if err != nil {
		return StoredKey{}, err
	}
	private, err := alg.generate()
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate key: %w", err)
	}
	return seal(name, private, s)
}

func seal(name string, private crypto.Signer, s *Sealer) (StoredKey, error) {
	id, _, err := thumbprint(private.Public())
	if err != nil {
		return StoredKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return StoredKey{}, fmt.Errorf("encode key: %w", err)
	}
	sealed, err := s.Seal(sealPurpose, sealRow(name, id), der)
	return StoredKey{ID: id, Algorithm: name, Sealed: sealed}, err
}

// sealRow binds the sealed key to its algorithm as well, so that nobody who can
// write to the database makes us use it with another.
func sealRow(algorithm, id string) string { return algorithm + " " + id }

// open makes a stored key ready for use. That the id is the thumbprint needs no
// check: the seal already says so.
func (k StoredKey) open(typ string, s *Sealer) (*key, error) {
	alg, err := algorithmOf(k.Algorithm)
	if err != nil {
		return nil, err
	}
	der, err := s.Open(sealPurpose, sealRow(k.Algorithm, k.ID), k.Sealed)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("decode key: %w", err)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok || !alg.fits(private.Public()) {
		return nil, fmt.Errorf("the key is not one for %s, or too small", k.Algorithm)
	}
	return ready(k, alg, typ, private)
}

func ready(k StoredKey, alg algorithm, typ string, private crypto.Signer) (*key, error) {
	out, err := newKey(alg, typ, k.ID, private, private.Public())
	if err != nil {
		return nil, err
	}
	_, out.jwk, err = thumbprint(private.Public())
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]any{jwk.KeyIDKey: k.ID, jwk.AlgorithmKey: alg.jose, jwk.KeyUsageKey: jwk.ForSignature} {
		if err := out.jwk.Set(name, value); err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
	}
	return out, nil
}
