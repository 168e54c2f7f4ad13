package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

// trial is "provider test NAME --browser" with the browser of a test.
type trial struct {
	provider *oidctest.Provider
	listen   string
	config   string
}

func newTrial(t *testing.T, more string) *trial {
	t.Helper()
	dir := t.TempDir()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	v := &trial{provider: oidctest.New(t, oidctest.Options{}), listen: address, config: filepath.Join(dir, "providers.yaml")}
	text := fmt.Sprintf(`
listen: %s
database: sqlite:%s/signet.db
secret: Zq8vN2xLr5TtW0yKd7HbC4mPjS6gFaUe1iRo
providers:
  - {name: local, driver: local}
  - {name: okta, driver: openid, issuer: %q, client_id: %q, client_secret: %q, insecure: true%s}
`, address, dir, v.provider.Issuer(), v.provider.ClientID, v.provider.ClientSecret, more)
	if err := os.WriteFile(v.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return v
}

// run runs the command; visit is what the browser does with the address.
func (v *trial) run(t *testing.T, visit func(address string), args ...string) (out string, code int) {
	t.Helper()
	read, write := io.Pipe()
	var said, complaints bytes.Buffer
	p := &program{
		in: bytes.NewReader(nil), out: io.MultiWriter(&said, write), err: &complaints,
		env: func(string) (string, bool) { return "", false },
	}
	browsed := make(chan struct{})
	go func() {
		defer close(browsed)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), v.provider.Issuer()) {
				visit(lines.Text())
			}
		}
	}()
	code = p.run(t.Context(), append([]string{"provider", "test", "okta", "--browser", "--config", v.config}, args...))
	_ = write.Close() // the reader ends
	<-browsed
	return said.String() + complaints.String(), code
}

// back follows the provider's reply to the command.
func (v *trial) back(t *testing.T, change func(url.Values)) func(string) {
	return func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			t.Error(err)
			return
		}
		reply := v.provider.Visit(t, address)
		change(reply)
		answer, err := http.Get(u.Query().Get("redirect_uri") + "?" + reply.Encode())
		if err != nil {
			t.Error(err)
			return
		}
		_ = answer.Body.Close()
	}
}

func TestTryingAProviderInABrowser(t *testing.T) {
	honest := func(url.Values) {}
	t.Run("shows the way from the provider's words to our token, and stores nothing", func(t *testing.T) {
		v := newTrial(t, ", signup: true, groups: {map: {engineers: builders}}")
		out, code := v.run(t, v.back(t, honest))
		for _, want := range []string{
			"What the provider says:", `"preferred_username": "ada"`, "What we make of it:", `"builders"`, `"engineers"`,
			"Decision: gets a new account", `"idp": "okta"`, "eyJ",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
		if code != 0 || strings.Contains(out, v.provider.ClientSecret) {
			t.Errorf("exit %d, or the secret is shown:\n%s", code, out)
		}
		again, _ := v.run(t, v.back(t, honest))
		if !strings.Contains(again, "Decision: gets a new account") {
			t.Errorf("the first try has left an account:\n%s", again)
		}
	})
	t.Run("says why somebody may not enter", func(t *testing.T) {
		v := newTrial(t, "")
		out, code := v.run(t, v.back(t, honest))
		if code != 1 || !strings.Contains(out, "Decision: refused (signup_closed)") || strings.Contains(out, "eyJ") {
			t.Errorf("exit %d:\n%s", code, out)
		}
	})
	t.Run("says what is wrong with the reply", func(t *testing.T) {
		v := newTrial(t, "")
		out, code := v.run(t, v.back(t, func(q url.Values) { q.Set("error", "access_denied") }))
		if code != 1 || !strings.Contains(out, "access_denied") {
			t.Errorf("exit %d:\n%s", code, out)
		}
	})
	t.Run("a reply of another state is not the one", func(t *testing.T) {
		v := newTrial(t, ", signup: true")
		out, code := v.run(t, func(address string) {
			v.back(t, func(q url.Values) { q.Set("state", "another") })(address)
			v.back(t, honest)(address)
		})
		if code != 0 || !strings.Contains(out, "Decision: gets a new account") {
			t.Errorf("exit %d:\n%s", code, out)
		}
	})
	t.Run("where the server runs it says what to do", func(t *testing.T) {
		v := newTrial(t, "")
		taken, err := net.Listen("tcp", v.listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = taken.Close() })
		out, code := v.run(t, func(string) {})
		if code != 1 || !strings.Contains(out, "--listen") {
			t.Errorf("exit %d:\n%s", code, out)
		}
	})
}
