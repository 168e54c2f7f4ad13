package ldap

import (
	"errors"
	"fmt"
)

// Identifier octets of the universal types that LDAP uses (X.690 §8.1.2).
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagOctets     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
)

// errMalformed is bytes that are not what RFC 4511 allows.
var errMalformed = errors.New("malformed LDAP message")

// maxInt is the greatest integer in LDAP (RFC 4511 §4.1.1).
const maxInt = 1<<31 - 1

// header reads an identifier and a length (RFC 4511 §5.1: definite lengths
// only) and reports how many octets they took; n is 0 while octets are
// missing. Lengths above limit are refused, so nothing is allocated for them.
func header(b []byte, limit int) (tag byte, length, n int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, nil
	}
	if b[0]&0x1f == 0x1f {
		return 0, 0, 0, fmt.Errorf("%w: long tag", errMalformed)
	}
	octets := int(b[1] &^ 0x80)
	switch {
	case b[1] < 0x80:
		length, n = int(b[1]), 2
	case octets == 0:
		return 0, 0, 0, fmt.Errorf("%w: indefinite length", errMalformed)
	case octets > 4:
		return 0, 0, 0, fmt.Errorf("%w: %d octets of length", errMalformed, octets)
	case len(b) < 2+octets:
		return 0, 0, 0, nil
	default:
		n = 2 + octets
		var l uint64
		for _, o := range b[2:n] {
			l = l<<8 | uint64(o)
		}
		length = int(min(l, maxInt))
	}
	if length > limit {
		return 0, 0, 0, fmt.Errorf("%w: %d bytes are more than %d", errMalformed, length, limit)
	}
	return b[0], length, n, nil
}

// elements reads elements one after another. The first fault stays: after it
// everything reads as empty, so a decoder can check once at its end.
type elements struct {
	rest []byte
	err  error
}

func (e *elements) more() bool { return e.err == nil && len(e.rest) > 0 }

// peek is the identifier of the next element, 0 without one.
func (e *elements) peek() byte {
	if !e.more() {
		return 0
	}
	return e.rest[0]
}

// take reads the next element, which must have this identifier.
func (e *elements) take(tag byte) []byte {
	if e.err != nil {
		return nil
	}
	if e.peek() != tag {
		e.err = fmt.Errorf("%w: element %#02x where %#02x belongs", errMalformed, e.peek(), tag)
		return nil
	}
	return e.any()
}

// any reads the next element, whatever it is.
func (e *elements) any() []byte {
	if e.err != nil {
		return nil
	}
	_, length, n, err := header(e.rest, len(e.rest))
	if err == nil && (n == 0 || n+length > len(e.rest)) {
		err = fmt.Errorf("%w: cut short", errMalformed)
	}
	if err != nil {
		e.err = err
		return nil
	}
	body := e.rest[n : n+length : n+length]
	e.rest = e.rest[n+length:]
	return body
}

// integer reads a number between 0 and maxInt.
func (e *elements) integer(tag byte) int {
	n := number(e.take(tag))
	if n < 0 && e.err == nil {
		e.err = fmt.Errorf("%w: number out of range", errMalformed)
	}
	return max(n, 0)
}

// number is a two's complement integer from 0 to maxInt, else -1.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 4 || b[0] >= 0x80 {
		return -1
	}
	n := 0
	for _, o := range b {
		n = n<<8 | int(o)
	}
	return n
}

// element writes one element.
func element(tag byte, parts ...[]byte) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	b := make([]byte, 0, length+6)
	b = append(b, tag)
	if length < 0x80 {
		b = append(b, byte(length))
	} else {
		b = append(b, 0x84, byte(length>>24), byte(length>>16), byte(length>>8), byte(length))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func octets(tag byte, s string) []byte { return element(tag, []byte(s)) }

// integer writes a number between 0 and maxInt.
func integer(tag byte, n int) []byte {
	b := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
		b = b[1:]
	}
	return element(tag, b)
}
