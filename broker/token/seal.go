package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// MinMaster is the least length in bytes of a master secret.
const MinMaster = 35

// ErrSealed means that a sealed value does not open: it was sealed under another
// master secret, for another purpose or row, or was changed.
var ErrSealed = errors.New("sealed value does not open")

const (
	sealVersion = 1
	subKeySize  = 32
)

// Sealer encrypts what the database keeps for us, and derives the keys of our
// other MACs, all from one master secret (HKDF-SHA256, RFC 5869). It is immutable
// and safe for concurrent use.
type Sealer struct {
	prk []byte
}

// NewSealer returns a Sealer for a master secret of at least MinMaster bytes. A
// secret that is certainly weak is refused with ErrWeakSecret.
func NewSealer(master []byte) (*Sealer, error) {
	if err := checkSecret(master, MinMaster); err != nil {
		return nil, fmt.Errorf("master secret: %w", err)
	}
	prk, err := hkdf.Extract(sha256.New, master, []byte("signet master"))
	if err != nil {
		return nil, fmt.Errorf("master secret: %w", err)
	}
	return &Sealer{prk: prk}, nil
}

// Seal encrypts plain with AES-256-GCM for one purpose and one row. Each pair has
// a key of its own, so the number of seals is not limited in practice, and the
// pair is authenticated too. The result is 29 bytes longer than plain.
func (s *Sealer) Seal(purpose, row string, plain []byte) ([]byte, error) {
	aead, bound, err := s.cipher(purpose, row)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return aead.Seal([]byte{sealVersion}, nil, plain, bound), nil
}

// Open undoes Seal for the same purpose and row; anything else is ErrSealed.
func (s *Sealer) Open(purpose, row string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, fmt.Errorf("open %s: %w", purpose, ErrSealed)
	}
	aead, bound, err := s.cipher(purpose, row)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, err)
	}
	plain, err := aead.Open(nil, nil, sealed[1:], bound)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, ErrSealed)
	}
	return plain, nil
}

// Key returns 32 bytes that belong to the label: the same for the same master
// secret and label, and telling nothing about the keys of other labels.
func (s *Sealer) Key(label string) []byte {
	key, err := s.expand("signet key\x00" + label)
	if err != nil {
		panic(err) // only a length beyond 255 hashes is an error
	}
	return key
}

// Format keeps the secret out of logs and error texts whatever the verb.
func (Sealer) Format(f fmt.State, _ rune) { fmt.Fprint(f, "token.Sealer(…)") }

func (s *Sealer) cipher(purpose, row string) (cipher.AEAD, []byte, error) {
	bound := binding(purpose, row)
	key, err := s.expand(string(bound))
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return aead, bound, err
}

func (s *Sealer) expand(info string) ([]byte, error) {
	return hkdf.Expand(sha256.New, s.prk, info, subKeySize)
}

// binding writes purpose and row so that no two pairs give the same bytes.
func binding(purpose, row string) []byte {
	b := append([]byte("signet seal\x00"), sealVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(len(purpose)))
	b = append(b, purpose...)
	return append(b, row...)
}
