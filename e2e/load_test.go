package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

// busy is a server that is worked with until it is killed.
type busy struct{ *parts.Server }

// workUntilKilled signs in, refreshes and signs out from several callers,
// kills the server after a while, and returns the refresh tokens that must
// work and those that must not.
func (s busy) workUntilKilled(t *testing.T, after time.Duration) (alive, ended []string) {
	t.Helper()
	var mu sync.Mutex
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for {
				token, out, ok := s.oneSession()
				mu.Lock()
				if token != "" {
					alive = append(alive, token)
				}
				if out != "" {
					ended = append(ended, out)
				}
				mu.Unlock()
				if !ok {
					return
				}
			}
		})
	}
	time.Sleep(after) // the moment is meant to be any
	s.Kill(t)
	done.Wait()
	return alive, ended
}

// oneSession signs in and refreshes; every other session is signed out. It
// returns what was acknowledged, and whether the server still answers.
func (s busy) oneSession() (alive, ended string, ok bool) {
	a, err := tryPost(s.URL+"/auth/login", map[string]string{"identifier": "admin", "password": adminPassword})
	if err != nil || a.status != http.StatusOK {
		return "", "", false
	}
	token := tokenOf(a)
	a, err = tryPost(s.URL+"/auth/refresh", map[string]string{"refresh_token": token})
	if err != nil || a.status != http.StatusOK {
		return token, "", false // within the grace it still works, rotated or not
	}
	token = tokenOf(a)
	if len(token)%2 == 0 && token[len(token)-1] < 'a' {
		return token, "", true
	}
	a, err = tryPost(s.URL+"/auth/logout", map[string]string{"refresh_token": token})
	if err != nil {
		return "", "", false // it may or may not have been done
	}
	return "", token, a.status == http.StatusNoContent
}

func tokenOf(a answer) string {
	var v struct{ Data tokens }
	_ = json.Unmarshal([]byte(a.body), &v) // an empty token fails whatever follows
	return v.Data.Refresh
}

// header is the header of a JWT.
func header(t testing.TB, jwt string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(jwt, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sockets are the TCP connections to the server's own port, from the kernel.
func sockets(t testing.TB, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// memory is the resident memory of a process in MiB.
func memory(t testing.TB, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kb >> 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// metric is the value of a metric without labels.
func metric(t testing.TB, url, name string) float64 {
	t.Helper()
	for line := range strings.Lines(get(t, url, "").body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestX01AFloodOfSignInsCostsAnswersAndNotTheProcess(t *testing.T) {
	s := servePlain(t, "")
	login(t, s, "", "nobody", "warm up")
	before := memory(t, s.Pid())
	var start, done sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	start.Add(1)
	for i := range 500 {
		done.Go(func() {
			start.Wait()
			a, err := tryPost(s.URL+"/auth/login", map[string]string{"identifier": fmt.Sprintf("nobody%d", i), "password": "guess"})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got[a.status]++
			if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
		})
	}
	start.Done()
	for range 20 {
		for _, path := range []string{"/health", "/.well-known/jwks.json"} {
			if a := get(t, s.URL+path, ""); a.status != http.StatusOK {
				t.Errorf("%s meanwhile: got %d, want 200", path, a.status)
			}
		}
	}
	done.Wait()
	if got[http.StatusUnauthorized] == 0 || got[http.StatusServiceUnavailable] == 0 ||
		got[http.StatusUnauthorized]+got[http.StatusServiceUnavailable] != 500 {
		t.Errorf("got %v, want some 401, the rest 503", got)
	}
	// Two hashes of 19 MiB at once on two processors, and as much garbage.
	if grown := memory(t, s.Pid()) - before; grown > 200 {
		t.Errorf("the process has grown by %d MiB, want at most 200", grown)
	}
	eventually(t, "sign-in after the flood", func() bool { return login(t, s, "", "admin", adminPassword).status == http.StatusOK })
}

func TestX16NothingIsLeftOfAbortedRequests(t *testing.T) {
	gauge := "127.0.0.1:" + freePort(t)
	s := serve(t, "", "SIGNET_METRICS__LISTEN="+gauge)
	url := "http://" + gauge + "/metrics"
	work := func(n int) {
		impatient := &http.Client{Timeout: 15 * time.Millisecond}
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				for range n {
					body := strings.NewReader(`{"identifier":"nobody","password":"guess"}`)
					if r, err := impatient.Post(s.URL+"/auth/login", "application/json", body); err == nil {
						_ = r.Body.Close()
					}
				}
			})
		}
		done.Wait()
		impatient.CloseIdleConnections()
	}
	// The first round opens what the program keeps on purpose, such as its
	// reading connections; the second must not add to that.
	level := func() (goroutines, files float64) {
		eventually(t, "the program has come to rest", func() bool {
			before := goroutines
			goroutines, files = metric(t, url, "go_goroutines"), metric(t, url, "process_open_fds")
			return goroutines == before
		})
		return goroutines, files
	}
	work(25)
	goroutines, files := level()
	work(25)
	eventually(t, "goroutines are back", func() bool { return metric(t, url, "go_goroutines") <= goroutines+3 })
	// A reading connection that the first round did not need is two files; a
	// leak would be one for each of 200 requests.
	eventually(t, "files are back", func() bool { return metric(t, url, "process_open_fds") <= files+12 })
	if a := get(t, s.URL+"/health", ""); a.status != http.StatusOK {
		t.Errorf("/health: got %d, want 200", a.status)
	}
}
