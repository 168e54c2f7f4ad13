package config

import (
	"reflect"
	"slices"
	"strings"
)

// A misspelt key is one mistake and is told once. Reading goes on as if it had
// been spelt right, so that nothing else is missing for want of it, and nothing
// is said about its value: the guess may be wrong.

// misspelt refuses a key that n may not have. When a known key is near that n
// does not have either, it returns the entry under that key, and where among
// the fields that is; else -1.
func (d *decoder) misspelt(n *node, e entry, fields []field, path string) (entry, int) {
	d.unknown(e, keysOf(fields), path)
	if strings.Contains(e.key, ":") {
		return e, -1 // the value is glued to it
	}
	at := indexOf(fields, Nearest(e.key, keysOf(fields)))
	if at < 0 || n.has(fields[at]) || d.guessed(join(path, fields[at].key)) {
		return e, -1
	}
	e.key = fields[at].key
	d.guesses = append(d.guesses, join(path, e.key))
	return e, at
}

// guess lays a misspelt variable over the tree as what it was probably meant to
// be, where nothing else is.
func (o overlay) guess(n *node, fields []field, structs []reflect.Value, v variable) {
	first, rest, _ := strings.Cut(v.name, "__")
	at := indexOf(fields, Nearest(first, keysOf(fields)))
	if at < 0 || n.has(fields[at]) {
		return
	}
	key := fields[at].key
	v.name = strings.ToUpper(key)
	if rest != "" {
		v.name += "__" + rest
	}
	overlay{newReport("")}.structs(n, structs, v) // a second mistake is for later
	if c := n.child(key); c != nil {
		c.guess = true
	}
}

// has reports that a mapping has a field under one of its spellings.
func (n *node) has(f field) bool {
	return n.child(f.key) != nil || f.alias != "" && n.child(f.alias) != nil
}

// driverName is the driver that a provider was meant to have, as far as that
// can be told: what it says is checked elsewhere.
func driverName(n *node) string {
	c := n.child("driver")
	for _, e := range n.keys {
		if c == nil && Nearest(e.key, allProviderKeys()) == "driver" {
			c = e.value
		}
	}
	if c == nil {
		return ""
	}
	all := append(driversWithKeys(), DriverLocal)
	if slices.Contains(all, c.text) {
		return c.text
	}
	return Nearest(c.text, all)
}

// allProviderKeys are the keys of a provider of any driver.
func allProviderKeys() []string {
	p := new(Provider)
	keys := keysOf(fieldsOf(reflect.ValueOf(p).Elem()))
	for _, driver := range driversWithKeys() {
		part, _ := driverOf(p, driver)
		keys = append(keys, keysOf(fieldsOf(part))...)
	}
	return keys
}

// guessed reports a path that is a guess, or lies in one.
func (r *report) guessed(path string) bool {
	return slices.ContainsFunc(r.guesses, func(g string) bool {
		rest, ok := strings.CutPrefix(path, g)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}
