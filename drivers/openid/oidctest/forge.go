package oidctest

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"
)

// forged is a Signer that has no key.
type forged struct {
	alg  string
	sign func(input []byte) []byte
}

func (f forged) Algorithm() string                 { return f.alg }
func (f forged) Sign(input []byte) ([]byte, error) { return f.sign(input), nil }

// Unsigned leaves the signature empty and says so, or not: alg is "none",
// "nOnE", "" or the name of an algorithm that would sign.
func Unsigned(alg string) Signer { return forged{alg, func([]byte) []byte { return nil }} }

// HMAC signs with a shared secret: HS256, HS384 or HS512. secret may be the
// client's, or the bytes of a public key.
func HMAC(alg string, secret []byte) Signer {
	return forged{alg, func(input []byte) []byte {
		mac := hmac.New(hashOf(alg).New, secret)
		mac.Write(input)
		return mac.Sum(nil)
	}}
}

// FlipBit flips one bit in a part of a token, for [Provider.Rewrite]: 0 is the
// header, 1 are the claims, 2 is the signature. Header and claims stay JSON,
// so that only the signature tells: the last letter or digit that can be
// another one is.
func FlipBit(part int) func(token string) string {
	return onPart(part, func(b []byte) []byte {
		for i := len(b) - 1; i >= 0; i-- {
			if part == 2 || plain(b[i]) && plain(b[i]^1) {
				b[i] ^= 1
				break
			}
		}
		return b
	})
}

// plain reports a letter or a digit.
func plain(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// ZeroSignature makes every byte of the signature zero: r = s = 0 for ECDSA.
func ZeroSignature(token string) string {
	return onPart(2, func(b []byte) []byte { return make([]byte, len(b)) })(token)
}

// CutSignature leaves two parts of three.
func CutSignature(token string) string { return token[:strings.LastIndexByte(token, '.')] }

// SwapAlphabet writes a token in standard base64 with padding, which no JWS
// may have (RFC 7515 §2).
func SwapAlphabet(token string) string {
	parts := strings.Split(token, ".")
	for i, p := range parts {
		parts[i] = base64.StdEncoding.EncodeToString(unb64(p))
	}
	return strings.Join(parts, ".")
}

// onPart changes the decoded bytes of a part.
func onPart(part int, f func([]byte) []byte) func(string) string {
	return func(token string) string {
		parts := strings.Split(token, ".")
		parts[part] = b64(f(unb64(parts[part])))
		return strings.Join(parts, ".")
	}
}

// unb64 decodes what b64 made.
func unb64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// Present publishes one key only and signs with something that may or may not
// be its other half, under the key's id: for keys that nobody should take.
func (p *Provider) Present(jwk map[string]any, s Signer) {
	p.JWKS(func([]map[string]any) []map[string]any { return []map[string]any{jwk} })
	p.IDToken(func(header, _ map[string]any) {
		if id, ok := jwk["kid"]; ok {
			header["kid"] = id
		}
	})
	p.SignWith(s)
}
