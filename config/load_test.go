package config

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goodSecret is long and varied enough for every use.
const goodSecret = "kZ7mQ2xV9pLw4TnR8sYb3HcJ6dFgA5uEoX1iCqNeWtMvKrPz0aSjDhGfBlUyOT+/"

// load loads text as a private file and fails on problems.
func load(t *testing.T, text string, environ ...string) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "providers.yaml")
	writeFile(t, path, text, 0o600)
	c, _, err := Load(path, environ)
	if err != nil {
		t.Fatalf("got problems, want none:\n%v", err)
	}
	return c
}

// problemsOf loads text and returns what is wrong with it.
func problemsOf(t *testing.T, text string, environ ...string) Problems {
	t.Helper()
	path := filepath.Join(t.TempDir(), "providers.yaml")
	writeFile(t, path, text, 0o600)
	_, _, err := Load(path, environ)
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("got %T, want Problems", err)
	}
	return problems
}

func TestWithoutAFileThereAreDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	c, warnings, err := Load("", nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("got %v and %v, want neither problems nor warnings", err, warnings)
	}
	if c.Database != (Database{Engine: EngineSQLite, Path: "signet-data/signet.db"}) {
		t.Errorf("database: got %+v", c.Database)
	}
	if c.SecretFile != "signet-data/secret" || !c.Secret.IsZero() {
		t.Errorf("a secret has to be made in signet-data/secret: got %q and a secret %v", c.SecretFile, !c.Secret.IsZero())
	}
	if len(c.Providers) != 1 || c.Providers[0].Name != "local" || c.Providers[0].Driver != DriverLocal || c.Providers[0].Link != "never" {
		t.Errorf("providers: got %+v, want local", c.Providers)
	}
	if got := c.PublicURL.String(); got != "http://127.0.0.1:8055" || c.Tokens.Issuer != got {
		t.Errorf("public_url %q and issuer %q: want the listen address for both", got, c.Tokens.Issuer)
	}
}

func TestNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if _, _, err := Load("", nil); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("got %v, want an empty folder", entries)
	}
}

func TestTheDefaultSecretIsReadWhereItIs(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "signet-data/secret"), goodSecret+"\n", 0o600)
	writeFile(t, filepath.Join(dir, "providers.yaml"), "log: {level: debug}", 0o600)
	c, _, err := Load(filepath.Join(dir, "providers.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Secret.Reveal(); got != goodSecret || c.SecretFile != "" {
		t.Errorf("got %q and file to make %q, want the secret without its line break and none", got, c.SecretFile)
	}
}

func TestPathsStartAtTheFolderOfTheFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ca.pem", "c.pem", "c.key"} {
		writeFile(t, filepath.Join(dir, name), "x", 0o600)
	}
	writeFile(t, filepath.Join(dir, "s"), goodSecret, 0o600)
	writeFile(t, filepath.Join(dir, "providers.yaml"), `
secret: {file: s}
database: sqlite:data/x.db
mail: {directory: /var/mail}
providers:
  - {name: corp, driver: ldap, url: ldaps://x, dn_template: "uid={login},dc=x", ca_file: ca.pem, client_cert: c.pem, client_key: c.key}
`, 0o600)
	c, _, err := Load(filepath.Join(dir, "providers.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Providers[0].LDAP
	for got, want := range map[string]string{
		c.Database.Path: "data/x.db", l.CAFile: "ca.pem", l.ClientCert: "c.pem", l.ClientKey: "c.key",
	} {
		if got != filepath.Join(dir, want) {
			t.Errorf("got %s, want %s in the file's folder", got, want)
		}
	}
	if c.Mail.Directory != "/var/mail" {
		t.Errorf("mail.directory: got %s, want the absolute path as it is", c.Mail.Directory)
	}
}

func TestAProviderHasTheKeysOfItsDriver(t *testing.T) {
	c := load(t, `
providers:
  - name: corp
    driver: ldap
    urls: [ldaps://one.example.org, "ldaps://two.example.org:1636"]
    bind_dn: cn=reader,dc=example,dc=org
    bind_password: hunter2
    users: {base: "ou=people,dc=example,dc=org", filter: "(uid={login})", id: entryUUID}
    groups: {base: "ou=groups,dc=example,dc=org", member: member, map: {"cn=a": admins}, only: admins}
    timeouts: {request: 4s}
  - {name: github, driver: oauth2, preset: github, client_id: 0042, client_secret: x, signup: true}
  - {name: okta, driver: openid, issuer: "https://example.okta.com", client_id: a, client_secret: b}
`)
	corp, github, okta := c.Providers[0], c.Providers[1], c.Providers[2]
	if corp.LDAP == nil || corp.OAuth2 != nil || github.OAuth2 == nil || okta.OpenID == nil {
		t.Fatalf("each has the part of its driver only: got %+v", c.Providers)
	}
	if !corp.Signup || !github.Signup || okta.Signup {
		t.Errorf("signup: got %v %v %v, want the default true for ldap, what is written, the default false", corp.Signup, github.Signup, okta.Signup)
	}
	l := corp.LDAP
	if len(l.URLs) != 2 || l.URLs[1].Host != "two.example.org:1636" || l.BindPassword.Reveal() != "hunter2" {
		t.Errorf("urls and bind_password: got %v", l.URLs)
	}
	if l.Groups.Base != "ou=groups,dc=example,dc=org" || corp.Groups.Map["cn=a"] != "admins" || len(corp.Groups.Only) != 1 {
		t.Errorf("groups fills both structs: got %+v and %+v", l.Groups, corp.Groups)
	}
	if l.Timeouts != (LDAPTimeouts{Connect: 2 * time.Second, Request: 4 * time.Second, Total: 5 * time.Second}) {
		t.Errorf("timeouts: got %+v, want the defaults around what is written", l.Timeouts)
	}
	if github.OAuth2.ClientID != "0042" || corp.Label != "corp" {
		t.Errorf("client_id as written, label from the name: got %q and %q", github.OAuth2.ClientID, corp.Label)
	}
	if len(okta.OpenID.Scopes) != 0 {
		t.Errorf("scopes: got %v, want none, for the driver to choose", okta.OpenID.Scopes)
	}
}

func TestPublicURLFollowsListen(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:9000": "http://127.0.0.1:9000", ":9000": "http://127.0.0.1:9000", "0.0.0.0:9000": "http://127.0.0.1:9000",
		"[::]:9000": "http://127.0.0.1:9000", "[::1]:9000": "http://[::1]:9000", "localhost:9000": "http://localhost:9000",
	} {
		if got := load(t, "listen: '"+listen+"'").PublicURL.String(); got != want {
			t.Errorf("listen %s: got %s, want %s", listen, got, want)
		}
	}
	c := load(t, "public_url: https://sso.example.org/")
	if want := (url.URL{Scheme: "https", Host: "sso.example.org"}); *c.PublicURL != want || c.Tokens.Issuer != want.String() {
		t.Errorf("got %v and issuer %q, want no path", c.PublicURL, c.Tokens.Issuer)
	}
}

func TestDatabases(t *testing.T) {
	const dsn = "postgres://signet@db.example.org/signet?sslmode=verify-full"
	c := load(t, "database: "+dsn)
	if c.Database.Engine != EnginePostgres || c.Database.DSN.Reveal() != dsn || c.Database.Path != "" {
		t.Errorf("got %+v", c.Database)
	}
	c = load(t, "database: {env: DB}", "DB=sqlite:/var/lib/signet.db")
	if c.Database != (Database{Engine: EngineSQLite, Path: "/var/lib/signet.db"}) {
		t.Errorf("got %+v", c.Database)
	}
}

func TestAFileThatCannotBeReadIsAProblem(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	writeFile(t, big, strings.Repeat("#", maxFile+1), 0o600)
	for path, want := range map[string]string{
		filepath.Join(dir, "missing.yaml"): "does not exist", dir: "is not a plain file", big: "is larger than 1 MiB",
	} {
		_, _, err := Load(path, nil)
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want one problem that says %q", path, err, want)
		}
	}
}

// TestHugeFilesAreRefused: the YAML library recurses once a key and once a
// level; without bounds these would take minutes or the whole stack.
func TestHugeFilesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"keys":      "permissions:\n" + strings.Repeat("  a:\n", 100_000),
		"brackets":  strings.Repeat("[", 500_000),
		"dashes":    strings.Repeat("- ", 400_000),
		"questions": strings.Repeat("? ", 400_000),
		"anchors":   strings.Repeat("&a ", 300_000),
		"commas":    strings.Repeat(",", 900_000),
		"levels":    levels(1000),
	} {
		t.Run(name+" do not exhaust the reader", func(t *testing.T) {
			if got := problemsOf(t, text); len(got) == 0 {
				t.Error("got no problem, want a refusal")
			}
		})
	}
}

func levels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
