package oauth2

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPaths(t *testing.T) {
	doc, err := decodeObject([]byte(`{"":true,"id":1,"a":{"b":{"c":"deep"}},"a.b":"dotted","list":[{"n":"x","l":["y"]},{"n":"z"},7],"https://x.test/g":["q"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"id": json.Number("1"), "a.b": "dotted", "a.b.c": "deep", "list.n": []any{"x", "z"}, "list.1.n": "z", "list.0.l.0": "y", "list.2": json.Number("7"),
		"https://x.test/g": []any{"q"}, "": nil, ".": nil, "a.": nil, "no": nil, "id.no": nil, "list.3": nil, "list.-1": nil, "list.2.n": nil, "a..b": nil,
	} {
		t.Run("the path "+path, func(t *testing.T) {
			if diff := cmp.Diff(want, doc.at(path)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte(`{"id":1,"teams":[{"name":"a"}]}`), "teams.name")
	f.Add([]byte(`[[[{"a":1e999}]]]`), "0.0")
	f.Add([]byte("{\"a\":\"\\ud800\"}"), "a")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		doc, err := decodeObject(body)
		if err != nil {
			if doc != nil {
				t.Error("a document beside an error")
			}
			return
		}
		if !json.Valid(body) {
			t.Errorf("%q was read", body)
		}
		id, err := readSubject(doc.at(path))
		if (err == nil) != printable(id, maxSubject) {
			t.Errorf("got %q, %v", id, err)
		}
	})
}
