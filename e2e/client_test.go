package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/e2e/parts"
)

const (
	masterKey     = "Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo"
	adminPassword = "a long pass phrase of the first one"
)

// serve runs the program with a configuration; the first administrator's
// password is adminPassword.
func serve(t testing.TB, config string, env ...string) *parts.Server {
	t.Helper()
	return launch(t, config, parts.Launch{Env: env})
}

// servePlain is serve without the race detector, whose own memory and time are
// several times the program's.
func servePlain(t testing.TB, config string, env ...string) *parts.Server {
	t.Helper()
	return launch(t, config, parts.Launch{Env: env, Plain: true})
}

func launch(t testing.TB, config string, l parts.Launch) *parts.Server {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "providers.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Dir = dir
	l.Env = append([]string{
		"SIGNET_SECRET=" + masterKey, "SIGNET_ADMIN__PASSWORD=" + adminPassword, "SIGNET_LIMITS__LOGINS=0",
	}, l.Env...)
	return parts.Signet(t, l)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// code is the stable code of a failure.
func (a answer) code() string {
	var v struct {
		Errors []struct {
			Extensions struct{ Code string }
		}
	}
	if json.Unmarshal([]byte(a.body), &v) != nil || len(v.Errors) == 0 {
		return ""
	}
	return v.Errors[0].Extensions.Code
}

// tokens is what a sign-in brings.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int64  `json:"expires"`
}

func (a answer) tokens(t testing.TB) tokens {
	t.Helper()
	var v struct{ Data tokens }
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != http.StatusOK {
		t.Fatalf("got %d %s, want tokens", a.status, a.body)
	}
	return v.Data
}

// claims is the payload of an access token, unverified.
func claims(t testing.TB, access string) map[string]any {
	t.Helper()
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", access)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// names is a claim that is a list, joined by spaces.
func names(v any) string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprint(s)
	}
	return strings.Join(out, " ")
}

var client = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// post sends JSON.
func post(t testing.TB, url string, body any) answer {
	t.Helper()
	a, err := tryPost(url, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tryPost(url string, body any) (answer, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	return do(r)
}

// get asks with a Bearer token, or without one when it is empty.
func get(t testing.TB, url, access string) answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	a, err := do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func do(r *http.Request) (answer, error) {
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// login signs in; provider "" is the local one.
func login(t testing.TB, s *parts.Server, provider, identifier, password string) answer {
	t.Helper()
	url := s.URL + "/auth/login"
	if provider != "" {
		url += "/" + provider
	}
	return post(t, url, map[string]string{"identifier": identifier, "password": password})
}

func refresh(t testing.TB, s *parts.Server, token string) answer {
	t.Helper()
	return post(t, s.URL+"/auth/refresh", map[string]string{"refresh_token": token})
}

// eventually waits, at most 15 seconds, for something another process does.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: not after 15 seconds", what)
}
