package config

import (
	"fmt"
	"reflect"
	"strings"
)

// decoder fills the configuration from nodes and reports what does not fit. It
// goes on after a problem, so that all of them are told.
type decoder struct {
	*report
	secrets secretReader
}

// value fills v from n. A null leaves the default.
func (d *decoder) value(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	d.seen(path, n.at)
	if n.kind == null {
		return
	}
	switch t := v.Type(); {
	case isSecret(t):
		d.secret(n, v, path)
	case isStruct(t):
		d.structs(n, []reflect.Value{v}, path)
	case t.Kind() == reflect.Slice:
		d.list(n, v, path, tag)
	case t.Kind() == reflect.Map:
		d.dictionary(n, v, path)
	default:
		d.scalar(n, v, path, tag)
	}
}

// structs fills several structs from one mapping: each takes the keys it has.
func (d *decoder) structs(n *node, vs []reflect.Value, path string) {
	if on, ok := switched(n, vs); ok {
		d.value(n, on, path, "")
		return
	}
	if n.kind != mapping {
		d.mismatch(n, path, "a mapping", "write one key: value a line below it, further to the right")
		return
	}
	for i, v := range vs {
		if v.Kind() == reflect.Pointer {
			v.Set(reflect.ValueOf(defaultSMTP()))
			vs[i] = v.Elem()
		}
	}
	d.keys(n, fieldsOf(vs...), path)
}

// switched is the field enabled of a part that is written as true or false
// alone.
func switched(n *node, vs []reflect.Value) (reflect.Value, bool) {
	if len(vs) != 1 || vs[0].Kind() == reflect.Pointer || n.kind != boolean {
		return reflect.Value{}, false
	}
	fields := fieldsOf(vs[0])
	if i := indexOf(fields, "enabled"); i >= 0 {
		return fields[i].to[0], true
	}
	return reflect.Value{}, false
}

// keys fills fields from a mapping and refuses what is left over.
func (d *decoder) keys(n *node, fields []field, path string) {
	for _, e := range n.keys {
		at := indexOf(fields, e.key)
		if at < 0 {
			if e, at = d.misspelt(n, e, fields, path); at < 0 {
				continue
			}
		}
		f := fields[at]
		if e.value.guess {
			d.guesses = append(d.guesses, join(path, f.key))
		}
		if f.alias == e.key && n.child(f.key) != nil {
			d.problem(e.at, join(path, e.key), "the same key as "+f.key, "keep one of the two")
			continue
		}
		if len(f.to) > 1 && isStruct(f.to[0].Type()) {
			d.seen(join(path, f.key), e.value.at)
			if e.value.kind != null {
				d.structs(e.value, f.to, join(path, f.key))
			}
			continue
		}
		for _, v := range f.to {
			d.value(e.value, v, join(path, f.key), f.tag)
		}
	}
}

// unknown refuses a key and names the nearest one. Of a key with a colon in it
// only the start is shown: without a space behind the colon, the value is part
// of the key, and it may be a secret.
func (d *decoder) unknown(e entry, known []string, path string) {
	key, _, glued := strings.Cut(e.key, ":")
	if glued {
		d.problem(e.at, join(path, shown(key+":…")), "unknown key", "write a space behind the colon")
		return
	}
	if len(key) > 60 || plainWord(key) != key {
		key = shown(key)
	}
	d.problem(e.at, join(path, key), "unknown key", didYouMean(e.key, known))
}

// list fills a slice; one value alone is a list of one.
func (d *decoder) list(n *node, v reflect.Value, path string, tag reflect.StructTag) {
	items := []*node{n}
	switch {
	case n.kind == sequence:
		items = n.items
	case n.kind == mapping || isStruct(v.Type().Elem()):
		d.mismatch(n, path, "a list", "write each entry on a line of its own that starts with -")
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(items))
	first := map[string]int{}
	for i, item := range items {
		at := index(path, i)
		one := reflect.New(v.Type().Elem()).Elem()
		switch {
		case item.kind == null:
			d.mismatch(item, at, "a value", "write a value or remove the entry")
		case one.Type() == providerType:
			d.provider(item, one.Addr().Interface().(*Provider), at)
		default:
			d.value(item, one, at, tag)
		}
		if j, twice := first[item.text]; twice && item.text != "" && tag.Get("unique") != "" {
			d.problem(item.at, at, "the same as entry "+fmt.Sprint(j+1), "keep one of them")
		}
		first[item.text] = i
		out = reflect.Append(out, one)
	}
	v.Set(out)
}

// dictionary fills a map whose keys are free.
func (d *decoder) dictionary(n *node, v reflect.Value, path string) {
	if n.kind != mapping {
		d.mismatch(n, path, "a mapping", "write one key: value a line below it, further to the right")
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.keys))
	for _, e := range n.keys {
		at := join(path, e.key)
		one := reflect.New(v.Type().Elem()).Elem()
		if strings.TrimSpace(e.key) == "" {
			d.problem(e.at, path, "an empty key", "write a name before the colon")
		}
		d.value(e.value, one, at, `unique:"true"`)
		out.SetMapIndex(reflect.ValueOf(e.key), one)
	}
	v.Set(out)
}

// provider fills one provider: the keys that all have, and those of its driver.
func (d *decoder) provider(n *node, p *Provider, path string) {
	d.seen(path, n.at)
	*p = defaultProvider()
	if n.kind != mapping {
		d.mismatch(n, path, "a mapping", "write {name: …, driver: …}")
		return
	}
	driver := driverName(n)
	p.Signup = driver == DriverLDAP
	parts := []reflect.Value{reflect.ValueOf(p).Elem()}
	if part, ok := driverOf(p, driver); ok {
		parts = append(parts, part)
	}
	fields := fieldsOf(parts...)
	known := *n
	known.keys = nil
	for _, e := range n.keys {
		if indexOf(fields, e.key) >= 0 {
			known.keys = append(known.keys, e)
			continue
		}
		if e, at := d.foreign(n, e, fields, path); at >= 0 {
			known.keys = append(known.keys, e)
		}
	}
	d.keys(&known, fields, path)
}

// foreign refuses a key that this driver does not have, and says whose it is;
// one that no driver has is misspelt. It is silent when the driver itself is
// missing or wrong, which is a problem of its own.
func (d *decoder) foreign(n *node, e entry, fields []field, path string) (entry, int) {
	var owners []string
	for _, other := range driversWithKeys() {
		part, _ := driverOf(new(Provider), other)
		if indexOf(fieldsOf(part), e.key) >= 0 {
			owners = append(owners, other)
		}
	}
	if e.value.guess {
		return e, -1
	}
	if len(owners) == 0 {
		return d.misspelt(n, e, fields, path)
	}
	if driver := driverName(n); driver != "" {
		d.problem(e.at, join(path, e.key), "not a key of the driver "+driver,
			"it belongs to "+strings.Join(owners, " and ")+"; remove it or change the driver")
	}
	return e, -1
}
