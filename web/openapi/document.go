package openapi

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
)

// parts are the document by subject; base.yaml has what they share.
//
//go:embed document/*.yaml
var parts embed.FS

// Document returns the whole document as JSON.
func Document() ([]byte, error) {
	doc, err := part("base")
	if err != nil {
		return nil, err
	}
	paths := map[string]any{}
	for _, name := range []string{"sign-in", "accounts", "admin", "pages"} {
		p, err := part(name)
		if err != nil {
			return nil, err
		}
		if err := merge(paths, p["paths"]); err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
	}
	doc["paths"] = paths
	return json.Marshal(doc)
}

func part(name string) (map[string]any, error) {
	text, err := parts.ReadFile("document/" + name + ".yaml")
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := yaml.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("document %s: %w", name, err)
	}
	return out, nil
}

// merge adds paths. Two parts may describe one path by different methods.
func merge(into map[string]any, from any) error {
	paths, ok := from.(map[string]any)
	if !ok {
		return fmt.Errorf("paths is %T", from)
	}
	for path, v := range paths {
		operations, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %T", path, v)
		}
		have, ok := into[path].(map[string]any)
		if !ok {
			have = map[string]any{}
			into[path] = have
		}
		for method, o := range operations {
			if have[method] != nil {
				return fmt.Errorf("%s %s is there twice", method, path)
			}
			have[method] = o
		}
	}
	return nil
}
