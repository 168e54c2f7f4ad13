package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxFile is the most that a configuration file may hold, in bytes.
const maxFile = 1 << 20

// Load reads the file at path and the environment, given as os.Environ gives
// it, over the defaults, and checks the result. An empty path means no file.
//
// It reads the files of secrets and looks whether certificate files exist; it
// makes no network call and writes nothing. The error is [Problems] with
// everything that is wrong; then there is no configuration, and the warnings
// are those found on the way.
func Load(path string, environ []string) (*Config, Warnings, error) {
	text, mode, err := readFile(path)
	if err != nil {
		return nil, nil, Problems{{File: path, Message: "configuration file " + fileTrouble(err), Hint: "name another with --config, or leave it out to start without a file"}}
	}
	return parse(source{path: path, text: text, mode: mode, env: environment(environ)})
}

// Parse is [Load] for a text that has not been saved yet, as if it stood at path.
func Parse(path, text string, environ []string) (*Config, Warnings, error) {
	return parse(source{path: path, text: text, env: environment(environ)})
}

// source is what a configuration is made from.
type source struct {
	path string
	text string
	mode fs.FileMode // of the file, 0 where the system has none
	env  map[string]string
}

// parse is Load behind the reading of the file.
func parse(s source) (*Config, Warnings, error) {
	r := newReport(s.path)
	c := read(r, s)
	if c == nil {
		return nil, nil, Problems(sortProblems(r.problems))
	}
	(&checker{report: r, config: c}).all()
	warnings := Warnings(sortProblems(r.warnings))
	if len(r.problems) > 0 {
		return nil, warnings, Problems(sortProblems(r.problems))
	}
	return c, warnings, nil
}

// read fills a configuration with what is written; nil when that is no tree.
func read(r *report, s source) *Config {
	root := tree(r, s)
	if root == nil {
		return nil
	}
	overlay{r}.apply(root, s.env)
	if s.mode&0o002 != 0 {
		r.warn(r.top, "", "can be written by everybody", "run chmod 600 on it")
	}
	d := &decoder{report: r, secrets: secretReader{env: s.env, shared: s.mode&0o077 != 0}}
	if s.path != "" {
		d.secrets.base = filepath.Dir(s.path)
	}
	c := defaults()
	d.keys(root, fieldsOf(reflect.ValueOf(c).Elem()), "")
	d.complete(c)
	return c
}

// tree reads the text. Without one it is an empty mapping; a broken one is nil,
// since whatever else would be said about it is guessing.
func tree(r *report, s source) *node {
	if !utf8.ValidString(s.text) || strings.ContainsRune(s.text, 0) {
		r.problem(r.top, "", "not a text in UTF-8", "save the file as UTF-8")
		return nil
	}
	root := parseYAML(r, strings.TrimPrefix(s.text, "\ufeff"), place{s.path, 1, 1})
	if root == nil && len(r.problems) > 0 {
		return nil
	}
	if root == nil || root.kind == null {
		return &node{kind: mapping, at: r.top}
	}
	if root.kind != mapping {
		r.problem(root.at, "", "must be a mapping, not "+root.kind.String(), "write lines of key: value")
		return nil
	}
	root.at = r.top
	return root
}

// complete fills in what depends on other keys or on where the file is.
func (d *decoder) complete(c *Config) {
	v := reflect.ValueOf(c).Elem()
	if c.Secret.IsZero() && d.absent("secret") {
		n := &node{kind: text, at: d.top, text: defaultSecretFile, env: true}
		ref := &node{kind: mapping, at: d.top, keys: []entry{{"file", d.top, n}}}
		d.secret(ref, v.FieldByName("Secret"), "secret")
	}
	c.SecretFile = d.secrets.fresh
	if c.Database.Engine == "" && d.absent("database") {
		d.database(&node{at: d.top}, &c.Database, defaultDatabase, "database")
	}
	c.Mail.Directory = d.secrets.resolve(c.Mail.Directory)
	if c.Mail.Templates != "" {
		c.Mail.Templates = d.secrets.resolve(c.Mail.Templates)
	}
	if c.Audit.File != "" && c.Audit.File != "-" {
		c.Audit.File = d.secrets.resolve(c.Audit.File)
	}
	if c.Mail.SMTP != nil {
		c.Mail.SMTP.completePort()
		c.Mail.SMTP.CAFile = d.file(c.Mail.SMTP.CAFile, "mail.smtp.ca_file")
	}
	host, port, ok := splitHostPort(c.Listen)
	if c.PublicURL == nil && ok {
		c.PublicURL = publicURL(host, port)
	}
	if c.Tokens.Issuer == "" && c.PublicURL != nil {
		c.Tokens.Issuer = strings.TrimSuffix(c.PublicURL.String(), "/")
	}
	d.completeCookies(c)
	if len(c.Providers) == 0 {
		p := defaultProvider()
		p.Name, p.Driver, p.Label = "local", DriverLocal, "E-mail and password"
		c.Providers = []Provider{p}
	}
	for i := range c.Providers {
		d.completeProvider(&c.Providers[i], index("providers", i))
	}
}

