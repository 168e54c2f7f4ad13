package sessions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
)

const (
	refreshVersion = 1
	idBytes        = 16
	macBytes       = sha256.Size
	refreshBytes   = 1 + idBytes + 8 + macBytes
)

// ErrToken is the answer for every refresh token that we did not make.
var ErrToken = errors.New("not a refresh token of ours")

var strict = base64.RawURLEncoding.Strict()

// NewID returns 128 bits from random as base64url: the id of a session.
func NewID(random io.Reader) (string, error) {
	var b [idBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return strict.EncodeToString(b[:]), nil
}

// RefreshTokens makes and reads refresh tokens:
//
//	base64url( version ‖ session id ‖ generation ‖ HMAC-SHA256 )
//
// The MAC is over all that precedes it. A token is the same however often it
// is made, so a lost answer can be given again, and nothing that opens a door
// is stored.
type RefreshTokens struct{ key []byte }

// NewRefreshTokens returns a codec under key, which must be 32 bytes and used
// for nothing else.
func NewRefreshTokens(key []byte) (RefreshTokens, error) {
	if len(key) != sha256.Size {
		return RefreshTokens{}, errors.New("refresh token key must be 32 bytes")
	}
	return RefreshTokens{key: append([]byte(nil), key...)}, nil
}

// Make returns the refresh token of a session's generation. id must come from
// [NewID]; generation must be positive.
func (t RefreshTokens) Make(id string, generation int64) (string, error) {
	raw, err := strict.DecodeString(id)
	if err != nil || len(raw) != idBytes || generation < 1 {
		return "", errors.New("malformed session id or generation")
	}
	b := make([]byte, 0, refreshBytes)
	b = append(b, refreshVersion)
	b = append(b, raw...)
	b = binary.BigEndian.AppendUint64(b, uint64(generation))
	return strict.EncodeToString(append(b, t.mac(b)...)), nil
}

// Parse returns the session id and generation of a token that Make made under
// the same key, and ErrToken for any other string. It does not know whether
// the session is alive.
func (t RefreshTokens) Parse(token string) (id string, generation int64, err error) {
	if len(token) != strict.EncodedLen(refreshBytes) {
		return "", 0, ErrToken
	}
	b, err := strict.DecodeString(token)
	if err != nil || len(b) != refreshBytes || b[0] != refreshVersion {
		return "", 0, ErrToken
	}
	body := b[:refreshBytes-macBytes]
	if !hmac.Equal(b[refreshBytes-macBytes:], t.mac(body)) {
		return "", 0, ErrToken
	}
	generation = int64(binary.BigEndian.Uint64(body[1+idBytes:]))
	if generation < 1 {
		return "", 0, ErrToken
	}
	return strict.EncodeToString(body[1 : 1+idBytes]), generation, nil
}

func (t RefreshTokens) mac(body []byte) []byte {
	m := hmac.New(sha256.New, t.key)
	m.Write(body)
	return m.Sum(nil)
}
