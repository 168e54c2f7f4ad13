// Package signet_test keeps the rules that hold for the whole module: who may
// import whom, which versions are new enough, and what no file may do.
package signet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/signet-sso/signet"

// goTool runs the go command at the root of the module and returns what it
// prints.
func goTool(t *testing.T, args ...string) []byte {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, complaints.String())
	}
	return out
}

// listed is a package as go list tells it. Imports are those of its code
// without its tests.
type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
}

// packages returns all packages of the module.
func packages(t *testing.T) []listed {
	t.Helper()
	var all []listed
	d := json.NewDecoder(bytes.NewReader(goTool(t, "list", "-json=ImportPath,Dir,Imports", "./...")))
	for {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		all = append(all, p)
	}
}
