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

	defaultMemory = 19 << 10 // KiB
	defaultTime   = 2
)

// What a stored argon2id hash may ask for, so that a hostile row cannot take
// the machine; more only if this process is configured to spend more itself.
const (
	maxMemory = 256 << 10 // KiB
	maxTime   = 64
	maxLanes  = 16
	maxWork   = 1 << 20 // KiB × passes: under a second on one processor
)

// argonParams are the cost of an argon2id hash (RFC 9106 §3.1).
type argonParams struct {
	memory uint32 // KiB
	time   uint32 // passes
	lanes  uint8
}

func (p argonParams) work() uint64 { return uint64(p.memory) * uint64(p.time) }

func (p argonParams) key(_ slot, password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(password), salt, p.time, p.memory, p.lanes, uint32(size))
}

// covers reports that a hash is of our kind and at least as strong.
func (p argonParams) covers(h hash) bool {
	a, ok := h.(argonHash)
	return ok && a.memory >= p.memory && a.time >= p.time && a.lanes >= p.lanes &&
		len(a.sum) >= keyBytes && len(a.salt) >= saltBytes
}

// affords reports that a process configured with p may spend what a asks for.
// It may always spend what it spends on its own hashes.
func (p argonParams) affords(a argonParams) bool {
	return a.memory <= max(p.memory, maxMemory) && a.time <= max(p.time, maxTime) &&
		a.lanes <= max(p.lanes, maxLanes) && a.work() <= max(p.work(), maxWork)
}

// argonHash is $argon2id$v=19$m=…,t=…,p=…$salt$sum, the PHC string form.
type argonHash struct {
	argonParams
	salt, sum []byte
}

// String writes the PHC string form.
func (a argonHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, a.time, a.lanes,
		b64.EncodeToString(a.salt), b64.EncodeToString(a.sum))
}

func (a argonHash) matches(s slot, password string) bool {
	return subtle.ConstantTimeCompare(a.key(s, password, a.salt, len(a.sum)), a.sum) == 1
}

// asked are the parameters of a stored argon2 hash.
func (a argonHash) asked() argonParams { return a.argonParams }

// argon2iHash is the older kind, $argon2i$, in the same form. Other systems
// made it by default once; here it is only ever replaced.
type argon2iHash struct{ argonHash }

func (a argon2iHash) matches(_ slot, password string) bool {
	sum := argon2.Key([]byte(password), a.salt, a.time, a.memory, a.lanes, uint32(len(a.sum)))
	return subtle.ConstantTimeCompare(sum, a.sum) == 1
}

func parseArgon2i(f []string) (hash, error) {
	a, err := readArgon(f)
	return argon2iHash{a}, err
}

func parseArgon(f []string) (hash, error) {
	a, err := readArgon(f)
	return a, err
}

// readArgon bounds the parameters by what their types hold; affords says what
// may be spent.
func readArgon(f []string) (a argonHash, err error) {
	if len(f) != 5 || f[1] != fmt.Sprintf("v=%d", argon2.Version) {
		return a, fmt.Errorf("%w: argon2 of another version or form", ErrHash)
	}
	if a.argonParams, err = readArgonParams(f[2]); err != nil {
		return a, err
	}
	if a.salt, err = decode(base64.RawStdEncoding, f[3], 8, 64); err != nil {
		return a, err
	}
	a.sum, err = decode(base64.RawStdEncoding, f[4], 16, 64)
	return a, err
}

func readArgonParams(s string) (p argonParams, err error) {
	values, err := settings(s, "m", "t", "p")
	if err != nil {
		return p, err
	}
	lanes, err := number(values[2], 1, 255)
	if err != nil {
		return p, err
	}
	memory, err := number(values[0], 8*lanes, 1<<32-1)
	if err != nil {
		return p, err
	}
	time, err := number(values[1], 1, 1<<32-1)
	return argonParams{uint32(memory), uint32(time), uint8(lanes)}, err
}
