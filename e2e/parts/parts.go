// Package parts starts the real servers that tests need, on free loopback
// ports and in temporary folders, and ends them with the test that started
// them.
package parts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// part is a program that is not part of this module.
type part struct {
	places  []string // patterns of paths, tried after $PATH
	install string
}

// known is the table of parts by the name of their program.
var known = map[string]part{
	"slapd":    {[]string{"/usr/sbin/slapd", "/usr/libexec/slapd"}, "apt-get install --no-install-recommends slapd ldap-utils"},
	"postgres": {[]string{"/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres"}, "apt-get install --no-install-recommends postgresql"},
	"initdb":   {[]string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb"}, "apt-get install --no-install-recommends postgresql"},
	"nginx":    {[]string{"/usr/sbin/nginx"}, "apt-get install --no-install-recommends nginx-light"},
	"caddy":    {nil, "apt-get install --no-install-recommends caddy"},
	"traefik":  {nil, "a download of Traefik 3.7 or newer, put into $PATH"},
	"chromium": {[]string{"/usr/bin/chromium", "/usr/bin/chromium-browser"}, "apt-get install --no-install-recommends chromium"},
	"node":     {nil, "apt-get install --no-install-recommends nodejs npm"},
	"oathtool": {nil, "apt-get install --no-install-recommends oathtool"},
	"npm":      {nil, "apt-get install --no-install-recommends nodejs npm"},
}

// Need returns the paths of programs. A missing one skips the test and names
// the command that installs it; where SIGNET_TEST_PARTS is "all" it fails the
// test instead.
func Need(t testing.TB, names ...string) []string {
	t.Helper()
	paths := make([]string, len(names))
	for i, name := range names {
		p, ok := known[name]
		if !ok {
			t.Fatalf("parts.Need: %q is not in the table of parts", name)
		}
		if paths[i] = find(name, p); paths[i] != "" {
			continue
		}
		if os.Getenv("SIGNET_TEST_PARTS") == "all" {
			t.Fatalf("%s is missing; install it with: %s", name, p.install)
		}
		t.Skipf("%s is missing; install it with: %s", name, p.install)
	}
	return paths
}

// find is the path of a program, of several versions the newest, or empty.
func find(name string, p part) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, pattern := range p.places {
		found, err := filepath.Glob(pattern)
		if err == nil && len(found) > 0 {
			return slices.Max(found)
		}
	}
	return ""
}
