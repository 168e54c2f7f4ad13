package factor

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

const (
	// RecoveryCodes is how many a person gets.
	RecoveryCodes = 10
	recoveryBytes = 10 // 80 bits
	recoveryChars = recoveryBytes * 8 / 5
)

// NewRecoveryCodes returns codes of 80 random bits each, as people keep them:
// four groups of four letters and digits.
func NewRecoveryCodes(random io.Reader) ([]string, error) {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		b := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("make recovery codes: %w", err)
		}
		s := strings.ToLower(base().EncodeToString(b))
		codes[i] = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
	}
	return codes, nil
}

// HashRecovery is what is kept of an account's recovery code; false for text
// that is none. Case, hyphens and blanks do not count.
func HashRecovery(accountID, code string) (hash string, ok bool) {
	if len(code) > 64 {
		return "", false
	}
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if len(plain) != recoveryChars || strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", false
	}
	h := sha256.Sum256([]byte("signet recovery code\x00" + accountID + "\x00" + plain))
	return base64.RawURLEncoding.EncodeToString(h[:]), true
}
