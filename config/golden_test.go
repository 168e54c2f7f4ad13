package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canary is a secret of a case: no complaint may show it.
var canary = regexp.MustCompile(`canary-[\w-]+`)

// TestComplaints loads each testdata/*.yaml and compares what is said with the
// .want beside it. Comment lines at the top of a case set the scene:
//
//	# env: NAME=value          a variable
//	# mode: 0644               of the case itself; 0600 otherwise
//	# file: NAME 0600 text     a file beside it
func TestComplaints(t *testing.T) {
	here, err := os.Getwd() // each case changes it
	if err != nil {
		t.Fatal(err)
	}
	cases, err := filepath.Glob(filepath.Join(here, "testdata", "*.yaml"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(name, ".yaml") + ".want"
			got := complaints(t, string(text))
			for _, secret := range canary.FindAllString(string(text), -1) {
				if strings.Contains(got, secret) {
					t.Errorf("K-01 the complaints show the secret %s:\n%s", secret, got)
				}
			}
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			wanted, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(wanted), got); diff != "" {
				t.Errorf("complaints differ (-want +got):\n%s", diff)
			}
		})
	}
}

// complaints loads a case in a folder of its own, as providers.yaml.
func complaints(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	mode, environ := fs.FileMode(0o600), []string{}
	for line := range strings.Lines(text) {
		what, value, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "# ")), ": ")
		switch {
		case !ok || !strings.HasPrefix(line, "# "):
		case what == "env":
			environ = append(environ, value)
		case what == "mode":
			mode = octal(t, value)
		case what == "file":
			part := strings.SplitN(value, " ", 3)
			content, err := strconv.Unquote(part[2])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			writeFile(t, filepath.Join(dir, part[0]), content, octal(t, part[1]))
		}
	}
	writeFile(t, filepath.Join(dir, "providers.yaml"), text, mode)
	t.Chdir(dir)
	return told(Load("providers.yaml", environ))
}

func octal(t *testing.T, text string) fs.FileMode {
	t.Helper()
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil {
		t.Fatal(err)
	}
	return fs.FileMode(n)
}

func told(c *Config, warnings Warnings, err error) string {
	var b strings.Builder
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		return "not Problems: " + err.Error()
	}
	for _, p := range problems {
		b.WriteString("error: " + p.String() + "\n")
	}
	for _, w := range warnings {
		b.WriteString("warning: " + w.String() + "\n")
	}
	if (c == nil) != (err != nil) {
		b.WriteString("both or neither of a configuration and an error\n")
	}
	if b.Len() == 0 {
		b.WriteString("ok\n")
	}
	return b.String()
}
