package openid

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/signet-sso/signet/drivers"
)

// asymmetric are the signatures that an ID token may have.
var asymmetric = []string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}

const (
	maxKeys = 200      // of a key set
	maxJWT  = 64 << 10 // bytes
	minRSA  = 2048     // bits
)

// keySet is the public keys of a provider that can have signed something.
type keySet []jose.JSONWebKey

func (p *provider) fetchKeys(ctx context.Context) ([]byte, keySet, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return nil, nil, err
	}
	body, err := p.fetch(ctx, m.Keys)
	if err != nil {
		return nil, nil, err
	}
	keys, err := parseKeys(body)
	return body, keys, err
}

// parseKeys reads a key set (RFC 7517 §5) and leaves out what cannot verify a
// signature. A set without any key is an error: nobody has none.
func parseKeys(body []byte) (keySet, error) {
	var set struct {
		Keys []stdjson.RawMessage `json:"keys"`
	}
	if err := decode(body, &set); err != nil {
		return nil, fmt.Errorf("%w: keys: %w", drivers.ErrUnavailable, err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("%w: %d keys", drivers.ErrUnavailable, len(set.Keys))
	}
	var keys keySet
	for _, raw := range set.Keys {
		var uses struct {
			Ops []string `json:"key_ops"`
		}
		var key jose.JSONWebKey
		if decode(raw, &uses) != nil || key.UnmarshalJSON(raw) != nil || !key.Valid() || !strong(key) {
			continue
		}
		if key.Use == "" && len(uses.Ops) > 0 && !slices.Contains(uses.Ops, "verify") {
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no key that can verify a signature", drivers.ErrUnavailable)
	}
	return keys, nil
}

// strong reports a public key that is good enough to believe.
func strong(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" {
		return false
	}
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSA && k.N.BitLen() <= 16384 && k.E >= 3 && k.E%2 == 1
	case *ecdsa.PublicKey:
		return slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, k.Curve)
	case ed25519.PublicKey:
		return len(k) == ed25519.PublicKeySize
	}
	return false
}

// fits reports a key that can have made a signature of an algorithm.
func fits(key jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return algorithm == map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[k.Curve]
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// keyRing is the key set of one verification.
type keyRing struct {
	*provider
	missing error // why there were no keys; the library does not hand it on
}

// VerifySignature implements the key set of go-oidc: it returns the payload of
// a token that the provider signed. What the token's header names besides
// algorithm and key id is not looked at.
func (p *keyRing) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	if len(jwt) > maxJWT {
		return nil, errors.New("token is too long")
	}
	algorithms := make([]jose.SignatureAlgorithm, len(p.Algorithms))
	for i, a := range p.Algorithms {
		algorithms[i] = jose.SignatureAlgorithm(a)
	}
	signed, err := jose.ParseSignedCompact(jwt, algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, errors.New("token is no signed JWT of an accepted algorithm")
	}
	keys, err := p.keys.get(ctx, fresh, keyPause)
	if err != nil {
		p.missing = err
		return nil, err
	}
	if payload, ok := keys.verify(signed); ok {
		return payload, nil
	}
	// The provider may have a new key, but a token that was made up must not
	// make us ask again and again.
	if keys, err = p.keys.get(ctx, keyPause, keyPause); err != nil {
		p.missing = err
		return nil, err
	}
	if payload, ok := keys.verify(signed); ok {
		return payload, nil
	}
	return nil, errors.New("no key of the provider's made this signature")
}

// verify tries the keys that the header's key id names, or all that fit when it
// names none (OpenID Connect Core §10.1).
func (ks keySet) verify(signed *jose.JSONWebSignature) ([]byte, bool) {
	header := signed.Signatures[0].Header
	for _, key := range ks {
		if header.KeyID != "" && key.KeyID != header.KeyID || !fits(key, header.Algorithm) {
			continue
		}
		if payload, err := signed.Verify(key.Key); err == nil {
			return payload, true
		}
	}
	return nil, false
}
