package ldap_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/ldap"
	"github.com/signet-sso/signet/drivers/ldap/ldaptest"
	"github.com/signet-sso/signet/e2e/parts"
)

// person signs in somebody whose entry has these attributes and no others.
func person(t *testing.T, change func(*ldap.Config), attributes ...ldaptest.Attribute) (drivers.Identity, error) {
	t.Helper()
	h := honest()
	h.People[1].Attributes = attributes
	h.Groups = nil
	s := ldaptest.Start(t, ldaptest.Options{Script: except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
		s.Send(ldaptest.Message(p.ID, h.People[1].Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
	})})
	c := plain(s)
	if change != nil {
		change(&c)
	}
	return open(t, c).Password.Authenticate(t.Context(), "alice", secret)
}

func TestD18_AttributesOfEveryShape(t *testing.T) {
	has := ldaptest.Has
	want := drivers.Identity{Subject: aliceUUID, Login: "alice", AMR: []string{"pwd"}}
	with := func(change func(*drivers.Identity)) drivers.Identity {
		in := want
		change(&in)
		return in
	}
	for _, c := range []struct {
		name string
		more ldaptest.Attribute
		want drivers.Identity
	}{
		{"D-18 no mail", has("x"), want},
		{"D-18 the first of several mails", has("mail", "a@example.org", "b@example.org"), with(func(in *drivers.Identity) { in.Email = "a@example.org" })},
		{"D-18 the first valid mail", has("mail", "", " ", "none", "@", "a@", "@b", "a b@c", "\xff@x", "a@b\x00", "good@example.org"), with(func(in *drivers.Identity) { in.Email = "good@example.org" })},
		{"D-18 a name in another case", has("MAIL", "a@example.org"), with(func(in *drivers.Identity) { in.Email = "a@example.org" })},
		{"D-18 a name with an option", has("mail;binary", "a@example.org"), with(func(in *drivers.Identity) { in.Email = "a@example.org" })},
		{"D-18 a name that only begins alike", has("mailbox", "a@example.org"), want},
		{"D-18 binary junk", has("cn", "\x00\x01\xfe\xff"), want},
		{"D-18 invalid UTF-8, then valid", has("cn", "Al\xffice", "Alice"), with(func(in *drivers.Identity) { in.Name = "Alice" })},
		{"D-18 control signs", has("cn", "Alice\r\nSet-Cookie: x"), want},
		{"D-18 a value of 60 kB", has("cn", strings.Repeat("x", 60000)), want},
		{"D-18 spaces around", has("sn", "  Liddell "), with(func(in *drivers.Identity) { in.FamilyName = "Liddell" })},
		{"D-18 an attribute without values", has("cn"), want},
		{"D-18 an attribute without a name", has("", "x"), want},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := person(t, nil, has("uid", "alice"), has("entryUUID", aliceUUID), c.more)
			if err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("D-18 an attribute of a megabyte and more is refused", func(t *testing.T) {
		_, err := person(t, nil, has("uid", "alice"), has("entryUUID", aliceUUID), has("cn", strings.Repeat("x", 1<<20)))
		wantErr(t, err, drivers.ErrUnavailable)
	})
	t.Run("D-18 values without options come first", func(t *testing.T) {
		got, err := person(t, nil, has("uid", "alice"), has("entryUUID", aliceUUID), has("cn;lang-de", "Alicia"), has("cn", "Alice"))
		if err != nil || got.Name != "Alice" {
			t.Errorf("got %q and %v, want Alice", got.Name, err)
		}
	})
}

func TestD18_TheSubjectIsOneCleanValue(t *testing.T) {
	has, uid := ldaptest.Has, ldaptest.Has("uid", "alice")
	for name, id := range map[string]ldaptest.Attribute{
		"none": has("x"), "empty": has("entryUUID", ""), "two": has("entryUUID", aliceUUID, "other"),
		"too long": has("entryUUID", strings.Repeat("x", 256)), "binary": has("entryUUID", "\x00\xff"), "an address": has("entryUUID", "a@example.org"),
	} {
		t.Run("D-18 "+name+" is no subject", func(t *testing.T) {
			_, err := person(t, nil, uid, id)
			wantErr(t, err, drivers.ErrUnavailable)
		})
	}
	t.Run("a UUID is compared without case", func(t *testing.T) {
		got, err := person(t, nil, uid, has("EntryUUID", strings.ToUpper(aliceUUID)))
		if err != nil || got.Subject != aliceUUID {
			t.Errorf("got %q and %v, want %q", got.Subject, err, aliceUUID)
		}
	})
	guid := "\x78\x56\x34\x12\xcd\xab\x01\xef\x01\x02\x03\x04\x05\x06\x07\x08"
	directory := func(c *ldap.Config) { c.Preset = "activedirectory" }
	t.Run("objectGUID is written as Windows does", func(t *testing.T) {
		got, err := person(t, directory, has("sAMAccountName", "alice"), has("objectguid;binary", guid))
		if want := "12345678-abcd-ef01-0102-030405060708"; err != nil || got.Subject != want {
			t.Errorf("got %q and %v, want %q", got.Subject, err, want)
		}
	})
	t.Run("an objectGUID of another length is refused", func(t *testing.T) {
		_, err := person(t, directory, has("sAMAccountName", "alice"), has("objectGUID", guid[:15]))
		wantErr(t, err, drivers.ErrUnavailable)
	})
}

func TestAnAddressIsOnlyVerifiedWhenTheOperatorSaysSo(t *testing.T) {
	has := ldaptest.Has
	trust := func(c *ldap.Config) { c.EmailVerified = true }
	for _, c := range []struct {
		name   string
		change func(*ldap.Config)
		mail   ldaptest.Attribute
		want   bool
	}{
		{"by default it is not", nil, has("mail", "a@example.org"), false},
		{"vouched for", trust, has("mail", "a@example.org"), true},
		{"absent is never verified", trust, has("mail"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := person(t, c.change, has("uid", "alice"), has("entryUUID", aliceUUID), c.mail)
			if err != nil || got.EmailVerified != c.want {
				t.Errorf("got %t and %v, want %t", got.EmailVerified, err, c.want)
			}
		})
	}
}

func TestD19_GroupsAreComparedAsDNs(t *testing.T) {
	inside := func(c *ldap.Config) { c.Groups = ldap.Groups{Base: parts.GroupsDN, Member: "memberOf", Name: "cn"} }
	uid, id := ldaptest.Has("uid", "alice"), ldaptest.Has("entryUUID", aliceUUID)
	for _, c := range []struct {
		dn   string
		want []string
	}{
		{"cn=admins,ou=groups,dc=example,dc=org", []string{"admins"}},
		{"CN=admins, OU=Groups, DC=Example, DC=Org", []string{"admins"}},
		{`cn=admins\,ou=x,ou=groups,dc=example,dc=org`, []string{"admins,ou=x"}},
		{"cn=Admins,ou=groups,dc=example,dc=org", []string{"Admins"}},
		{"cn=admins,ou=x,ou=groups,dc=example,dc=org", []string{"admins"}},
		{"admins", nil},
		{"cn=admins", nil},
		{"cn=admins,ou=x", nil},
		{"cn=admins,ou=moregroups,dc=example,dc=org", nil},
		{`cn=admins,x=y\,ou=groups,dc=example,dc=org`, nil},
		{"cn=admins,ou=groups,dc=example,dc=org,dc=evil", nil},
		{"ou=groups,dc=example,dc=org", nil},
		{"", nil},
	} {
		t.Run("D-19 "+c.dn, func(t *testing.T) {
			got, err := person(t, inside, uid, id, ldaptest.Has("memberOf", c.dn))
			if err != nil || !slices.Equal(got.Groups, c.want) {
				t.Errorf("got %q and %v, want %q", got.Groups, err, c.want)
			}
		})
	}
	t.Run("D-19 a DN as the name has one spelling", func(t *testing.T) {
		byDN := func(c *ldap.Config) { inside(c); c.Groups.Name = "dn" }
		got, err := person(t, byDN, uid, id, ldaptest.Has("memberOf", "CN=Admins, OU=Groups,dc=example,dc=org", "cn=admins,ou=groups,dc=example,dc=org"))
		if want := []string{"cn=admins,ou=groups,dc=example,dc=org"}; err != nil || !slices.Equal(got.Groups, want) {
			t.Errorf("got %q and %v, want %q", got.Groups, err, want)
		}
	})
	t.Run("D-19 a group found outside the base does not count", func(t *testing.T) {
		h := honest()
		h.Groups = append(h.Groups,
			ldaptest.Entry{DN: "cn=admins,ou=elsewhere,dc=example,dc=org", Attributes: []ldaptest.Attribute{ldaptest.Has("cn", "admins")}},
			ldaptest.Entry{DN: parts.GroupDN("nameless")})
		s := ldaptest.Start(t, ldaptest.Options{Script: h.Serve})
		wantGroups(t, enters(t, open(t, plain(s))), "staff")
	})
	t.Run("more groups than anybody has fail the login", func(t *testing.T) {
		var many []string
		for i := range 2001 {
			many = append(many, fmt.Sprintf("cn=g%d,%s", i, parts.GroupsDN))
		}
		_, err := person(t, inside, uid, id, ldaptest.Has("memberOf", many...))
		wantErr(t, err, drivers.ErrUnavailable)
	})
}

func TestActiveDirectoryIsAskedInItsOwnWay(t *testing.T) {
	h := honest()
	s := ldaptest.Start(t, ldaptest.Options{})
	entry := ldaptest.Entry{DN: aliceDN, Attributes: []ldaptest.Attribute{
		ldaptest.Has("sAMAccountName", "alice"), ldaptest.Has("objectGUID", "\x78\x56\x34\x12\xcd\xab\x01\xef\x01\x02\x03\x04\x05\x06\x07\x08")}}
	s.Do(except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
		s.Send(ldaptest.Message(p.ID, entry.Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
	}))
	c := plain(s)
	c.Preset = "activedirectory"
	d := open(t, c)
	in := enters(t, d)
	if again := recheck(t, d, in.Subject); again.Subject != in.Subject {
		t.Errorf("recheck: got %q, want %q", again.Subject, in.Subject)
	}
	for what, part := range map[string]string{
		"nested groups by the rule": "(member:1.2.840.113556.1.4.1941:=" + aliceDN + ")",
		"a recheck by the octets":   "(objectGUID=xV4\x12\\cd\\ab\x01\\ef\x01\x02\x03\x04\x05\x06\x07\x08)",
	} {
		n := s.Count(func(p ldaptest.PDU) bool { return isSearch(p) && strings.Contains(p.Filter, part) })
		if n == 0 {
			t.Errorf("%s: got no filter with %s in %+v", what, part, s.Log())
		}
	}
	if _, err := d.Recheck.Recheck(t.Context(), aliceUUID, nil); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("recheck of another GUID: got %v, want %v", err, drivers.ErrRefused)
	}
}

