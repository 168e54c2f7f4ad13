// Package factor makes and checks second factors: time-based codes (RFC 6238)
// and recovery codes. It stores nothing and knows no account; whoever calls it
// sees to it that a code works once.
package factor

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	// Period is how long one code is shown (RFC 6238 §5.2).
	Period = 30 * time.Second
	// drift is how many periods a person's clock may be off, either way.
	drift = 1
	// seedBytes is what SHA-1, the one hash that every authenticator knows, takes
	// (RFC 4226 §4 R6).
	seedBytes = 20
	digits    = 6
	qrSide    = 240 // pixels
)

// base is how seeds and recovery codes are written (RFC 4648 §6).
func base() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// NewSeed returns a random seed of 160 bits.
func NewSeed(random io.Reader) ([]byte, error) {
	seed := make([]byte, seedBytes)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("make seed: %w", err)
	}
	return seed, nil
}

// Secret is a seed as people type it into an authenticator.
func Secret(seed []byte) string { return base().EncodeToString(seed) }

// ReadSecret is the seed that was written as text in base32, in either case,
// with or without blanks and padding. It is false for one of less than 80 or
// more than 512 bits: shorter ones can be guessed, and nobody makes longer
// ones.
func ReadSecret(text string) (seed []byte, ok bool) {
	text = strings.ToUpper(strings.TrimRight(strings.ReplaceAll(text, " ", ""), "="))
	seed, err := base().DecodeString(text)
	return seed, err == nil && len(seed) >= 10 && len(seed) <= 64
}

// URL is a seed with a label as authenticators read it: issuer is the site,
// holder what the person is called there.
func URL(seed []byte, issuer, holder string) string {
	q := url.Values{"secret": {Secret(seed)}, "issuer": {issuer}}
	// Authenticators take a plus in the query for a plus, so blanks are %20.
	query := bytes.ReplaceAll([]byte(q.Encode()), []byte("+"), []byte("%20"))
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(holder) + "?" + string(query)
}

// QR is an otpauth address as a PNG picture.
func QR(address string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	picture, err := key.Image(qrSide, qrSide)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return b.Bytes(), nil
}

// Match returns the time step that a code belongs to, at most one period from
// now, and false for a code that is not of the seed. Six ASCII digits and
// nothing else are a code. Whether the step was used before is not checked.
func Match(seed []byte, code string, now time.Time) (step int64, ok bool) {
	if len(code) != digits {
		return 0, false
	}
	current := now.Unix() / int64(Period/time.Second)
	for s := current - drift; s <= current+drift; s++ {
		want, err := Code(seed, s)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// Code is the code of a seed in a time step.
func Code(seed []byte, step int64) (string, error) {
	return hotp.GenerateCode(Secret(seed), uint64(step)) //nolint:gosec // a time after 1970
}

// Step is the time step of a moment.
func Step(t time.Time) int64 { return t.Unix() / int64(Period/time.Second) }
