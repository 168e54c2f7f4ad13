package signet_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestV05_ReproducibleBuild(t *testing.T) {
	t.Run("V-05 two folders give the same bytes", func(t *testing.T) {
		var built [2][]byte
		for i := range built {
			folder := t.TempDir()
			copyModule(t, folder)
			cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", "signet", "./cmd/signet")
			cmd.Dir = folder
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, out)
			}
			var err error
			if built[i], err = os.ReadFile(filepath.Join(folder, "signet")); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(built[i], []byte(folder)) {
				t.Errorf("the program names the folder that it was built in")
			}
		}
		if !bytes.Equal(built[0], built[1]) {
			t.Error("two builds differ")
		}
	})
}

// copyModule copies what the program is built from.
func copyModule(t *testing.T, folder string) {
	t.Helper()
	for _, path := range files(t, "") {
		top, _, _ := strings.Cut(path, "/")
		if strings.HasSuffix(path, "_test.go") || top == "e2e" || top == "bench" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
