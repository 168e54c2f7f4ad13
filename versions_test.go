package signet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the first versions of modules without an advisory that would
// matter here: GO-2025-3488, -3553, -3607 and -3884, GO-2026-4945, -5004,
// -5942 and -5970 among them. A module that is not used needs none.
var floors = []struct{ module, version, because string }{
	{"github.com/jackc/pgx/v5", "v5.12.0", "known holes end at v5.9.2; this is the first that the store is built for"},
	{"github.com/go-jose/go-jose/v4", "v4.1.4", "known holes"},
	{"golang.org/x/crypto", "v0.52.0", "known holes in ssh, in case it is ever linked"},
	{"golang.org/x/net", "v0.56.0", "known holes"},
	{"golang.org/x/text", "v0.39.0", "known holes"},
	{"golang.org/x/oauth2", "v0.27.0", "known holes"},
	{"github.com/go-ldap/ldap/v3", "v3.4.14", "the first that the driver is built for"},
	{"github.com/golang-jwt/jwt/v5", "v5.2.2", "known holes"},
	{"github.com/golang-jwt/jwt/v4", "v4.5.2", "known holes"},
	{"github.com/gorilla/csrf", "v1.7.3", "known holes; and CVE-2025-47909 has no fix, so think before it is used at all"},
}

// required is what go mod edit -json tells of go.mod.
type required struct {
	Go        string
	Toolchain string
	Require   []struct{ Path, Version string }
	Replace   []struct {
		Old, New struct{ Path, Version string }
	}
}

func goMod(t *testing.T) required {
	t.Helper()
	var r required
	if err := json.Unmarshal(goTool(t, "mod", "edit", "-json"), &r); err != nil {
		t.Fatalf("read go.mod: %v", err)
	}
	return r
}

func TestV02_VersionFloors(t *testing.T) {
	for _, complaint := range belowFloor(goMod(t)) {
		t.Error(complaint)
	}
}

func belowFloor(r required) []string {
	var complaints []string
	for _, m := range r.Require {
		for _, f := range floors {
			if m.Path == f.module && older(m.Version, f.version) {
				complaints = append(complaints, fmt.Sprintf("%s %s is below %s: %s", m.Path, m.Version, f.version, f.because))
			}
		}
	}
	return complaints
}

// older reports whether version a comes before b. Both begin with v and have
// three numbers; what follows a hyphen comes before the same without.
func older(a, b string) bool {
	numbersA, preA := numbers(a)
	numbersB, preB := numbers(b)
	if c := slices.Compare(numbersA, numbersB); c != 0 {
		return c < 0
	}
	return preA && !preB
}

func numbers(version string) (n []int, pre bool) {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "+")
	version, _, pre = strings.Cut(version, "-")
	for _, part := range strings.Split(version, ".") {
		i, err := strconv.Atoi(part)
		if err != nil {
			i = -1 // what cannot be read is older than everything
		}
		n = append(n, i)
	}
	return n, pre
}

func TestV02_OldVersionsAreFound(t *testing.T) {
	for _, c := range []struct {
		name, version string
		old           bool
	}{
		{"an older patch", "v5.11.9", true},
		{"a number is no text", "v5.9.2", true},
		{"an older major", "v4.18.1", true},
		{"the floor before it was released", "v5.12.0-rc.1", true},
		{"a commit without a version", "v0.0.0-20260101000000-abcdefabcdef", true},
		{"the floor itself", "v5.12.0", false},
		{"a newer one", "v5.100.0", false},
		{"a newer one before its release", "v5.13.0-beta.1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r required
			r.Require = []struct{ Path, Version string }{{"github.com/jackc/pgx/v5", c.version}}
			if got := belowFloor(r); (len(got) > 0) != c.old {
				t.Errorf("%s: got %v, want old = %t", c.version, got, c.old)
			}
		})
	}
}

func TestV04_Integrity(t *testing.T) {
	t.Run("V-04 no module is replaced by another", func(t *testing.T) {
		for _, r := range goMod(t).Replace {
			t.Errorf("go.mod replaces %s by %s", r.Old.Path, r.New.Path)
		}
	})
	t.Run("V-04 go.sum knows every module that go.mod names", func(t *testing.T) {
		sum, err := os.ReadFile("go.sum")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range goMod(t).Require {
			if !bytes.Contains(sum, []byte("\n"+m.Path+" "+m.Version+"/go.mod h1:")) && !bytes.HasPrefix(sum, []byte(m.Path+" "+m.Version)) {
				t.Errorf("go.sum has no line for %s %s", m.Path, m.Version)
			}
		}
	})
	t.Run("V-04 a module whose content is not the one that go.sum knows is not built", func(t *testing.T) {
		version := versionOf(t, "github.com/google/uuid")
		if out, err := buildWith(t, version, func(hash string) string { return hash }); err != nil {
			t.Fatalf("with the right hash it must build: %v\n%s", err, out)
		}
		out, err := buildWith(t, version, swapFirst)
		if err == nil || !strings.Contains(out, "checksum mismatch") {
			t.Errorf("with a wrong hash: got %v, want a checksum mismatch\n%s", err, out)
		}
	})
	t.Run("V-04 a build never changes go.mod by itself", func(t *testing.T) {
		if flags := strings.TrimSpace(string(goTool(t, "env", "GOFLAGS"))); strings.Contains(flags, "-mod=mod") {
			t.Errorf("GOFLAGS has %q", flags)
		}
	})
}

func versionOf(t *testing.T, path string) string {
	t.Helper()
	for _, m := range goMod(t).Require {
		if m.Path == path {
			return m.Version
		}
	}
	t.Fatalf("go.mod does not name %s", path)
	return ""
}

// swapFirst changes the first sign of a hash.
func swapFirst(hash string) string {
	if hash[0] == 'A' {
		return "B" + hash[1:]
	}
	return "A" + hash[1:]
}

// buildWith builds a module of one file that uses uuid, with this module's
// line of go.sum for it, its hash changed.
func buildWith(t *testing.T, version string, change func(hash string) string) (string, error) {
	t.Helper()
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	prefix := "github.com/google/uuid " + version + " h1:"
	_, rest, found := strings.Cut(string(sum), prefix)
	if !found {
		t.Fatal("go.sum does not know uuid")
	}
	hash, rest, _ := strings.Cut(rest, "\n")
	next, _, _ := strings.Cut(rest, "\n")
	folder := t.TempDir()
	err = errors.Join(
		os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module planted\n\ngo 1.26\n\nrequire github.com/google/uuid "+version+"\n"), 0o600),
		os.WriteFile(filepath.Join(folder, "go.sum"), []byte(prefix+change(hash)+"\n"+next+"\n"), 0o600),
		os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n\nimport _ \"github.com/google/uuid\"\n\nfunc main() {}\n"), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-o", filepath.Join(folder, "out"), ".")
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	return string(out), err
}
