package ldap

import "cmp"

// How nested groups are followed.
const (
	nestedNone    = "none"
	nestedWalk    = "walk"
	nestedInChain = "in_chain"
)

// DefaultPreset is what an empty Config.Preset stands for.
const DefaultPreset = "openldap"

// Preset is what is usual for one kind of directory server. Whatever a
// configuration sets itself wins.
type Preset struct {
	Users  Users
	Groups Groups
	// NoControls leaves out the request for password policy details, for a
	// server that has none and may take an unknown control for a fault.
	NoControls bool
}

// Presets are the directory servers that are known by name.
//
// FreeIPA lists a person's roles and host rules in memberOf too, so its groups
// want Groups.Base, usually cn=groups,cn=accounts and the suffix. Active
// Directory does not count a person's primary group (usually Domain Users)
// among the groups it is a member of.
var Presets = map[string]Preset{
	"openldap": {
		Users: Users{Filter: "(uid={login})", ID: "entryUUID",
			Login: "uid", Name: "cn", GivenName: "givenName", FamilyName: "sn", Email: "mail"},
		Groups: Groups{Member: "member", Name: "cn", Nested: nestedNone},
	},
	"activedirectory": {
		Users: Users{Filter: "(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={login})(userPrincipalName={login})))", ID: "objectGUID",
			Login: "sAMAccountName", Name: "displayName", GivenName: "givenName", FamilyName: "sn", Email: "mail"},
		Groups: Groups{Filter: "(objectClass=group)", Member: "member", Name: "cn", Nested: nestedInChain},
	},
	"389ds": {
		Users: Users{Filter: "(&(objectClass=person)(uid={login}))", ID: "nsUniqueId",
			Login: "uid", Name: "cn", GivenName: "givenName", FamilyName: "sn", Email: "mail"},
		Groups: Groups{Member: "member", Name: "cn", Nested: nestedNone},
	},
	"freeipa": {
		Users: Users{Filter: "(&(objectClass=posixAccount)(uid={login}))", ID: "ipaUniqueID",
			Login: "uid", Name: "cn", GivenName: "givenName", FamilyName: "sn", Email: "mail"},
		Groups: Groups{Member: "memberOf", Name: "cn", Nested: nestedNone},
	},
	"lldap": {
		Users: Users{Filter: "(&(objectClass=person)(|(uid={login})(mail={login})))", ID: "entryUUID",
			Login: "uid", Name: "cn", GivenName: "givenName", FamilyName: "sn", Email: "mail"},
		Groups:     Groups{Member: "uniqueMember", Name: "cn", Nested: nestedNone},
		NoControls: true,
	},
}

// filled takes from the preset what is empty.
func filled(preset string, u Users, g Groups) (Users, Groups) {
	p := Presets[cmp.Or(preset, DefaultPreset)]
	u.Filter = cmp.Or(u.Filter, p.Users.Filter)
	u.Scope = cmp.Or(u.Scope, "sub")
	u.ID = cmp.Or(u.ID, p.Users.ID)
	u.Login = cmp.Or(u.Login, p.Users.Login)
	u.Name = cmp.Or(u.Name, p.Users.Name)
	u.GivenName = cmp.Or(u.GivenName, p.Users.GivenName)
	u.FamilyName = cmp.Or(u.FamilyName, p.Users.FamilyName)
	u.Email = cmp.Or(u.Email, p.Users.Email)
	u.Picture = cmp.Or(u.Picture, p.Users.Picture)
	g.Filter = cmp.Or(g.Filter, p.Groups.Filter)
	g.Scope = cmp.Or(g.Scope, "sub")
	g.Member = cmp.Or(g.Member, p.Groups.Member)
	g.Name = cmp.Or(g.Name, p.Groups.Name)
	g.Nested = cmp.Or(g.Nested, p.Groups.Nested)
	if g.Nested == nestedInChain && g.Base == "" {
		g.Nested = nestedNone // no groups are searched at all
	}
	return u, g
}
