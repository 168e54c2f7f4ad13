package token

import (
	"bytes"
	"errors"
	"fmt"
)

// placeholders are words that appear in examples and not in random secrets.
var placeholders = []string{
	"changeme", "change-me", "change_me", "change me", "replace", "example", "placeholder",
	"password", "secret", "default", "insecure", "qwerty",
}

// ErrWeakSecret means that a secret is one that somebody else could guess: too
// short, a pattern, or the text of an example.
var ErrWeakSecret = errors.New("weak secret")

// checkSecret refuses what is certainly weak. It cannot know that the rest is
// strong: a secret should be made by a random generator.
func checkSecret(secret []byte, least int) error {
	if len(secret) < least {
		return fmt.Errorf("%w: %d bytes are fewer than %d", ErrWeakSecret, len(secret), least)
	}
	lower := bytes.ToLower(secret)
	for _, word := range placeholders {
		if bytes.Contains(lower, []byte(word)) {
			return fmt.Errorf("%w: it contains %q, as examples do", ErrWeakSecret, word)
		}
	}
	switch {
	case distinct(secret) < 8:
		return fmt.Errorf("%w: fewer than 8 different bytes", ErrWeakSecret)
	case repeats(secret):
		return fmt.Errorf("%w: it repeats itself", ErrWeakSecret)
	case runs(secret):
		return fmt.Errorf("%w: it counts up or down", ErrWeakSecret)
	}
	return nil
}

func distinct(secret []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range secret {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// repeats tells whether the secret is a shorter text written twice or more often.
func repeats(secret []byte) bool {
	for period := 1; period <= len(secret)/2; period++ {
		if bytes.Equal(secret[period:], secret[:len(secret)-period]) {
			return true
		}
	}
	return false
}

// runs tells whether more than half of the bytes follow their neighbour by one
// and the same step, as in "abcdefgh" or "98765432".
func runs(secret []byte) bool {
	steps := 0
	for i := 2; i < len(secret); i++ {
		if secret[i]-secret[i-1] == secret[i-1]-secret[i-2] {
			steps++
		}
	}
	return steps > len(secret)/2
}