func TestBarredPeopleAreRefusedAndTheReasonIsLogged(t *testing.T) {
	has := ldaptest.Has
	now := newClock()
	for _, c := range []struct {
		attribute ldaptest.Attribute
		reason    string // empty: may enter
	}{
		{has("userAccountControl", "512"), ""},
		{has("userAccountControl", "514"), "disabled"},
		{has("userAccountControl", "528"), "locked"},
		{has("USERACCOUNTCONTROL", "8389120"), "password expired"},
		{has("userAccountControl", "none"), "not a number"},
		{has("msDS-User-Account-Control-Computed", "16"), "locked"},
		{has("msDS-User-Account-Control-Computed", "8388608"), "password expired"},
		{has("accountExpires", "0"), ""},
		{has("accountExpires", "9223372036854775807"), ""},
		{has("accountExpires", "132000000000000000"), "account expired"},
		{has("accountExpires", "150000000000000000"), ""},
		{has("pwdAccountLockedTime", "000001010000Z"), "locked"},
		{has("pwdAccountLockedTime", "20261123085900Z"), ""},
		{has("pwdReset", "TRUE"), "must be changed"},
		{has("nsAccountLock", "true"), "disabled"},
		{has("nsAccountLock", "FALSE"), ""},
		{has("loginDisabled", "TRUE"), "disabled"},
		{has("shadowExpire", "-1"), ""},
		{has("shadowExpire", "20000"), "account expired"},
		{has("shadowExpire", "40000"), ""},
		{has("shadowExpire", "x"), "not a number"},
		{has("krbPrincipalExpiration", "20200101000000Z"), "account expired"},
		{has("krbPrincipalExpiration", "20300101000000.5Z"), ""},
		{has("krbPasswordExpiration", "20200101000000Z"), "password expired"},
		{has("krbPasswordExpiration", "soon"), "not a time"},
	} {
		t.Run(fmt.Sprintf("%s %s", c.attribute.Name, c.attribute.Values[0]), func(t *testing.T) {
			_, err := person(t, func(cfg *ldap.Config) { cfg.Now = now.Now }, has("uid", "alice"), has("entryUUID", aliceUUID), c.attribute)
			if c.reason == "" {
				wantOnly(t, err, nil)
				return
			}
			wantOnly(t, err, drivers.ErrRefused)
			wantReason(t, err, c.reason)
		})
	}
}

func TestARecheckThatFindsSomebodyElseIsRefused(t *testing.T) {
	h := withBob()
	s := ldaptest.Start(t, ldaptest.Options{Script: except(h, userSearch, func(s *ldaptest.Session, p ldaptest.PDU) {
		s.Send(ldaptest.Message(p.ID, h.People[2].Encode()), ldaptest.Message(p.ID, ldaptest.Done(0)))
	})})
	_, err := open(t, plain(s)).Recheck.Recheck(t.Context(), aliceUUID, nil)
	wantErr(t, err, drivers.ErrRefused)
}
