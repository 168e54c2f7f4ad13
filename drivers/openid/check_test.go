package openid_test

import (
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/openid"
	"github.com/signet-sso/signet/drivers/openid/oidctest"
)

func TestCheck(t *testing.T) {
	steps := func(t *testing.T, r *relying) (names []string, last drivers.Step) {
		t.Helper()
		for _, s := range r.Check.Check(t.Context(), "") {
			names, last = append(names, s.Name), s
		}
		return names, last
	}
	t.Run("every step is told when all is well", func(t *testing.T) {
		r := relyOn(t, oidctest.New(t, oidctest.Options{TLS: true}), func(c *openid.Config) { c.Insecure = false })
		names, last := steps(t, r)
		if got := strings.Join(names, ", "); last.Err != nil || got != "connect, TLS, discovery, issuer, keys, authorize URL, token endpoint, clock" {
			t.Errorf("got %s: %v", got, last.Err)
		}
	})
	for name, c := range map[string]struct {
		change func(*openid.Config)
		lie    func(*relying)
		step   string
		fix    string
	}{
		"a provider that is gone":       {nil, func(r *relying) { r.Down() }, "connect", "port"},
		"an issuer of another spelling": {func(c *openid.Config) { c.Issuer += "/" }, func(*relying) {}, "issuer", "http://127.0.0.1"},
		"no discovery":                  {nil, func(r *relying) { r.Answer(oidctest.Discovery, status(404)) }, "discovery", "browser"},
		"no keys":                       {nil, func(r *relying) { r.Answer(oidctest.JWKS, status(404)) }, "keys", "jwks"},
		"a wrong secret":                {func(c *openid.Config) { c.ClientSecret = "wrong" }, func(*relying) {}, "token endpoint", "client_secret"},
		"a clock that is off": {nil, func(r *relying) {
			r.Body(oidctest.Discovery, func(s string) string { return s })
			r.clock.pass(10 * time.Minute)
		}, "clock", "NTP"},
	} {
		t.Run(name+" is told, with what to change", func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*openid.Config) {}
			}
			r := newRelying(t, change)
			c.lie(r)
			_, last := steps(t, r)
			if last.Name != c.step || last.Err == nil || !strings.Contains(last.Fix, c.fix) {
				t.Errorf("got %q: %v, fix %q, want %q with %q", last.Name, last.Err, last.Fix, c.step, c.fix)
			}
			if last.Err != nil && strings.Contains(last.Err.Error()+last.Fix, r.ClientSecret) {
				t.Error("the secret is shown")
			}
		})
	}
	t.Run("a certificate of an unknown CA is told, with what to change", func(t *testing.T) {
		p := oidctest.New(t, oidctest.Options{TLS: true})
		r := relyOn(t, p, func(c *openid.Config) { c.CAFile, c.Insecure = "", false })
		if _, last := steps(t, r); last.Name != "TLS" || last.Err == nil || !strings.Contains(last.Fix, "ca_file") {
			t.Errorf("got %q: %v, fix %q", last.Name, last.Err, last.Fix)
		}
	})
}
