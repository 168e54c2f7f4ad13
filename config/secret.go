package config

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// hidden is all that anybody sees of a secret.
const hidden = "[secret]"

// Secret is a value that no printer shows: fmt, encoding/json, log/slog and
// YAML all write [secret] instead. The value sits behind a pointer, so that
// even a printer that walks unexported fields sees an address only.
//
// Compare secrets with Equal: == compares addresses.
type Secret struct {
	value *string
}

// NewSecret hides value. An empty value is no secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value, empty when there is none. The caller must not
// print it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Equal reports whether both have the same value, in constant time for values
// of one length.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// IsZero reports that there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// String never shows the value: it is "[secret]", or empty when there is none.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return hidden
}

// GoString is String for %#v.
func (s Secret) GoString() string { return s.String() }

// Format is String for every verb, %d and %x included.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(s.String())) // fmt.State has nowhere to report an error
}

// MarshalText is String for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON is String for encoding/json.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue is String for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
