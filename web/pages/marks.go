package pages

import (
	"fmt"
	"strings"
)

// marks are the providers' signs by icon name: the path of a drawing of 24 by
// 24 units.
type marks map[string]string

// loadMarks reads assets/marks.txt: a name and a path a line.
func loadMarks() (marks, error) {
	text, err := files.ReadFile("assets/marks.txt")
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	m := marks{}
	for line := range strings.Lines(string(text)) {
		name, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if ok && !strings.HasPrefix(name, "#") {
			m[name] = path
		}
	}
	return m, nil
}
