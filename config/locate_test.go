package config

import (
	"path/filepath"
	"testing"
)

func TestLocate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "providers.yaml")
	writeFile(t, file, "providers:\n  - {name: a, driver: local}\n  - name: b\n    driver: openid\n", 0o600)
	environ := []string{"SIGNET_PROVIDERS__B__ISSUER=https://b.example.org", "SIGNET_LISTEN=127.0.0.1:1"}
	for _, c := range []struct{ name, file, key, want string }{
		{"a key stands where its value was written", file, "providers[1].driver", file + ":4:13"},
		{"a key that was left out stands where what holds it is", file, "providers[0].preset", file + ":2:5"},
		{"a key from the environment has the variable", file, "providers[1].issuer", "SIGNET_PROVIDERS__B__ISSUER"},
		{"without a file, a key from the environment has the variable still", file + ".gone", "listen", "SIGNET_LISTEN"},
		{"without a file the place is the whole of it", file + ".gone", "providers[1].driver", file + ".gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := Locate(c.file, environ, c.key, "is odd").String(), c.want+": "+c.key+": is odd"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
