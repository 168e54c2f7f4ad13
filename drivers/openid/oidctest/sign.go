package oidctest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Signer signs tokens: a [Key], or what a lie puts in its place.
type Signer interface {
	// Algorithm is what the header says.
	Algorithm() string
	Sign(input []byte) ([]byte, error)
}

// jws makes a compact JWS of claims (RFC 7515 §3.1), with all lies about
// tokens told. typ is the header's, none when empty.
func (p *Provider) jws(typ string, claims map[string]any, mutate ...func(header, claims map[string]any)) (string, error) {
	l := p.told()
	var s Signer = p.Key()
	if l.signer != nil {
		s = l.signer
	}
	header := map[string]any{"alg": s.Algorithm(), "kid": p.Key().ID}
	put(header, "typ", typ)
	for _, f := range mutate {
		f(header, claims)
	}
	h, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	texts := [2]string{string(h), string(c)}
	if l.json != nil {
		texts[0], texts[1] = l.json(texts[0], texts[1])
	}
	input := b64([]byte(texts[0])) + "." + b64([]byte(texts[1]))
	signature, err := s.Sign([]byte(input))
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	made := input + "." + b64(signature)
	if l.rewrite != nil {
		made = l.rewrite(made)
	}
	return made, nil
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
