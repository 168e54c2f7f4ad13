package token

import (
	"encoding/base64"
	"slices"
	"strings"
)

// segments decodes base64url without padding and refuses last characters whose
// unused bits are not zero, so that a token has one spelling only (RFC 7515 §2).
var segments = base64.RawURLEncoding.Strict()

// Verify returns the claims of a token that this deployment issued and that is
// valid now. Everything else is ErrInvalid, except a token that only lies behind
// its exp: that is ErrExpired. There is no input or output and no lock.
//
// The header decides nothing: it must be, byte for byte, the one that we write for
// a key that still verifies, and that key alone says which algorithm is used. So
// an unknown kid, another alg or typ, and any further member (crit, b64, zip, cty,
// jwk, jku, x5c…) are one and the same mismatch, found before anything is decoded
// (RFC 8725 §3.1, §3.10, §3.11). After the signature: iss is ours, aud names one of
// ours (none, if none is configured), sub, sid, jti, iat and exp are there, iat and
// nbf are not in the future beyond the leeway. Claims that we do not know are
// ignored. It does not check whether the session still lives.
func (r *Ring) Verify(raw string) (Claims, error) {
	if len(raw) > MaxLength {
		return Claims{}, ErrInvalid
	}
	header, rest, _ := strings.Cut(raw, ".")
	k := r.keys.Load().byHeader[header]
	if k == nil {
		return Claims{}, ErrInvalid
	}
	body, signature, _ := strings.Cut(rest, ".")
	plain, ok := decodeSegment(body)
	if !ok {
		return Claims{}, ErrInvalid
	}
	sig, ok := decodeSegment(signature)
	if !ok {
		return Claims{}, ErrInvalid
	}
	signed := []byte(raw[:len(header)+1+len(body)])
	if err := k.verifier.Verify(signed, sig, k.public); err != nil {
		return Claims{}, ErrInvalid
	}
	p, ok := decodePayload(string(plain))
	if !ok {
		return Claims{}, ErrInvalid
	}
	return r.accept(&p)
}

// decodeSegment decodes one part of a token. The alphabet is checked first because
// the decoder steps over line breaks.
func decodeSegment(s string) ([]byte, bool) {
	if s == "" {
		return nil, false
	}
	for i := range len(s) {
		if !inAlphabet(s[i]) {
			return nil, false
		}
	}
	out, err := segments.DecodeString(s)
	return out, err == nil
}

func inAlphabet(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// accept judges the claims of a token whose signature is good. Age comes last, so
// that only a token that is right in all else is called expired.
func (r *Ring) accept(p *payload) (Claims, error) {
	now := r.cfg.Now()
	latest := now.Add(r.cfg.Leeway)
	switch {
	case p.Issuer != r.cfg.Issuer,
		!r.addressed(p.Audience),
		p.Subject == "", p.SessionID == "", p.ID == "",
		p.IssuedAt.IsZero(), p.ExpiresAt.IsZero(),
		p.IssuedAt.After(latest), p.notBefore.After(latest):
		return Claims{}, ErrInvalid
	case !now.Before(p.ExpiresAt):
		return Claims{}, ErrExpired
	}
	return p.Claims, nil
}

func (r *Ring) addressed(audience []string) bool {
	if len(r.cfg.Audience) == 0 {
		return audience == nil
	}
	return slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(r.cfg.Audience, a) })
}
