package guard

import (
	"strings"
	"unicode/utf8"
)

// reading is a path as the applications behind a proxy may read it.
type reading struct {
	parts []string // decoded, without the last slash
	// doubtful says why two readers could disagree about the path; "" when they
	// cannot.
	doubtful string
}

// readPath decodes the path of a request target (RFC 3986 §3.3) once. ok is
// false for one that is malformed. A path that some server somewhere resolves,
// decodes or cuts further is told to be doubtful: nobody can say which resource
// it will be in the end.
func readPath(raw string) (p reading, ok bool) {
	if !strings.HasPrefix(raw, "/") {
		return p, false
	}
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '?' {
			return p, false
		}
	}
	parts := strings.Split(raw[1:], "/")
	for i, part := range parts {
		plain, ok := unescape(part)
		if !ok {
			return p, false
		}
		parts[i] = plain
		if why := doubt(plain, i == len(parts)-1); why != "" && p.doubtful == "" {
			p.doubtful = why
		}
	}
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	p.parts = parts
	return p, true
}

// doubt says why a part of a path may be read as something else.
func doubt(part string, last bool) string {
	switch {
	case part == "" && !last:
		return "empty_part"
	case strings.HasSuffix(part, "."): // also . and .. themselves
		return "dots"
	case strings.HasSuffix(part, " ") || strings.HasPrefix(part, " "):
		return "spaces"
	case !utf8.ValidString(part):
		return "encoding"
	}
	if strings.ContainsFunc(part, ambiguous) {
		return "sign"
	}
	return ""
}

// ambiguous reports characters that end a path or a part of one, or begin an
// escape, for some readers, and those that some fold into such a one (NFKC).
func ambiguous(c rune) bool {
	return c < ' ' || c == 0x7f || strings.ContainsRune(`/\;%?#`, c) ||
		strings.ContainsRune("／＼；％？＃．․‥…⁄∕∖﹨⧸⧵﹪﹖﹟﹔", c)
}

// unescape decodes %xx once; false for a % without two hexadecimal digits.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := hex(s[i+1]), hex(s[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		b.WriteByte(byte(hi<<4 | lo))
		i += 2
	}
	return b.String(), true
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
