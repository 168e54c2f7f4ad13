package openapi

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"
)

// object is a JSON object whose members keep their order: who reads the document
// sees them so. A nil object has none.
type object struct {
	names   []string
	members map[string]any
}

// parse reads an object from YAML.
func parse(text []byte) (*object, error) {
	var all yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &all, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	o, _ := convert(all).(*object)
	return o, nil
}

// convert turns what the YAML library has read into objects. A member that comes
// after one of the same name, which a merge brought along, takes its place.
func convert(v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		o := &object{}
		for _, item := range v {
			o.set(fmt.Sprint(item.Key), convert(item.Value))
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = convert(v[i])
		}
		return list
	}
	return v
}

func (o *object) set(name string, v any) {
	if o.members == nil {
		o.members = map[string]any{}
	}
	if _, there := o.members[name]; !there {
		o.names = append(o.names, name)
	}
	o.members[name] = v
}

// at returns the member of that name if it is an object, else one without
// members.
func (o *object) at(name string) *object {
	if o == nil {
		return nil
	}
	m, _ := o.members[name].(*object)
	return m
}

// objects are the members that are objects.
func (o *object) objects() iter.Seq2[string, *object] {
	return func(yield func(string, *object) bool) {
		if o == nil {
			return
		}
		for _, name := range slices.Clone(o.names) {
			if m, ok := o.members[name].(*object); ok && !yield(name, m) {
				return
			}
		}
	}
}

func (o *object) clone() *object {
	return &object{names: slices.Clone(o.names), members: maps.Clone(o.members)}
}

// remove takes the members of some names away.
func (o *object) remove(which func(name string) bool) {
	o.names = slices.DeleteFunc(o.names, which)
	maps.DeleteFunc(o.members, func(name string, _ any) bool { return which(name) })
}

// isExtension reports a name that OpenAPI leaves to its users.
func isExtension(name string) bool { return strings.HasPrefix(name, "x-") }

// add puts the members of another object into this one, and into its objects the
// members of theirs. Nothing may be there twice.
func (o *object) add(other *object) error {
	for _, name := range other.names {
		from, into := other.at(name), o.at(name)
		switch {
		case from != nil && into != nil:
			if err := into.add(from); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case o.members[name] != nil:
			return fmt.Errorf("%s is there twice", name)
		default:
			o.set(name, other.members[name])
		}
	}
	return nil
}

// MarshalJSONTo implements json.MarshalerTo.
func (o *object) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, name := range o.names {
		if err := e.WriteToken(jsontext.String(name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(e, o.members[name]); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}
