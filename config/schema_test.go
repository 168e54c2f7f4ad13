package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write schema.json and the wanted problems of testdata anew")

func TestSchemaIsMadeFromTheTypes(t *testing.T) {
	got := schemaText(t)
	if *update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("schema.json is stale, run go generate ./config (-file +types):\n%s", diff)
	}
}

func TestSchemaDescribesEveryKey(t *testing.T) {
	var walk func(path string, v any)
	walk = func(path string, v any) {
		m, _ := v.(map[string]any)
		for key, p := range child(m, "properties") {
			if s, _ := p.(map[string]any); s["description"] == nil || s["description"] == "" {
				t.Errorf("%s.%s has no description", path, key)
			}
			walk(path+"."+key, p)
		}
		for key, p := range child(m, "definitions") {
			walk(key, p)
		}
	}
	var schema any
	if err := json.Unmarshal(schemaText(t), &schema); err != nil {
		t.Fatal(err)
	}
	walk("", schema)
}

func child(m map[string]any, key string) map[string]any {
	c, _ := m[key].(map[string]any)
	return c
}

type object = map[string]any

// schemaMaker writes JSON Schema (draft 7, which editors know best).
type schemaMaker struct {
	docs        map[string]string // by Type.Field
	definitions object
}

func schemaText(t *testing.T) []byte {
	t.Helper()
	m := &schemaMaker{docs: fieldDocs(t), definitions: object{
		"secret": object{"oneOf": []object{
			{"type": "string", "minLength": 1},
			{"type": "object", "additionalProperties": false, "required": []string{"env"}, "properties": object{"env": object{"type": "string", "description": "The environment variable that holds the secret."}}},
			{"type": "object", "additionalProperties": false, "required": []string{"file"}, "properties": object{"file": object{"type": "string", "description": "The file that holds the secret."}}},
		}},
		"duration": object{"type": "string", "pattern": `^(\d+w)?(\d+d)?((\d+(\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h))*$`, "minLength": 2},
		"size":     object{"type": "string", "pattern": `^\d+ ?([KMG]i?)?B$`},
	}}
	root := m.structs(reflect.ValueOf(defaults()).Elem())
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Signet"
	root["definitions"] = m.definitions
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// structs is a mapping of the structs' keys together.
func (m *schemaMaker) structs(vs ...reflect.Value) object {
	properties := object{}
	for _, v := range vs {
		for _, f := range fieldsOf(v) {
			sf := fieldByKey(v.Type(), f.key)
			p := m.value(f.to[0], f.tag)
			p["description"] = m.describe(v.Type(), sf)
			if old, ok := properties[f.key].(object); ok && child(old, "properties") != nil {
				for key, q := range child(p, "properties") {
					old["properties"].(object)[key] = q
				}
				continue
			}
			properties[f.key] = p
			if f.alias != "" {
				properties[f.alias] = p
			}
		}
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}

func fieldByKey(t reflect.Type, key string) reflect.StructField {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("yaml") == key {
			return t.Field(i)
		}
	}
	return reflect.StructField{}
}

func (m *schemaMaker) describe(t reflect.Type, f reflect.StructField) string {
	return m.docs[t.Name()+"."+f.Name]
}

func (m *schemaMaker) value(v reflect.Value, tag reflect.StructTag) object {
	switch t := v.Type(); {
	case isSecret(t):
		return object{"anyOf": []object{{"$ref": "#/definitions/secret"}, {"type": "null"}}}
	case t == reflect.TypeFor[[]Provider]():
		return object{"type": "array", "items": m.providers()}
	case t.Kind() == reflect.Pointer && isStruct(t):
		s := m.structs(reflect.ValueOf(defaultSMTP()).Elem())
		s["type"] = []string{"object", "null"}
		return s
	case isStruct(t):
		return m.structs(v)
	case t.Kind() == reflect.Slice:
		item := m.value(reflect.New(t.Elem()).Elem(), tag)
		delete(item, "default")
		return object{"anyOf": []object{{"type": "array", "items": item, "uniqueItems": true}, item}}
	case t.Kind() == reflect.Map:
		return object{"type": []string{"object", "null"}, "additionalProperties": m.value(reflect.New(t.Elem()).Elem(), `unique:"true"`)}
	}
	return m.scalar(v, tag)
}

func (m *schemaMaker) scalar(v reflect.Value, tag reflect.StructTag) object {
	s := object{"type": "string"}
	switch t := v.Type(); {
	case t == durationType:
		return object{"allOf": []object{{"$ref": "#/definitions/duration"}}, "default": durationText(v.Interface().(time.Duration))}
	case t == sizeType:
		return object{"allOf": []object{{"$ref": "#/definitions/size"}}, "default": v.Interface().(Size).String()}
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean", "default": v.Bool()}
	case t.Kind() == reflect.Int:
		s["type"] = "integer"
		s["minimum"], _ = strconv.Atoi(tag.Get("min"))
		s["maximum"], _ = strconv.Atoi(tag.Get("max"))
		if !v.IsZero() {
			s["default"] = v.Int()
		}
		return s
	case t == urlType:
		return object{"type": "string", "format": "uri"}
	}
	if values := enumOf(tag); values != nil {
		s = enumSchema(values, v.String())
	}
	if v.Kind() == reflect.String && v.String() != "" {
		s["default"] = v.String()
	}
	return s
}

// enumSchema lists the values, and true and false as themselves too, since an
// editor would not take them for text. The default may be empty.
func enumSchema(values []string, byDefault string) object {
	var all []any
	if byDefault == "" {
		all = append(all, "")
	}
	for _, v := range values {
		all = append(all, v)
		if v == "true" || v == "false" {
			all = append(all, v == "true")
		}
	}
	return object{"enum": all}
}

// providers is one entry of the list: its keys are those of its driver.
func (m *schemaMaker) providers() object {
	var choices []object
	for _, driver := range append([]string{DriverLocal}, driversWithKeys()...) {
		p := defaultProvider()
		p.Signup = driver == DriverLDAP
		parts := []reflect.Value{reflect.ValueOf(&p).Elem()}
		if part, ok := driverOf(&p, driver); ok {
			parts = append(parts, part)
		}
		s := m.structs(parts...)
		s["properties"].(object)["driver"].(object)["enum"] = []string{DriverLocal, DriverLDAP, DriverOAuth2, DriverOpenID}
		m.definitions["provider_"+driver] = s
		choices = append(choices, object{
			"if":   object{"required": []string{"driver"}, "properties": object{"driver": object{"const": driver}}},
			"then": object{"$ref": "#/definitions/provider_" + driver},
		})
	}
	head := m.structs(reflect.ValueOf(new(Provider)).Elem())["properties"].(object)
	return object{
		"type": "object", "required": []string{"name", "driver"}, "allOf": choices,
		"properties": object{"name": head["name"], "driver": head["driver"]},
	}
}

// fieldDocs reads the comments of this package's struct fields.
func fieldDocs(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	docs, set := map[string]string{}, token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, id := range field.Names {
						docs[spec.Name.Name+"."+id.Name] = forOperators(id.Name, field, s)
					}
				}
			}
			return false
		})
	}
	return docs
}

// forOperators turns a field's comment, "AccessTTL is how long …", into a
// description that has keys instead of Go names.
func forOperators(name string, f *ast.Field, of *ast.StructType) string {
	text := strings.Join(strings.Fields(f.Doc.Text()), " ")
	for _, start := range []string{name + " is ", name + " are ", name + " "} {
		if rest, ok := strings.CutPrefix(text, start); ok {
			text = strings.ToUpper(rest[:1]) + rest[1:]
			break
		}
	}
	for _, other := range of.Fields.List {
		if other.Tag == nil {
			continue
		}
		key := reflect.StructTag(strings.Trim(other.Tag.Value, "`")).Get("yaml")
		inside := regexp.MustCompile(`([a-z,;:] )` + other.Names[0].Name + `\b`)
		text = inside.ReplaceAllString(text, "${1}"+key)
	}
	return text
}
