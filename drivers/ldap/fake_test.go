package ldap_test

import (
	"bytes"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

const (
	aliceDN   = "uid=alice," + parts.PeopleDN
	aliceUUID = "0b8c3c9e-1111-4c1b-9d59-000000000001"
	secret    = "secret of alice"
)

// honest knows the service account, alice, and her group staff.
func honest(more ...ldaptest.Attribute) *ldaptest.Honest {
	attributes := append([]ldaptest.Attribute{
		ldaptest.Has("uid", "alice"), ldaptest.Has("entryUUID", aliceUUID), ldaptest.Has("cn", "Alice"),
	}, more...)
	return &ldaptest.Honest{
		People: []ldaptest.Entry{
			{DN: parts.ReaderDN, Password: parts.ReaderPassword},
			{DN: aliceDN, Password: secret, Attributes: attributes},
		},
		GroupBase: parts.GroupsDN,
		Groups:    []ldaptest.Entry{{DN: parts.GroupDN("staff"), Attributes: []ldaptest.Attribute{ldaptest.Has("cn", "staff")}}},
	}
}

// plain is the configuration for a fake server: in clear text, with a service
// account, and impatient.
func plain(s *ldaptest.Server) ldap.Config {
	return ldap.Config{
		URLs: []string{s.URL()}, Insecure: true,
		BindDN: parts.ReaderDN, BindPassword: parts.ReaderPassword,
		Users: ldap.Users{Base: parts.PeopleDN}, Groups: ldap.Groups{Base: parts.GroupsDN},
		Timeouts: ldap.Timeouts{Connect: 10 * time.Second, Request: 10 * time.Second, Total: 20 * time.Second},
	}
}

// alone is plain with a template and no service account.
func alone(s *ldaptest.Server) ldap.Config {
	c := plain(s)
	c.BindDN, c.BindPassword = "", ""
	c.DNTemplate = "uid={login}," + parts.PeopleDN
	return c
}

// impatient gives up after a moment on what will never come, because of the
// limits of single steps and not of the whole.
func impatient(c ldap.Config) ldap.Config {
	c.Timeouts.Request = 150 * time.Millisecond
	c.Timeouts.Connect = 150 * time.Millisecond
	c.Timeouts.Total = time.Hour
	return c
}

// unavailable wants a login of alice to end with ErrUnavailable and nothing
// else.
func unavailable(t *testing.T, d drivers.Driver) {
	t.Helper()
	err := authenticate(t.Context(), d, "alice", secret)
	if !errors.Is(err, drivers.ErrUnavailable) || errors.Is(err, drivers.ErrCredentials) || errors.Is(err, drivers.ErrRefused) {
		t.Errorf("got error %v, want only %v", err, drivers.ErrUnavailable)
	}
}

// enters wants alice to sign in.
func enters(t *testing.T, d drivers.Driver) drivers.Identity {
	t.Helper()
	in, err := d.Password.Authenticate(t.Context(), "alice", secret)
	if err != nil {
		t.Fatalf("alice signs in: got %v, want no error", err)
	}
	return in
}

// wantCount compares a count of what the server saw.
func wantCount(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

func isSearch(p ldaptest.PDU) bool { return p.Op == ldaptest.Search }

// bindsAs selects binds with a name.
func bindsAs(name string) func(ldaptest.PDU) bool {
	return func(p ldaptest.PDU) bool { return p.Op == ldaptest.Bind && p.Name == name }
}

// groupSearch is a search below the groups.
func groupSearch(p ldaptest.PDU) bool { return isSearch(p) && p.Base == parts.GroupsDN }

// userSearch is a search below the people.
func userSearch(p ldaptest.PDU) bool { return isSearch(p) && p.Base == parts.PeopleDN }

// except answers what which selects with script, and the rest honestly.
func except(h *ldaptest.Honest, which func(ldaptest.PDU) bool, script ldaptest.Script) ldaptest.Script {
	return func(s *ldaptest.Session, p ldaptest.PDU) {
		if which(p) {
			script(s, p)
			return
		}
		h.Serve(s, p)
	}
}

// reply is a script that sends one operation.
func reply(op []byte, controls ...[]byte) ldaptest.Script {
	return func(s *ldaptest.Session, p ldaptest.PDU) { s.Send(ldaptest.Message(p.ID, op, controls...)) }
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logged collects log lines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
