package store

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/signet-sso/signet/drivers/local"
)

// loginKey is a login name or address as it is compared.
func loginKey(login string) string { return text(local.Normalise(login)) }

// strangerBucket names the counter of a login name that leads to no account.
// It is hashed because people type passwords into the wrong field.
func strangerBucket(key string) string {
	h := sha256.Sum256([]byte(key))
	return "login:" + base64.RawURLEncoding.EncodeToString(h[:])
}
