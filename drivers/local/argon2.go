package local

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

const (
	saltBytes = 16
	keyBytes  = 32

	// What a stored hash may ask for at most, so that a hostile row cannot
	// take the machine.
	maxMemory = 256 << 10 // KiB
	maxTime   = 32
	maxLanes  = 16
)

// argonParams are the cost of an argon2id hash (RFC 9106 §3.1).
type argonParams struct {
	memory uint32 // KiB
	time   uint32 // passes
	lanes  uint8
}

func (p argonParams) key(password string, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(password), salt, p.time, p.memory, p.lanes, size)
}

// phc writes the hash in PHC string form.
func (p argonParams) phc(password string, salt []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.lanes,
		b64.EncodeToString(salt), b64.EncodeToString(p.key(password, salt, keyBytes)))
}

// covers reports that a hash is of our kind and at least as strong.
func (p argonParams) covers(h hash) bool {
	a, ok := h.(argonHash)
	return ok && a.memory >= p.memory && a.time >= p.time && a.lanes >= p.lanes && len(a.sum) >= keyBytes && len(a.salt) >= saltBytes
}

type argonHash struct {
	argonParams
	salt, sum []byte
}

func (a argonHash) matches(password string) bool {
	return subtle.ConstantTimeCompare(a.key(password, a.salt, uint32(len(a.sum))), a.sum) == 1
}

func parseArgon(f []string) (hash, error) {
	if len(f) != 5 || f[1] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, fmt.Errorf("%w: argon2id of another version or form", ErrHash)
	}
	values, err := settings(f[2], "m", "t", "p")
	if err != nil {
		return nil, err
	}
	lanes, err := number(values[2], 1, maxLanes)
	if err != nil {
		return nil, err
	}
	memory, err := number(values[0], 8*lanes, maxMemory)
	if err != nil {
		return nil, err
	}
	time, err := number(values[1], 1, maxTime)
	if err != nil {
		return nil, err
	}
	salt, err := decode(base64.RawStdEncoding, f[3], 8, 64)
	if err != nil {
		return nil, err
	}
	sum, err := decode(base64.RawStdEncoding, f[4], 16, 64)
	if err != nil {
		return nil, err
	}
	return argonHash{argonParams{uint32(memory), uint32(time), uint8(lanes)}, salt, sum}, nil
}
