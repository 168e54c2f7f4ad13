package parts

import (
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"
)

// PersonDN is the DN of somebody with this uid.
func PersonDN(uid string) string { return "uid=" + goldap.EscapeDN(uid) + "," + PeopleDN }

// Person are the attributes of somebody whose mail is mail.
func Person(uid, given, family, mail string) map[string][]string {
	return map[string][]string{
		"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {given + " " + family},
		"givenName": {given}, "sn": {family}, "mail": {mail}, "userPassword": {PersonPassword},
	}
}

// GroupDN is the DN of a group with this cn.
func GroupDN(cn string) string { return "cn=" + goldap.EscapeDN(cn) + "," + GroupsDN }

// Group are the attributes of a group of DNs.
func Group(cn string, members ...string) map[string][]string {
	return map[string][]string{"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members}
}

// slapdEntry is one entry to add.
type slapdEntry struct {
	dn         string
	attributes map[string][]string
}

// slapdEntries are the entries in the order in which they can be added.
//
// alice is in staff directly, in everyone by way of staff, and in circle,
// which everyone is a member of and which is a member of everyone; bob is in
// staff's neighbour "admins, local"; developers and coders name logins and
// unique members.
func slapdEntries(o SlapdOptions) []slapdEntry {
	unit := func(name string) slapdEntry {
		return slapdEntry{"ou=" + name + "," + BaseDN, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {name}}}
	}
	all := []slapdEntry{
		{BaseDN, map[string][]string{"objectClass": {"dcObject", "organization"}, "dc": {"example"}, "o": {"Example"}}},
		unit("people"), unit("groups"), unit("policies"),
		{PolicyDN, map[string][]string{"objectClass": {"pwdPolicy", "applicationProcess"}, "cn": {"default"},
			"pwdAttribute": {"userPassword"}, "pwdLockout": {"FALSE"}}},
		{ReaderDN, map[string][]string{"objectClass": {"applicationProcess", "simpleSecurityObject"}, "cn": {"reader"}, "userPassword": {ReaderPassword}}},
		{PersonDN("alice"), Person("alice", "Alice", "Liddell", "alice@example.org")},
		{PersonDN("bob"), Person("bob", "Bob", "Builder", "bob@example.org")},
		{PersonDN("müller (x)"), Person("müller (x)", "Jürgen", "Müller", "mueller.x@example.org")},
		{PersonDN("o'brien"), Person("o'brien", "Pat", "O'Brien", "obrien@example.org")},
		{PersonDN("a#b"), Person("a#b", "Ann", "Hash", "ab@example.org")},
		{PersonDN("a+b"), Person("a+b", "Ann", "Plus", "aplusb@example.org")},
		{PersonDN("ü"), Person("ü", "U", "Umlaut", "u@example.org")},
		{PersonDN("müller, jörg"), Person("müller, jörg", "Jörg", "Müller", "joerg@example.org")},
		{GroupDN("staff"), Group("staff", PersonDN("alice"), PersonDN("müller, jörg"))},
		{GroupDN("admins, local"), Group("admins, local", PersonDN("bob"))},
		{GroupDN("everyone"), Group("everyone", GroupDN("staff"), GroupDN("circle"))},
		{GroupDN("circle"), Group("circle", GroupDN("everyone"))},
		{GroupDN("developers"), map[string][]string{"objectClass": {"posixGroup"}, "cn": {"developers"}, "gidNumber": {"5000"}, "memberUid": {"alice"}}},
		{GroupDN("coders"), map[string][]string{"objectClass": {"groupOfUniqueNames"}, "cn": {"coders"}, "uniqueMember": {PersonDN("alice")}}},
	}
	for i := range o.People {
		uid := fmt.Sprintf("person%d", i)
		all = append(all, slapdEntry{PersonDN(uid), Person(uid, "Person", fmt.Sprint(i), uid+"@example.org")})
	}
	return all
}

func (d *Directory) load(o SlapdOptions) {
	d.t.Helper()
	d.Admin(func(c *goldap.Conn) error {
		for _, r := range slapdEntries(o) {
			if err := add(c, r.dn, r.attributes); err != nil {
				return err
			}
		}
		return nil
	})
}
