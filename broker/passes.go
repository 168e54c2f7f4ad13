package broker

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// maxPasses is how many tokens the guard remembers.
	maxPasses = 1 << 15
	// ways is how many places a token may take.
	ways = 4
)

// passes is what the guard remembers of tokens that were good or had been ours,
// by their hash. Reading it takes no lock and allocates nothing; its size is
// fixed. A token that finds no place is asked about at every request.
type passes struct {
	asking singleflight.Group
	places [maxPasses]atomic.Pointer[seen]
}

func newPasses() *passes { return &passes{} }

// digest is the SHA-256 of a token: what is remembered opens nothing.
type digest [sha256.Size]byte

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// seen is what was found out about a token.
type seen struct {
	digest
	pass  *Pass // nil for a token that opens nothing any more, or nothing here
	until time.Time
	// inactive says that it is a provider's token, which the provider disowns.
	inactive bool

	// What was true when it was found out; it counts for as long as that is.
	sessionID string
	accountID string
	stamp     stamp
	keys      uint64
	door      *door

	renewal *renewal // of the session cookie
}

// find returns what is remembered of a token; nil for nothing.
func (p *passes) find(d digest) *seen {
	at := place(d)
	for i := range ways {
		if s := p.places[at+i].Load(); s != nil && s.digest == d {
			return s
		}
	}
	return nil
}

// keep remembers s, in the place of what was remembered of the same token, else
// of what ends first.
func (p *passes) keep(s *seen) {
	at := place(s.digest)
	best := at
	var ends time.Time
	for i := range ways {
		old := p.places[at+i].Load()
		if old == nil || old.digest == s.digest {
			best = at + i
			break
		}
		if ends.IsZero() || old.until.Before(ends) {
			best, ends = at+i, old.until
		}
	}
	p.places[best].Store(s)
}

// place is the first of a token's places.
func place(d digest) int {
	return int(binary.BigEndian.Uint64(d[:8])%(maxPasses/ways)) * ways
}
