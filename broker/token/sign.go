package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"
)

// idSize is the length of a token id before it is written in base64url: 128 bits.
const idSize = 16

// Sign returns a token with the claims, signed by the current key. It fills Issuer,
// Audience, IssuedAt and ID when they are empty. Claims that lack Subject, SessionID
// or a sensible ExpiresAt are an error, and claims too long for a token ErrTooLarge.
// It does not check that Issuer and Audience are the ring's own: with others it makes
// a token that Verify refuses.
func (r *Ring) Sign(c Claims) (string, error) {
	if err := r.complete(&c); err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	k := r.keys.Load().current
	body := appendPayload(make([]byte, 0, 1024), &c)

	size := len(k.header) + 1 + base64.RawURLEncoding.EncodedLen(len(body))
	out := make([]byte, 0, size+128)
	out = append(out, k.header...)
	out = append(out, '.')
	out = base64.RawURLEncoding.AppendEncode(out, body)

	signature, err := k.signer.Sign(out, k.private)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	out = append(out, '.')
	out = base64.RawURLEncoding.AppendEncode(out, signature)
	if len(out) > MaxLength {
		return "", fmt.Errorf("%w: %d bytes are more than %d", ErrTooLarge, len(out), MaxLength)
	}
	return string(out), nil
}

func (r *Ring) complete(c *Claims) error {
	if c.Issuer == "" {
		c.Issuer = r.cfg.Issuer
	}
	if len(c.Audience) == 0 {
		c.Audience = r.cfg.Audience
	}
	if c.IssuedAt.IsZero() {
		c.IssuedAt = r.cfg.Now()
	}
	if c.Subject == "" || c.SessionID == "" {
		return errors.New("subject and session id are required")
	}
	if c.ExpiresAt.Unix() <= c.IssuedAt.Unix() {
		return errors.New("the token would expire before it is issued")
	}
	if !writable(c.IssuedAt) || !writable(c.ExpiresAt) || !c.AuthTime.IsZero() && !writable(c.AuthTime) {
		return errors.New("a time lies outside the years 1970 to 9999")
	}
	if c.ID != "" {
		return nil
	}
	id := make([]byte, idSize)
	if _, err := io.ReadFull(r.cfg.Rand, id); err != nil {
		return fmt.Errorf("token id: %w", err)
	}
	c.ID = base64.RawURLEncoding.EncodeToString(id)
	return nil
}

func writable(t time.Time) bool {
	n := t.Unix()
	return n >= 0 && n <= maxUnix
}
