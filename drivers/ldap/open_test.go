package ldap_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers/ldap"
)

func usual() ldap.Config {
	return ldap.Config{
		URLs: []string{"ldaps://ldap.example.org"}, BindDN: "cn=reader,dc=example,dc=org", BindPassword: "secret",
		Users: ldap.Users{Base: "ou=people,dc=example,dc=org"},
	}
}

// opening is a change of the usual configuration and what comes of it.
type opening struct {
	name   string
	change func(*ldap.Config)
	want   string // in the error; empty: it opens
}

func openings(empty string) []opening {
	return []opening{
		{"the usual", func(*ldap.Config) {}, ""},
		{"every preset", func(c *ldap.Config) { c.Preset = "freeipa" }, ""},
		{"an unknown preset", func(c *ldap.Config) { c.Preset = "x500" }, "preset"},
		{"no address", func(c *ldap.Config) { c.URLs = nil }, "url is missing"},
		{"another scheme", func(c *ldap.Config) { c.URLs = []string{"http://ldap.example.org"} }, "neither ldaps://"},
		{"a path", func(c *ldap.Config) { c.URLs = []string{"ldaps://ldap.example.org/dc=x"} }, "host and perhaps a port"},
		{"clear text", func(c *ldap.Config) { c.URLs = []string{"ldap://ldap.example.org"} }, "clear text"},
		{"clear text, permitted", func(c *ldap.Config) { c.URLs, c.Insecure = []string{"ldap://ldap.example.org"}, true }, ""},
		{"StartTLS", func(c *ldap.Config) { c.URLs, c.StartTLS = []string{"ldap://ldap.example.org:1389"}, true }, ""},
		{"StartTLS over TLS", func(c *ldap.Config) { c.StartTLS = true }, "TLS already"},
		{"D-07 no bind password", func(c *ldap.Config) { c.BindPassword = "" }, "anonymous"},
		{"a password of nobody", func(c *ldap.Config) { c.BindDN = "" }, "no bind_dn"},
		{"no way to find people", func(c *ldap.Config) { c.BindDN, c.BindPassword = "", "" }, "neither bind_dn nor dn_template"},
		{"no base", func(c *ldap.Config) { c.Users.Base = "" }, "users.base is missing"},
		{"a base that is no DN", func(c *ldap.Config) { c.Users.Base = "people" }, "users.base"},
		{"a template makes the base", func(c *ldap.Config) { c.Users.Base, c.DNTemplate = "", "uid={login},ou=p,dc=x" }, ""},
		{"a template without the login", func(c *ldap.Config) { c.DNTemplate = "uid=login,dc=x" }, "{login}"},
		{"a template with more braces", func(c *ldap.Config) { c.DNTemplate = "uid={login},ou={ou},dc=x" }, "{login}"},
		{"a template that is no DN", func(c *ldap.Config) { c.DNTemplate = "uid={login},x" }, "not a DN"},
		{"a filter without the login", func(c *ldap.Config) { c.Users.Filter = "(uid=x)" }, "{login}"},
		{"a filter that is none", func(c *ldap.Config) { c.Users.Filter = "(uid={login}" }, "users.filter"},
		{"a filter with a matching rule", func(c *ldap.Config) { c.Users.Filter = "(uid:caseExactMatch:={login})" }, ""},
		{"a group filter that is none", func(c *ldap.Config) { c.Groups.Filter = "x" }, "groups.filter"},
		{"an unknown scope", func(c *ldap.Config) { c.Users.Scope = "all" }, "users.scope"},
		{"an unknown nesting", func(c *ldap.Config) { c.Groups.Nested = "deep" }, "groups.nested"},
		{"an attribute with a filter in it", func(c *ldap.Config) { c.Groups.Member = "member=x)(cn" }, "groups.member"},
		{"an e-mail address as id", func(c *ldap.Config) { c.Users.ID = "MAIL" }, "given to somebody else"},
		{"a login as id", func(c *ldap.Config) { c.Users.ID = "uid" }, "given to somebody else"},
		{"a CA file that is not there", func(c *ldap.Config) { c.CAFile = empty + "x" }, "ca_file"},
		{"a CA file without certificates", func(c *ldap.Config) { c.CAFile = empty }, "no PEM certificate"},
		{"a key that is not there", func(c *ldap.Config) { c.ClientCertFile = empty }, "client certificate"},
	}
}

func TestOpenMakesNoNetworkCallAndSaysWhatIsWrong(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatalf("write: %v", err)
	}
	for _, c := range openings(empty) {
		t.Run(c.name, func(t *testing.T) {
			cfg := usual()
			c.change(&cfg)
			d, err := ldap.Open(cfg)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case c.want == "" && d.Validate() != nil:
				t.Errorf("got a driver that is not valid: %v", d.Validate())
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want an error about %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), cfg.BindPassword) && cfg.BindPassword != "":
				t.Errorf("got %v, want no secret in it", err)
			}
		})
	}
	t.Run("everything wrong is said at once", func(t *testing.T) {
		c := usual()
		c.URLs, c.BindPassword, c.Users.Filter = []string{"ldap://x", "http://y"}, "", "x"
		_, err := ldap.Open(c)
		for _, want := range []string{"clear text", "http://y", "anonymous", "users.filter"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
	})
	t.Run("every preset opens", func(t *testing.T) {
		for name := range ldap.Presets {
			c := usual()
			c.Preset = name
			if _, err := ldap.Open(c); err != nil {
				t.Errorf("%s: got %v, want no error", name, err)
			}
		}
	})
}
