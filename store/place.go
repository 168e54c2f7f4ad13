package store

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/signet-sso/signet/broker"
)

// way is a way into a list; from wayWord on, by a word of the search.
type way byte

const (
	wayNewest    way = 'n'
	wayAdmins    way = 'a'
	wayNotActive way = 's'
	wayGroup     way = 'g'
	wayWord      way = '0'
)

// place is where a page begins or ends: behind an account, on a way that all
// pages of a list keep to, whatever becomes of the counts.
type place struct {
	way     way
	term    []byte // on the way of a word
	created int64  // on the others
	id      string
}

// beginning is the place before all accounts.
func (s search) beginning(w way) place {
	if i := int(w) - int(wayWord); i >= 0 && i < len(s.words) {
		return place{way: w, term: s.words[i]}
	}
	return place{way: w, created: math.MaxInt64}
}

// String is the place as a word.
func (p place) String() string {
	body := binary.BigEndian.AppendUint64(nil, uint64(p.created)) //nolint:gosec // milliseconds since 1970
	if p.term != nil {
		body = append([]byte{byte(len(p.term))}, p.term...) //nolint:gosec // at most maxTerm
	}
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{byte(p.way)}, body...), p.id...))
}

// openPlace reads where a query goes on.
func openPlace(s search) (p place, err error) {
	refused := fmt.Errorf("go on: %w", broker.ErrPlace)
	b, err := base64.RawURLEncoding.DecodeString(s.After)
	if err != nil || len(b) < 2 || !slices.Contains(s.ways(), way(b[0])) {
		return p, refused
	}
	p = s.beginning(way(b[0]))
	body := b[1:]
	if p.term == nil {
		if len(body) < 8 {
			return p, refused
		}
		p.created, p.id = int64(binary.BigEndian.Uint64(body)), string(body[8:]) //nolint:gosec // any number is a place
	} else {
		n := int(body[0])
		if len(body) <= n || !bytes.HasPrefix(body[1:n+1], p.term) {
			return p, refused
		}
		p.term, p.id = body[1:n+1], string(body[n+1:])
	}
	if !storable(p.id) {
		return p, refused
	}
	return p, nil
}
