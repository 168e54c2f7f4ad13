package parts

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// The directory that every slapd of this package begins with.
const (
	BaseDN         = "dc=example,dc=org"
	PeopleDN       = "ou=people," + BaseDN
	GroupsDN       = "ou=groups," + BaseDN
	PolicyDN       = "cn=default,ou=policies," + BaseDN
	AdminDN        = "cn=admin," + BaseDN
	AdminPassword  = "admin secret"
	ReaderDN       = "cn=reader," + BaseDN
	ReaderPassword = "reader secret"
	// PersonPassword is everybody's.
	PersonPassword = "correct horse battery staple"
)

// SlapdOptions changes a directory from the usual.
type SlapdOptions struct {
	// Conf are further lines for the global part of slapd.conf.
	Conf []string
	// People is how many more persons there are: person0, person1, …
	People int
}

// Directory is a running OpenLDAP server.
type Directory struct {
	URL    string // ldap://, which takes StartTLS
	URLS   string // ldaps://
	CA     *x509.CertPool
	CAFile string
	Signer *Authority

	t      testing.TB
	binary string
	folder string
	child  *child
}

// Slapd starts a server with people, groups, the overlays memberof and
// ppolicy, and a certificate of its own authority. It ends with the test.
func Slapd(t testing.TB, o SlapdOptions) *Directory {
	t.Helper()
	d := &Directory{t: t, binary: Need(t, "slapd")[0], folder: t.TempDir(), Signer: NewAuthority(t)}
	d.CA = d.Signer.Pool
	d.URL, d.URLS = "ldap://"+freeAddress(t), "ldaps://"+freeAddress(t)
	pair := d.Signer.Server(t)
	d.CAFile = d.write("ca.pem", d.Signer.PEM)
	d.write("cert.pem", pair.CertPEM)
	d.write("key.pem", pair.KeyPEM)
	d.write("slapd.conf", []byte(d.conf(o)))
	if err := os.Mkdir(filepath.Join(d.folder, "db"), 0o700); err != nil {
		t.Fatalf("make database folder: %v", err)
	}
	t.Cleanup(d.Stop)
	d.Start()
	d.load(o)
	return d
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (d *Directory) write(name string, content []byte) string {
	d.t.Helper()
	path := filepath.Join(d.folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		d.t.Fatalf("write %s: %v", name, err)
	}
	return path
}

func (d *Directory) conf(o SlapdOptions) string {
	return strings.NewReplacer("FOLDER", d.folder, "EXTRA", strings.Join(o.Conf, "\n"), "BASE", BaseDN,
		"ADMIN", AdminDN, "SECRET", AdminPassword, "READER", ReaderDN, "POLICY", PolicyDN).Replace(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
pidfile FOLDER/pid
threads 4
TLSCACertificateFile FOLDER/ca.pem
TLSCertificateFile FOLDER/cert.pem
TLSCertificateKeyFile FOLDER/key.pem
EXTRA
database mdb
suffix "BASE"
rootdn "ADMIN"
rootpw "SECRET"
directory FOLDER/db
maxsize 67108864
dbnosync
index objectClass,uid,mail,entryUUID,member,uniqueMember,memberUid eq
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
overlay memberof
overlay ppolicy
ppolicy_default "POLICY"
`)
}

// Start starts the server, also again after Stop, and returns when it answers.
func (d *Directory) Start() {
	d.t.Helper()
	cmd := exec.Command(d.binary, "-f", filepath.Join(d.folder, "slapd.conf"), "-h", d.URL+"/ "+d.URLS+"/", "-d", "0")
	var err error
	if d.child, err = startChild(cmd, syscall.SIGKILL); err != nil {
		d.t.Fatalf("slapd: %v", err)
	}
	const tries, pause = 400, 25 * time.Millisecond
	for range tries {
		if c, err := goldap.DialURL(d.URL); err == nil {
			_ = c.Close()
			return
		}
		if d.child.ended() {
			break
		}
		time.Sleep(pause) // another process: there is nothing to wait on
	}
	said := d.child.out.String()
	d.Stop()
	d.t.Fatalf("slapd does not answer: %s", said)
}

// Stop ends the server at once: its database outlives that, since the kernel
// keeps what was written. It does nothing when it is not running.
func (d *Directory) Stop() {
	if d.child == nil {
		return
	}
	_ = d.child.end(syscall.SIGKILL, time.Minute) // it is to be gone either way
	d.child = nil
}

// Admin runs fn with a connection that may do everything.
func (d *Directory) Admin(fn func(*goldap.Conn) error) {
	d.t.Helper()
	c, err := goldap.DialURL(d.URL)
	if err != nil {
		d.t.Fatalf("reach slapd: %v", err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Bind(AdminDN, AdminPassword); err != nil {
		d.t.Fatalf("bind as admin: %v", err)
	}
	if err := fn(c); err != nil {
		d.t.Fatalf("change the directory: %v", err)
	}
}

// Add adds an entry.
func (d *Directory) Add(dn string, attributes map[string][]string) {
	d.t.Helper()
	d.Admin(func(c *goldap.Conn) error { return add(c, dn, attributes) })
}

// relax permits changes of operational attributes (OpenLDAP's Relax Rules).
const relax = "1.3.6.1.4.1.4203.666.5.12"

// Set replaces the values of an attribute, also of an operational one; without
// values it is removed.
func (d *Directory) Set(dn, attribute string, values ...string) {
	d.t.Helper()
	d.Admin(func(c *goldap.Conn) error {
		r := goldap.NewModifyRequest(dn, []goldap.Control{goldap.NewControlString(relax, true, "")})
		r.Replace(attribute, values)
		return c.Modify(r)
	})
}

// Rename gives an entry another first part and drops the old one.
func (d *Directory) Rename(dn, rdn string) {
	d.t.Helper()
	d.Admin(func(c *goldap.Conn) error { return c.ModifyDN(goldap.NewModifyDNRequest(dn, rdn, true, "")) })
}

// Delete removes an entry.
func (d *Directory) Delete(dn string) {
	d.t.Helper()
	d.Admin(func(c *goldap.Conn) error { return c.Del(goldap.NewDelRequest(dn, nil)) })
}

func add(c *goldap.Conn, dn string, attributes map[string][]string) error {
	r := goldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		r.Attribute(name, values)
	}
	if err := c.Add(r); err != nil {
		return fmt.Errorf("add %s: %w", dn, err)
	}
	return nil
}

// UUID is the entryUUID of an entry.
func (d *Directory) UUID(dn string) string {
	d.t.Helper()
	var uuid string
	d.Admin(func(c *goldap.Conn) error {
		found, err := c.Search(goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases,
			1, 0, false, "(objectClass=*)", []string{"entryUUID"}, nil))
		if err != nil {
			return err
		}
		uuid = found.Entries[0].GetAttributeValue("entryUUID")
		return nil
	})
	return uuid
}

// ClientTLS trusts the server's authority.
func (d *Directory) ClientTLS() *tls.Config {
	return &tls.Config{RootCAs: d.CA, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}
