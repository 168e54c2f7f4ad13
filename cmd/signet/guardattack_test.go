package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/signet-sso/signet/cmd/signet/attack"
)

// guarded is a proxy with its guard in one, before an echo. It is careless: the
// fields in which a client says who it is pass.
type guarded struct{ pass http.Handler }

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	app, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx := t.Context()
	go func() { ended <- attack.Echo(ctx, app) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("the echo ended with %v", err)
		}
	})
	to := &url.URL{Scheme: "http", Host: app.Addr().String()}
	return &guarded{&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorLog:  log.New(io.Discard, "", 0),
	}}
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.Header["Authorization"]) != 1 || r.Header.Get("Authorization") != "Bearer first.person.token-of-hers" || r.URL.Path != "/desk" {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	g.pass.ServeHTTP(w, r)
}

func attackWith(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{in: strings.NewReader("first.person.token-of-hers\n"), out: &o, err: &e, env: func(string) (string, bool) { return "", false }}
	code = p.run(t.Context(), append([]string{"guard", "attack"}, args...))
	return code, o.String(), e.String()
}

func TestGuardAttack(t *testing.T) {
	s := httptest.NewUnstartedServer(newGuarded(t))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pemOf(s), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{s.URL, "--ca-file", ca, "--protected", "/desk", "--token-file", "-", "--rate", "100000"}

	t.Run("each attack is a line, and a broken one says what to change", func(t *testing.T) {
		code, out, errs := attackWith(t, args...)
		if code != 1 || errs != "" {
			t.Errorf("got exit code %d and %q, want 1 and nothing", code, errs)
		}
		for _, want := range []string{
			`(?m)^held       no credential, method PROPFIND$`,
			`(?m)^BROKEN     spoofed Remote-User and its sisters, exact spelling\n` +
				`           sent  GET /desk HTTP/1\.1 \| Remote-User: canary[0-9a-f]{12}-0 \| .* \(with the first person's token\)\n` +
				`           got   200 from the application: the application sees Remote-[A-Za-z]+: canary[0-9a-f]{12}-[0-5]\n` +
				`           mend  clear these fields, in every spelling`,
			`(?m)^not tried  \d+ of them: it needs tokens of two persons, see --other-token-file$`,
			`(?m)^not tried  .*the set-up does not let the cookie __Host-signet_session in, see --cookie-name`,
			`(?m)^not seen   spoofed fields that other proxies set: these reach the application`,
			`\n\n\d+ attacks in \d+ requests: \d+ held, \d+ broken, 1 not seen, \d+ not tried\n$`,
		} {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("the output does not match %s:\n%s", want, out)
			}
		}
		if n := strings.Count(out, "see --other-token-file"); n != 1 {
			t.Errorf("what is not tried for one reason is told %d times, want once:\n%s", n, out)
		}
		if strings.Contains(out, "token-of-hers") {
			t.Error("the output holds the token")
		}
	})
	t.Run("a machine gets one document", func(t *testing.T) {
		code, out, errs := attackWith(t, append(args, "--json")...)
		var r attack.Report
		if err := json.NewDecoder(io.LimitReader(strings.NewReader(out), 1<<20)).Decode(&r); err != nil || code != 1 || errs != "" {
			t.Fatalf("got %v, exit code %d and %q, want a document, 1 and nothing", err, code, errs)
		}
		if !r.Echo || r.Count(attack.Broken) == 0 || r.Count(attack.Held) < 100 || r.Requests < len(r.Findings)/2 {
			t.Errorf("got echo %t, %d broken, %d held, %d requests", r.Echo, r.Count(attack.Broken), r.Count(attack.Held), r.Requests)
		}
	})
	t.Run("a certificate of somebody else is not taken", func(t *testing.T) {
		code, out, errs := attackWith(t, s.URL, "--protected", "/desk")
		if code != 2 || out != "" || !strings.Contains(errs, "certificate") {
			t.Errorf("got exit code %d, %q and %q, want 2 and why", code, out, errs)
		}
	})
}

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}
