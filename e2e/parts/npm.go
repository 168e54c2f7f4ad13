package parts

import (
	"os"
	"path/filepath"
	"testing"
)

// NeedPackage wants packages of npm, by the names that e2e/npm/package.json
// gives them. When one is missing the test skips or fails as in [Need].
func NeedPackage(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(Root(t), "e2e", "npm", "node_modules", name, "package.json")); err != nil {
			missing(t, name, "npm ci --prefix e2e/npm")
		}
	}
}