// completeCookies gives names that nobody wrote down the prefix that keeps other
// hosts of the domain from planting such cookies (RFC 6265bis §4.1.3).
func (d *decoder) completeCookies(c *Config) {
	prefix := "__Host-"
	switch {
	case !c.secureCookies():
		return
	case c.Cookies.Domain != "":
		prefix = "__Secure-"
	}
	for key, name := range map[string]*string{"cookies.refresh_name": &c.Cookies.RefreshName, "cookies.session_name": &c.Cookies.SessionName} {
		if d.absent(key) {
			*name = prefix + *name
		}
	}
}

// secureCookies reports that browsers keep the cookies off plain HTTP.
func (c *Config) secureCookies() bool {
	return c.Cookies.Secure == "true" || c.Cookies.Secure == "auto" && c.PublicURL != nil && c.PublicURL.Scheme == "https"
}

// absent reports a key that was left out; one that is empty was not.
func (d *decoder) absent(path string) bool { return !d.written(path) }

func (s *SMTP) completePort() {
	if s.Port != 0 {
		return
	}
	s.Port = map[string]int{"tls": 465, "none": 25}[s.TLS]
	if s.Port == 0 {
		s.Port = 587
	}
}

func (d *decoder) completeProvider(p *Provider, path string) {
	if p.Label == "" {
		p.Label = p.Name
	}
	switch {
	case p.LDAP != nil:
		p.LDAP.CAFile = d.file(p.LDAP.CAFile, join(path, "ca_file"))
		p.LDAP.ClientCert = d.file(p.LDAP.ClientCert, join(path, "client_cert"))
		p.LDAP.ClientKey = d.file(p.LDAP.ClientKey, join(path, "client_key"))
	case p.OAuth2 != nil:
		p.OAuth2.CAFile = d.file(p.OAuth2.CAFile, join(path, "ca_file"))
	case p.OpenID != nil:
		p.OpenID.CAFile = d.file(p.OpenID.CAFile, join(path, "ca_file"))
	}
}

// file resolves the name of a file that has to exist.
func (d *decoder) file(name, path string) string {
	if name == "" {
		return ""
	}
	full := d.secrets.resolve(name)
	about, err := os.Stat(full)
	if err == nil && !about.Mode().IsRegular() {
		err = errNotPlain
	}
	if err != nil {
		d.wrong(path, "file "+shown(name)+" "+fileTrouble(err), "the path starts at the folder of the configuration file")
	}
	return full
}

// readFile reads the configuration file and its permissions.
func readFile(path string) (text string, mode fs.FileMode, err error) {
	if path == "" {
		return "", 0, nil
	}
	about, err := os.Stat(path)
	if err != nil {
		return "", 0, fmt.Errorf("stat: %w", err)
	}
	if about.IsDir() {
		return "", 0, errNotPlain
	}
	f, err := os.Open(path)
	if err != nil {
		return "", 0, fmt.Errorf("open: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", 0, fmt.Errorf("read: %w", err)
	}
	if len(b) > maxFile {
		return "", 0, errTooBigFile
	}
	return string(b), permissions(about), nil
}

// errTooBigFile: more than maxFile bytes.
var errTooBigFile = errors.New("larger than 1 MiB")

// environment turns os.Environ into a map. As in a shell, the last one wins.
func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}
