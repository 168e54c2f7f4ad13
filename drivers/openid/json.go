package openid

import (
	stdjson "encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/signet-sso/signet/drivers/bearer"
)

// errJSON never repeats what was read: it may be a token.
var errJSON = errors.New("malformed JSON, or a name that is there twice")

// decode reads a document. Names are compared exactly, and one that is there
// twice is an error: two readers would take a value each.
func decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return errJSON
	}
	return nil
}

// object is a JSON object whose numbers are kept as they were written.
type object map[string]any

func decodeObject(body []byte) (object, error) {
	var o object
	exact := json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported // the usual way
		}
		raw, err := d.ReadValue()
		*v = stdjson.Number(raw)
		return err
	}))
	if err := json.Unmarshal(body, &o, exact); err != nil || o == nil {
		return nil, errJSON
	}
	return o, nil
}

// at is what a dotted path leads to; a name that holds dots itself is tried
// first.
func (o object) at(path string) any {
	if v, ok := o[path]; ok {
		return v
	}
	name, rest, more := strings.Cut(path, ".")
	v := o[name]
	if !more {
		return v
	}
	inner, _ := v.(map[string]any)
	if inner == nil {
		return nil
	}
	return object(inner).at(rest)
}

// text is a string at a path, "" for anything else.
func (o object) text(path string) string {
	s, _ := o.at(path).(string)
	return s
}

// seconds is a whole number of seconds in range; ok is false for anything
// else.
func (o object) seconds(name string) (n int64, ok bool) { return bearer.Claims(o).Seconds(name) }

// printable reports 1 to max bytes of text without anything that cannot be
// seen.
func printable(s string, max int) bool {
	return s != "" && len(s) <= max && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// quoted is a provider's word as a log can carry it.
func quoted(s string) string {
	const most = 100
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
