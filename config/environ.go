package config

import (
	"reflect"
	"slices"
	"strings"
)

// prefix starts the name of every variable that is ours.
const prefix = "SIGNET_"

// notConfig are our variables that are not keys: which file to read, and what
// tests are told.
func notConfig(name string) bool {
	return name == "SIGNET_CONFIG" || strings.HasPrefix(name, "SIGNET_TEST_")
}

// overlay lays the environment over the tree of the file.
type overlay struct {
	*report
}

// variable is one of ours, name without the prefix.
type variable struct {
	name, value string
	at          place
}

// apply sets every SIGNET_ variable in root, in order of their names, so that a
// whole mapping comes before its keys. One that the file names in {env: NAME}
// is no key.
func (o overlay) apply(root *node, env map[string]string) {
	var names []string
	for name := range env {
		if strings.HasPrefix(name, prefix) && !notConfig(name) && !root.refersTo(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v := variable{strings.TrimPrefix(name, prefix), env[name], place{file: name}}
		o.structs(root, []reflect.Value{reflect.ValueOf(new(Config)).Elem()}, v)
	}
}

// refersTo reports that {env: name} is somewhere in n.
func (n *node) refersTo(name string) bool {
	if env := n.child("env"); env != nil && len(n.keys) == 1 && env.text == name {
		return true
	}
	return slices.ContainsFunc(n.items, func(item *node) bool { return item.refersTo(name) }) ||
		slices.ContainsFunc(n.keys, func(e entry) bool { return e.value.refersTo(name) })
}

// structs finds the key that the rest of the name starts with.
func (o overlay) structs(n *node, structs []reflect.Value, v variable) {
	fields := fieldsOf(structs...)
	key, rest, ok := match(v.name, keysOf(fields))
	if !ok {
		o.unknown(v, keysOf(fields))
		o.guess(n, fields, structs, v)
		return
	}
	f := fields[indexOf(fields, key)]
	t := f.to[0].Type()
	if rest == "" {
		if value := o.parse(t, v); value != nil {
			n.put(key, value)
		}
		return
	}
	v.name = rest
	switch {
	case isSecret(t):
		o.reference(n, key, v)
	case t.Kind() == reflect.Slice && t.Elem() == providerType:
		o.provider(n.child(key), v)
	case isStruct(t):
		o.structs(o.below(n, key, v), partsOf(f.to), v)
	default:
		o.problem(v.at, "", "unknown variable: "+f.key+" has no keys below it",
			"set "+strings.TrimSuffix(v.at.file, "__"+rest)+" as a whole")
	}
}

// partsOf are the structs behind values that may be pointers.
func partsOf(vs []reflect.Value) []reflect.Value {
	var out []reflect.Value
	for _, v := range vs {
		if v.Kind() == reflect.Pointer {
			v = reflect.New(v.Type().Elem()).Elem()
		}
		out = append(out, v)
	}
	return out
}

// below returns the mapping of key, made when it is absent. When something else
// stands there, which is a problem of the file, the variable goes nowhere.
func (o overlay) below(n *node, key string, v variable) *node {
	c := n.child(key)
	if c == nil || c.kind == null {
		c = &node{kind: mapping, at: v.at, env: true}
		n.put(key, c)
	}
	return c
}

// reference sets SECRET__FILE or SECRET__ENV.
func (o overlay) reference(n *node, key string, v variable) {
	which, rest, ok := match(v.name, []string{"env", "file"})
	if !ok || rest != "" {
		o.unknown(v, []string{"env", "file"})
		return
	}
	if c := n.child(key); c != nil && c.env && !c.guess {
		o.problem(v.at, "", "set together with "+c.at.file, "keep one of the two variables")
		return
	}
	value := &node{kind: text, at: v.at, text: v.value, env: true}
	n.put(key, &node{kind: mapping, at: v.at, env: true, keys: []entry{{which, v.at, value}}})
}

// provider finds the provider whose name the rest starts with: the longest one.
func (o overlay) provider(list *node, v variable) {
	var target *node
	var names []string
	longest := ""
	for _, p := range list.providers() {
		name := p.child("name").text
		names = append(names, name)
		if _, rest, ok := match(v.name, []string{name}); ok && rest != "" && len(name) > len(longest) {
			target, longest = p, name
		}
	}
	if target == nil {
		hint := "the configuration has no providers; SIGNET_PROVIDERS takes the whole list as YAML in one line"
		if len(names) > 0 {
			hint = "the configuration has " + strings.Join(names, ", ")
		}
		o.problem(v.at, "", "unknown variable: no provider of that name", hint)
		return
	}
	_, v.name, _ = match(v.name, []string{longest})
	p := new(Provider)
	parts := []reflect.Value{reflect.ValueOf(p).Elem()}
	for _, driver := range driversWithKeys() {
		part, _ := driverOf(p, driver)
		parts = append(parts, part)
	}
	o.structs(target, parts, v)
}

// providers are the entries of the list that have a name. n may be nil.
func (n *node) providers() []*node {
	if n == nil {
		return nil
	}
	var out []*node
	for _, p := range n.items {
		if name := p.child("name"); name != nil && name.text != "" {
			out = append(out, p)
		}
	}
	return out
}

// match finds the longest key that name is, or starts with before two
// underscores, and returns what is behind them.
func match(name string, keys []string) (key, rest string, ok bool) {
	for _, k := range keys {
		upper := strings.ReplaceAll(strings.ToUpper(k), "-", "_")
		after, found := strings.CutPrefix(name, upper)
		below, deeper := strings.CutPrefix(after, "__")
		if !found || after != "" && (!deeper || below == "") || len(k) < len(key) {
			continue
		}
		key, rest, ok = k, below, true
	}
	return key, rest, ok
}

// unknown refuses a variable, naming the nearest one. Its value is not shown.
func (o overlay) unknown(v variable, keys []string) {
	whole := strings.TrimSuffix(v.at.file, v.name)
	first, _, _ := strings.Cut(v.name, "__")
	rest := strings.TrimPrefix(v.name, first)
	hint := "remove it, or see providers.example.yaml for every key"
	if best := Nearest(first, keys); best != "" {
		hint = "did you mean " + whole + strings.ToUpper(best) + rest + "?"
	}
	o.problem(v.at, "", "unknown variable", hint)
}

// parse reads a value by the type of its key: a list between commas or as YAML,
// a mapping as YAML, anything else as it stands.
func (o overlay) parse(t reflect.Type, v variable) *node {
	value := strings.TrimSpace(v.value)
	plain := &node{kind: text, at: v.at, text: v.value, env: true}
	switch {
	case isSecret(t):
		return plain
	case t.Kind() == reflect.Slice && !strings.HasPrefix(value, "[") && !isStruct(t.Elem()):
		return commaList(value, v.at)
	case t.Kind() != reflect.Slice && t.Kind() != reflect.Map && !isStruct(t):
		plain.text = value
		return plain
	}
	n := parseYAML(o.report, value, v.at)
	if n == nil {
		return nil
	}
	n.mark()
	return n
}

func commaList(value string, at place) *node {
	out := &node{kind: sequence, at: at, env: true}
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out.items = append(out.items, &node{kind: text, at: at, text: item, env: true})
		}
	}
	return out
}

// mark says of a whole tree that it came from the environment.
func (n *node) mark() {
	n.env = true
	for _, item := range n.items {
		item.mark()
	}
	for _, e := range n.keys {
		e.value.mark()
	}
}
