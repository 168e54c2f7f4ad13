package token

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// forwardedPrefix begins the jti of tokens that are handed to applications.
const forwardedPrefix = "fwd."

// NewForwardedID returns an id for a token that is handed to an application: 128
// bits of random behind a mark, by which [Forwarded] knows it.
func NewForwardedID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make token id: %w", err)
	}
	return forwardedPrefix + base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// Forwarded reports the id of a token that was handed to an application, which
// must not do for what only the person's own browser may.
func Forwarded(id string) bool { return strings.HasPrefix(id, forwardedPrefix) }
