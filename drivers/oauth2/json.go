package oauth2

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// errJSON never repeats what was read: it may be a token.
var errJSON = errors.New("no JSON object, or a name that is there twice")

// maxDepth is how deep objects and lists may lie in one another.
const maxDepth = 64

// object is a JSON object whose numbers are kept as they were written.
type object map[string]any

// decodeObject reads a document that is one object.
func decodeObject(body []byte) (object, error) {
	v, err := decode(body)
	o, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil, errJSON
	}
	return o, nil
}

// decode reads a document. A name that is there twice is an error: two readers
// would take a value each.
func decode(body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, errJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := readValue(d, maxDepth)
	if err != nil {
		return nil, errJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return v, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth == 0 {
		return nil, errJSON
	}
	switch t {
	case json.Delim('{'):
		return readObject(d, depth-1)
	case json.Delim('['):
		return readList(d, depth-1)
	}
	return t, nil
}

func readObject(d *json.Decoder, depth int) (any, error) {
	o := map[string]any{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if _, twice := o[name]; err != nil || !ok || twice {
			return nil, errJSON
		}
		if o[name], err = readValue(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return o, err
}

func readList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := readValue(d, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

// at is what a dotted path leads to; a name that holds dots itself is tried
// first. Through a list it leads to each of the list, or to one by its number.
// An empty path leads nowhere.
func (o object) at(path string) any {
	if path == "" {
		return nil
	}
	if v, ok := o[path]; ok {
		return v
	}
	name, rest, more := strings.Cut(path, ".")
	if !more {
		return nil
	}
	return below(o[name], rest)
}

func below(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		return object(v).at(path)
	case []any:
		return through(v, path)
	}
	return nil
}

func through(list []any, path string) any {
	name, rest, more := strings.Cut(path, ".")
	if i, err := strconv.Atoi(name); err == nil {
		switch {
		case i < 0 || i >= len(list):
			return nil
		case !more:
			return list[i]
		}
		return below(list[i], rest)
	}
	var all []any
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			all = append(all, object(o).at(path))
		}
	}
	return all
}

// text is a string at a path, "" for anything else.
func (o object) text(path string) string {
	s, _ := o.at(path).(string)
	return s
}

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
