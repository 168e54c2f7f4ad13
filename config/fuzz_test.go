package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad: whatever the file and a variable hold, there is a configuration or
// there are problems, each with a message, in order, and no panic.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(names, "../providers.example.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "TOKENS", "{access_ttl: 5m}")
		f.Add(string(text), "PROVIDERS__LOCAL__GROUPS", "{only: [a]}")
	}
	f.Add("a: &a [*a]", "PROVIDERS", "[{name: a")
	f.Fuzz(func(t *testing.T, text, name, value string) {
		if len(text)+len(value) > 64<<10 {
			return
		}
		env := map[string]string{"SIGNET_" + strings.ToUpper(name): value}
		c, _, err := parse(source{path: "/nonexistent/f.yaml", text: text, env: env})
		if (c == nil) != (err != nil) {
			t.Fatalf("got configuration %v and error %v, want one of them", c != nil, err)
		}
		if err == nil {
			if c.PublicURL == nil || c.Database.Engine == "" || len(c.Providers) == 0 {
				t.Fatalf("a configuration without the basics: %+v", c)
			}
			return
		}
		problems, ok := err.(Problems)
		if !ok || len(problems) == 0 {
			t.Fatalf("got %T, want problems", err)
		}
		for i, p := range problems {
			if p.Message == "" || p.File == "" || i > 0 && problems[i-1].File == p.File && problems[i-1].Line > p.Line {
				t.Fatalf("problem %d has no message or place, or is out of order: %#v", i, problems)
			}
		}
	})
}
