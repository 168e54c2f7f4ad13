package ldap

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
)

// seeds are messages, good and bad.
func seeds() [][]byte {
	entry := ldaptest.Entry{DN: "uid=alice,dc=x", Attributes: []ldaptest.Attribute{
		ldaptest.Has("uid", "alice"), ldaptest.Has("mail;lang-de", "a@b", "\xff"), ldaptest.Has("objectGUID", strings.Repeat("g", 16)),
		ldaptest.Has("userAccountControl", "514"), ldaptest.Has("accountExpires", "9223372036854775807")}}
	return [][]byte{
		ldaptest.Message(1, ldaptest.BindResult(0, "")),
		ldaptest.Message(1, ldaptest.BindResult(49, "AcceptSecurityContext error, data 533, v"), ldaptest.Control(oidPasswordPolicy, []byte{0x30, 0x03, 0x81, 0x01, 0x02})),
		ldaptest.Message(1, entry.Encode()),
		ldaptest.Message(1, ldaptest.Done(4)),
		ldaptest.Message(1, ldaptest.Reference("ldap://x")),
		ldaptest.Goodbye(),
		{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, {0x30, 0x80, 0x00, 0x00}, {0x30, 0x84, 0, 0, 0, 5, 2, 1, 1, 0x61, 0},
	}
}

// FuzzMessage: whatever is read is bounded and in range, and nothing panics.
func FuzzMessage(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		c := &conn{in: bufio.NewReader(bytes.NewReader(octets))}
		raw, err := c.read(1 << 12)
		if err != nil {
			return
		}
		if len(raw) > 1<<12 || !bytes.HasPrefix(octets, raw) {
			t.Fatalf("read %d octets that are not the first of %d", len(raw), len(octets))
		}
		m, err := decodeMessage(raw)
		if err != nil {
			return
		}
		if m.id < 0 || m.id > maxInt {
			t.Errorf("message id: got %d, want 0 to %d", m.id, maxInt)
		}
		if r, err := decodeResult(m); err == nil {
			if r.code < 0 {
				t.Errorf("result: got %d, want none below 0", r.code)
			}
			if r.code != goldap.LDAPResultSuccess && verdict(r) == nil {
				t.Errorf("result %d: got no error, want one", r.code)
			}
		}
		if e, err := decodeEntry(m.body); err == nil {
			cleanEntry(t, e)
		}
	})
}

// FuzzEntry: an identity holds clean text only.
func FuzzEntry(f *testing.F) {
	f.Add("uid", []byte("alice"), []byte("b"))
	f.Add("objectGUID;binary", []byte("0123456789abcdef"), []byte{})
	f.Add("mail", []byte("a@b"), []byte("\xff@\x00"))
	f.Add("memberOf;range=0-1", []byte("cn=a,dc=x"), []byte(`cn=a\`))
	f.Fuzz(func(t *testing.T, name string, one, two []byte) {
		cleanEntry(t, entry{dn: string(one), attributes: []attribute{{name: name, values: [][]byte{one, two}}, {name: "uid", values: [][]byte{one}}}})
	})
}

func cleanEntry(t *testing.T, e entry) {
	t.Helper()
	now := time.Unix(1e9, 0)
	_ = e.barred(now)
	for _, a := range e.attributes {
		name, _, _ := strings.Cut(a.name, ";")
		subject, err := e.subject(name)
		if err != nil {
			subject = ""
		}
		for _, s := range []string{subject, e.text(name, maxValue), e.email(name), picture(e.text(name, maxPicture))} {
			if !utf8.ValidString(s) || len(s) > maxPicture || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%s: got %q, want clean text", a.name, s)
			}
		}
	}
	if dn, err := parseDN(e.dn); err == nil {
		if _, err := parseDN(foldedDN(dn)); err != nil {
			t.Errorf("%q folded: got %v, want a DN", e.dn, err)
		}
	}
}

// FuzzTemplate: a login fills one value of the DN, or is refused.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"alice", "alice,ou=admins", "a+b=c", "#a", " a ", `a\`, "ü", "a\x00", "=", `\2c`, "a\u2028b"} {
		f.Add(s)
	}
	tpl, err := parseTemplate("uid={login},ou=people,dc=example,dc=org")
	if err != nil {
		f.Fatalf("template: %v", err)
	}
	f.Fuzz(func(t *testing.T, login string) {
		if acceptable(login, "x") != nil {
			return
		}
		text, err := tpl.name(login)
		if err != nil {
			return
		}
		dn, err := parseDN(text)
		if err != nil || len(dn.RDNs) != 4 || len(dn.RDNs[0].Attributes) != 1 || dn.RDNs[0].Attributes[0].Value != login {
			t.Errorf("login %q: got DN %q, want it as the one value of the first part", login, text)
		}
		if _, err := goldap.CompileFilter(filterFor("(&(a=b)(uid={login}))", login)); err != nil {
			t.Errorf("login %q: got filter error %v, want none", login, err)
		}
	})
}

// A request never leaves on a connection on which something came unasked.
func TestAnAnswerBeforeTheQuestionBreaksTheConnection(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _ = ours.Close(); _ = theirs.Close() }()
	c := newConn(ours, &server{}, time.Second)
	go func() { _, _ = theirs.Write(ldaptest.Message(1, ldaptest.BindResult(0, ""))) }()
	if _, err := c.in.Peek(1); err != nil {
		t.Fatalf("peek: %v", err)
	}
	if _, err := c.bind(t.Context(), "x", "y", nil); !errors.Is(err, errLost) || !c.broken {
		t.Errorf("got %v, want %v and a broken connection", err, errLost)
	}
}
