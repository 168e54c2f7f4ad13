package ldap

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on values, in bytes.
const (
	maxValue   = 1024
	maxSubject = 255
	maxAddress = 320
	maxPicture = 2048
)

// entry is one entry as a server sent it.
type entry struct {
	dn         string
	attributes []attribute
}

type attribute struct {
	name   string // with options, such as "mail;lang-en"
	values [][]byte
}

// values are all values of an attribute, whatever the case of its name; those
// without options (RFC 4512 §2.5.2) come first.
func (e entry) values(name string) [][]byte {
	var plain, optional [][]byte
	for _, a := range e.attributes {
		base, options, _ := strings.Cut(a.name, ";")
		switch {
		case !strings.EqualFold(base, name):
		case options == "":
			plain = append(plain, a.values...)
		default:
			optional = append(optional, a.values...)
		}
	}
	return append(plain, optional...)
}

// partial reports that a server sent only the first values (Active
// Directory's range option).
func (e entry) partial(name string) bool {
	for _, a := range e.attributes {
		base, options, _ := strings.Cut(a.name, ";")
		options = strings.ToLower(options)
		if strings.EqualFold(base, name) && strings.HasPrefix(options, "range=") && !strings.HasSuffix(options, "-*") {
			return true
		}
	}
	return false
}

// text is the first valid value: UTF-8 without control characters, not empty,
// of at most most bytes. Values that are not are passed over.
func (e entry) text(name string, most int) string {
	if name == "" {
		return ""
	}
	for _, v := range e.values(name) {
		if s, ok := clean(v, most); ok {
			return s
		}
	}
	return ""
}

// email is the first value that has the outline of an address.
func (e entry) email(name string) string {
	if name == "" {
		return ""
	}
	for _, v := range e.values(name) {
		s, ok := clean(v, maxAddress)
		at := strings.LastIndexByte(s, '@')
		if ok && at > 0 && at < len(s)-1 && !strings.ContainsFunc(s, unicode.IsSpace) {
			return s
		}
	}
	return ""
}

func clean(v []byte, most int) (string, bool) {
	if len(v) > most || !utf8.Valid(v) {
		return "", false
	}
	s := strings.TrimSpace(string(v))
	if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
		return "", false
	}
	return s, true
}

const guidAttribute = "objectGUID"

func isGUIDAttribute(name string) bool { return strings.EqualFold(name, guidAttribute) }

// subject is the value of the immutable attribute. There must be exactly one:
// with two, the person would have two accounts.
func (e entry) subject(name string) (string, error) {
	values := e.values(name)
	if len(values) != 1 {
		return "", fmt.Errorf("%s has %d values, not one; users.id must name an attribute that every person has once", name, len(values))
	}
	v := values[0]
	if isGUIDAttribute(name) {
		return guidText(v)
	}
	s, ok := clean(v, maxSubject)
	if !ok || strings.Contains(s, "@") {
		return "", fmt.Errorf("the value of %s is not an id", name)
	}
	if isUUID(s) {
		s = strings.ToLower(s) // RFC 4530 §2.1: compared without case
	}
	return s, nil
}

// guidText writes a GUID as Windows does: the first three fields are stored
// with their lowest byte first.
func guidText(b []byte) (string, error) {
	if len(b) != 16 {
		return "", fmt.Errorf("%s has %d bytes, not 16", guidAttribute, len(b))
	}
	g := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]}
	h := hex.EncodeToString(g)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}

// guidBytes is the reverse of guidText.
func guidBytes(text string) ([]byte, error) {
	if !isUUID(text) {
		return nil, errors.New("not a GUID")
	}
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil {
		return nil, fmt.Errorf("not a GUID: %w", err)
	}
	return []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]}, nil
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}
