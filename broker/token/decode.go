package token

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// decoder reads a payload of the shape that appendPayload writes: one JSON object
// without white space. It is stricter than encoding/json (no name twice, names
// compared exactly, no null, no number that is not a whole one, nothing behind
// the end) and keeps the text of strings without copying it.
type decoder struct {
	s string
	i int
}

// payload is what the decoder found: the claims, and nbf, which we honour but
// never write.
type payload struct {
	Claims
	notBefore time.Time
	seen      uint64 // bit i: claimSet[i] was met; the bit after the last: nbf
}

// maxUnix is the last second of the year 9999, the last that RFC 3339 can write.
const maxUnix = 253402300799

// maxDepth bounds the nesting inside a claim that we do not know.
const maxDepth = 16

// decodePayload reads s. Claims that it does not know are stepped over, whatever
// their value is, so that a replica of an older release accepts what a newer one
// signs.
func decodePayload(s string) (p payload, ok bool) {
	d := decoder{s: s}
	at := 0
	ok = d.members(func(name string) bool {
		var m int
		m, at = findClaim(name, at)
		if m < 0 {
			return d.skip(0)
		}
		if p.seen&(1<<m) != 0 {
			return false
		}
		p.seen |= 1 << m
		if m == len(claimSet) {
			return d.moment(&p.notBefore)
		}
		return claimSet[m].read(&d, &p.Claims)
	})
	return p, ok && d.i == len(s)
}

// findClaim returns the index of a claim, len(claimSet) for nbf, or -1. It looks
// first at the place that follows the last hit, where our own tokens have it.
func findClaim(name string, at int) (found, next int) {
	if at < len(claimSet) && claimSet[at].name == name {
		return at, at + 1
	}
	for i := range claimSet {
		if claimSet[i].name == name {
			return i, i + 1
		}
	}
	if name == "nbf" {
		return len(claimSet), at
	}
	return -1, at
}

// members reads an object and calls value for each name; value reads what follows.
func (d *decoder) members(value func(name string) bool) bool {
	if !d.take('{') {
		return false
	}
	if d.take('}') {
		return true
	}
	for {
		var name string
		if !d.text(&name) || !d.take(':') || !value(name) {
			return false
		}
		if !d.take(',') {
			return d.take('}')
		}
	}
}

// elements reads an array and calls value for each element.
func (d *decoder) elements(value func() bool) bool {
	if !d.take('[') {
		return false
	}
	if d.take(']') {
		return true
	}
	for {
		if !value() {
			return false
		}
		if !d.take(',') {
			return d.take(']')
		}
	}
}

// peek returns the next byte, or 0 (which no JSON text holds outside an error) at the end.
func (d *decoder) peek() byte {
	if d.i < len(d.s) {
		return d.s[d.i]
	}
	return 0
}

func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.i++
	return true
}

func (d *decoder) word(w string) bool {
	if !strings.HasPrefix(d.s[d.i:], w) {
		return false
	}
	d.i += len(w)
	return true
}

func (d *decoder) flag(v *bool) bool {
	*v = d.peek() == 't'
	return d.word("true") || d.word("false")
}

func (d *decoder) moment(t *time.Time) bool {
	digits := d.digits()
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > maxUnix || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	*t = time.Unix(n, 0).UTC()
	return true
}

func (d *decoder) digits() string {
	from := d.i
	for c := d.peek(); c >= '0' && c <= '9'; c = d.peek() {
		d.i++
	}
	return d.s[from:d.i]
}

func (d *decoder) list(v *[]string) bool {
	out := []string{}
	ok := d.elements(func() bool {
		out = append(out, "")
		return d.text(&out[len(out)-1])
	})
	*v = out
	return ok
}

// text reads a string. Without an escape in it the result shares the payload's memory.
func (d *decoder) text(v *string) bool {
	if !d.take('"') {
		return false
	}
	from := d.i
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			*v = d.s[from:d.i]
			d.i++
			return true
		case c == '\\':
			return d.escaped(from, v)
		case c < ' ' || c >= utf8.RuneSelf:
			return false
		}
		d.i++
	}
	return false
}

// escaped reads on in a string in which an escape was met.
func (d *decoder) escaped(from int, v *string) bool {
	b := make([]byte, 0, d.i-from+64)
	b = append(b, d.s[from:d.i]...)
	for d.i < len(d.s) {
		c := d.s[d.i]
		d.i++
		switch {
		case c == '"':
			*v = string(b)
			return true
		case c == '\\':
			r, ok := d.escape()
			if !ok {
				return false
			}
			b = utf8.AppendRune(b, r)
		case c < ' ' || c >= utf8.RuneSelf:
			return false
		default:
			b = append(b, c)
		}
	}
	return false
}

// escape reads what follows a backslash; half of a surrogate pair is refused.
func (d *decoder) escape() (rune, bool) {
	c := d.peek()
	if c == 0 {
		return 0, false
	}
	d.i++
	if c == '"' || c == '\\' || c == '/' {
		return rune(c), true
	}
	if at := strings.IndexByte("btnfr", c); at >= 0 {
		return rune("\b\t\n\f\r"[at]), true
	}
	if c != 'u' {
		return 0, false
	}
	r, ok := d.unit()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if !d.word(`\u`) {
		return 0, false
	}
	low, ok := d.unit()
	r = utf16.DecodeRune(r, low)
	return r, ok && r != utf8.RuneError
}

func (d *decoder) unit() (rune, bool) {
	if len(d.s)-d.i < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(d.s[d.i:d.i+4], 16, 16)
	d.i += 4
	return rune(n), err == nil
}

// skip steps over a value of any kind.
func (d *decoder) skip(depth int) bool {
	var t string
	switch c := d.peek(); {
	case depth > maxDepth:
		return false
	case c == '"':
		return d.text(&t)
	case c == '{':
		return d.members(func(string) bool { return d.skip(depth + 1) })
	case c == '[':
		return d.elements(func() bool { return d.skip(depth + 1) })
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	}
	return d.word("true") || d.word("false") || d.word("null")
}

// number steps over a number (RFC 8259 §6).
func (d *decoder) number() bool {
	d.take('-')
	whole := d.digits()
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if d.take('.') && d.digits() == "" {
		return false
	}
	if !d.take('e') && !d.take('E') {
		return true
	}
	if !d.take('+') {
		d.take('-')
	}
	return d.digits() != ""
}
