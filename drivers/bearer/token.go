// Package bearer holds what drivers that read a provider's access tokens have
// in common: what a token looks like, what it must say of itself, and how a
// provider is asked about one (RFC 7662).
package bearer

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxToken is the longest token that is looked at, in bytes.
const maxToken = 64 << 10

// IsToken reports 1 to 64 KiB of what a bearer token is made of (RFC 6750
// §2.1).
func IsToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~+/=", c)
	})
}

// Payload is the middle part of a JWT, decoded. Nothing of it is proven. ok is
// false for any other token.
func Payload(token string) (body []byte, ok bool) {
	if strings.Count(token, ".") != 2 {
		return nil, false
	}
	_, rest, _ := strings.Cut(token, ".")
	part, _, _ := strings.Cut(rest, ".")
	body, err := base64.RawURLEncoding.DecodeString(part)
	return body, err == nil
}

// Issuer is who a JWT says that it is of, unproven. Of anything else, and of a
// JWT that has two readings, nothing is known.
func Issuer(token string) (issuer string, known bool) {
	body, ok := Payload(token)
	var c struct {
		Issuer *string `json:"iss"`
	}
	if !ok || json.Unmarshal(body, &c) != nil || c.Issuer == nil {
		return "", false
	}
	return *c.Issuer, true
}
