package token

import (
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// appendPayload appends the claims as JSON of which every byte is ASCII and none
// is '>', '?', '~' or DEL. Only such bytes could put a '-' or '_' into the
// base64url form (the last six bits of one would have to be 62 or 63), so a
// consumer that decodes the payload with the standard alphabet reads it as well.
func appendPayload(b []byte, c *Claims) []byte {
	b = append(b, '{')
	for i := range claimSet {
		m := &claimSet[i]
		if m.omit != nil && m.omit(c) {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, m.name...)
		b = append(b, '"', ':')
		b = m.write(b, c)
	}
	return append(b, '}')
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string (RFC 8259 §7) in the alphabet that
// appendPayload promises. What needs no escape is copied in one piece.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain(c) {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		if c < utf8.RuneSelf {
			b = appendEscape(b, c)
			i++
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = appendRune(b, r)
			i += n
		}
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func plain(c byte) bool {
	return c >= ' ' && c < '~' && c != '"' && c != '\\' && c != '>' && c != '?'
}

func appendEscape(b []byte, c byte) []byte {
	if c == '"' || c == '\\' {
		return append(b, '\\', c)
	}
	return appendUnit(b, rune(c))
}

func appendRune(b []byte, r rune) []byte {
	if r <= 0xffff {
		return appendUnit(b, r)
	}
	high, low := utf16.EncodeRune(r)
	return appendUnit(appendUnit(b, high), low)
}

func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

func appendList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

func appendTime(b []byte, t time.Time) []byte { return strconv.AppendInt(b, t.Unix(), 10) }
