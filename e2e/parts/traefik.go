package parts

import (
	"net/http"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// traefikFlag is a flag in the comment on top of a printed file.
var traefikFlag = regexp.MustCompile(`(?m)^#     (--entryPoints\.\S+)`)

// Traefik starts a real Traefik, which is to be in $PATH, with a file of routers
// and with the flags that stand in its comment, and returns when it listens at
// address. It ends with the test.
func Traefik(t testing.TB, address, conf string) *Proxy {
	t.Helper()
	program := Need(t, "traefik")[0]
	p := startProxy(t, address, conf, func(file string) *exec.Cmd {
		args := []string{"--providers.file.filename=" + file, "--providers.providersThrottleDuration=0s", "--log.level=WARN"}
		for _, m := range traefikFlag.FindAllStringSubmatch(conf, -1) {
			args = append(args, m[1])
		}
		return exec.Command(program, args...)
	})
	p.awaitRoutes(t, conf)
	return p
}

// ruleHost is the host of the routes of a printed file.
var ruleHost = regexp.MustCompile("Host\\(`([^`]+)`\\)")

// awaitRoutes returns when the file has been read, which is some time after
// Traefik listens: until then everything is 404.
func (p *Proxy) awaitRoutes(t testing.TB, conf string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.Address+"/login", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if m := ruleHost.FindStringSubmatch(conf); m != nil {
		r.Host = m[1]
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(readyLimit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		answer, err := client.Do(r)
		if err != nil {
			continue
		}
		_ = answer.Body.Close() // the status is all that is asked
		if answer.StatusCode != http.StatusNotFound {
			return
		}
	}
	t.Fatalf("traefik does not read its file:\n%s", p.Log())
}
