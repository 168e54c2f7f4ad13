package legacy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/legacytest"
)

const joined = "2024-03-02 01:02:03.456"

// user adds somebody to Papermerge's people.
func (o old) user(t *testing.T, table, id, name, hash string, more ...any) {
	t.Helper()
	pairs := []any{
		"id", o.hex(id), "username", name, "email", name + "@example.org", "password", hash, "first_name", " ", "last_name", " ",
		"is_superuser", false, "is_staff", false, "is_active", true, "date_joined", joined, "created_at", joined, "updated_at", joined,
	}
	for i := 0; i < len(more); i += 2 {
		at := 0
		for at < len(pairs) && pairs[at] != more[i] {
			at += 2
		}
		if at == len(pairs) {
			pairs = append(pairs, nil, nil)
		}
		pairs[at], pairs[at+1] = more[i], more[i+1]
	}
	o.Insert(t, table, pairs...)
}

// hex is an id as the engine keeps Papermerge's.
func (o old) hex(id string) string {
	if o.Postgres {
		return id
	}
	return strings.ReplaceAll(id, "-", "")
}

// row is what a row of a table is called.
func (o old) row(table, id string) string { return table + " " + o.hex(id) }

func (o old) person(id, name string) broker.ImportedPerson {
	return broker.ImportedPerson{
		ID: o.hex(id), Username: name, Email: name + "@example.org", Confirmed: true, Hash: "hash of " + name,
		Created: time.Date(2024, 3, 2, 1, 2, 3, 456_000_000, time.UTC),
	}
}

func TestEachGenerationOfPapermergeIsRead(t *testing.T) {
	for _, g := range []struct {
		name, tables, people string
		numbered             bool // groups have numbers
		join, group, groups  string
		roles, own           bool
	}{
		{"3.0", legacytest.Papermerge30, "core_user", true, "core_user_groups", "group_id", "auth_group", false, false},
		{"3.3", legacytest.Papermerge33, "users", true, "users_groups", "group_id", "groups", false, true},
		{"3.5", legacytest.Papermerge35, "users", false, "users_groups", "group_id", "groups", true, false},
	} {
		for engine, open := range engines {
			t.Run(g.name+" on "+engine, func(t *testing.T) {
				o := open(t)
				o.Make(t, g.tables)
				groups := []any{o.hex(g1), o.hex(g2)}
				if g.numbered {
					groups = []any{1, 2}
				}
				o.Insert(t, g.groups, "id", groups[0], "name", "Family")
				o.Insert(t, g.groups, "id", groups[1], "name", "Friends, all")
				o.user(t, g.people, alice, "alice", "hash of alice", "is_superuser", true, "first_name", "Alice", "last_name", " Adams")
				o.user(t, g.people, bob, "bob", "hash of bob")
				o.user(t, g.people, carol, "carol", "hash of carol", "is_active", false)
				o.user(t, g.people, dave, "dave@example.org", "", "email", "Dave@example.org")
				for _, id := range groups {
					o.Insert(t, g.join, "user_id", o.hex(alice), g.group, id)
				}
				o.Insert(t, g.join, "user_id", o.hex(bob), g.group, groups[0])
				want := map[string]broker.ImportedPerson{}
				a, b, c, d := o.person(alice, "alice"), o.person(bob, "bob"), o.person(carol, "carol"), o.person(dave, "dave")
				a.Admin, a.GivenName, a.FamilyName, a.Groups = true, "Alice", "Adams", []string{"Family", "Friends, all"}
				b.Groups, c.Status = []string{"Family"}, broker.Suspended
				d.Username, d.Email, d.Hash = "", "Dave@example.org", ""
				d.Behind = []broker.ImportFault{{Field: "password", Reason: "left_behind", Advice: "the person came to Papermerge through a provider and has no password: name the provider with --oidc-provider, or invite them with --invite-without-password"}}
				if g.roles {
					o.Insert(t, "roles", "id", o.hex(g3), "name", "Editors")
					o.Insert(t, "users_roles", "user_id", o.hex(bob), "role_id", o.hex(g3))
					b.Groups = append(b.Groups, "Editors")
				}
				if g.own {
					o.Insert(t, "permissions", "id", 1, "name", "View", "codename", "node.view")
					o.Insert(t, "users_permissions", "user_id", o.hex(bob), "permission_id", 1)
					b.Behind = []broker.ImportFault{{Field: "permissions", Reason: "left_behind", Advice: "the person has permissions of their own, without a group: put them into a group that has those permissions"}}
				}
				for id, p := range map[string]broker.ImportedPerson{alice: a, bob: b, carol: c, dave: d} {
					want[o.row(g.people, id)] = p
				}
				got, faults, deleted := o.readAll(t, legacy.Papermerge, legacy.Options{})
				same(t, want, got)
				if len(faults) > 0 || deleted != 0 {
					t.Errorf("got %q and %d deleted, want none", faults, deleted)
				}
			})
		}
	}
}

func TestWhatIsMarkedAsDeletedInPapermergeStaysBehind(t *testing.T) {
	o := oldPostgres(t)
	o.Make(t, legacytest.Papermerge36)
	o.user(t, "users", alice, "alice", "hash of alice", "first_name", nil, "last_name", nil)
	o.user(t, "users", bob, "bob", "hash of bob", "deleted_at", joined)
	for id, name := range map[string]string{g1: "Family", g2: "Gone"} {
		o.Insert(t, "groups", "id", id, "name", name)
		o.Insert(t, "roles", "id", id, "name", name+" role")
	}
	o.Exec(t, `UPDATE groups SET deleted_at = now() WHERE name = 'Gone'`)
	o.Exec(t, `UPDATE roles SET deleted_at = now() WHERE name = 'Gone role'`)
	o.Insert(t, "groups", "id", g3, "name", "Left")
	o.Insert(t, "roles", "id", g3, "name", "Left role")
	for _, id := range []string{g1, g2, g3} {
		left := any(nil)
		if id == g3 {
			left = joined
		}
		o.Insert(t, "users_groups", "id", id, "user_id", alice, "group_id", id, "deleted_at", left)
		o.Insert(t, "users_roles", "id", id, "user_id", alice, "role_id", id, "deleted_at", left)
	}
	want := o.person(alice, "alice")
	want.Groups = []string{"Family", "Family role"}
	got, _, deleted := o.readAll(t, legacy.Papermerge, legacy.Options{})
	same(t, map[string]broker.ImportedPerson{"users " + alice: want}, got)
	if deleted != 1 {
		t.Errorf("got %d deleted, want 1", deleted)
	}
}

func TestWhoCameToPapermergeThroughAProviderIsKnownByItsID(t *testing.T) {
	for engine, open := range engines {
		t.Run(engine, func(t *testing.T) {
			o := open(t)
			o.Make(t, legacytest.Papermerge35)
			o.user(t, "users", alice, "alice", "hash of -", "is_active", false) // as Papermerge makes them
			o.user(t, "users", bob, "bob", "hash of -")                         // and an administrator made active
			o.user(t, "users", carol, "carol", "hash of carol", "is_superuser", true)
			o.user(t, "users", dave, "dave", "hash of dave", "is_active", false)
			want := map[string]broker.ImportedPerson{}
			for id, name := range map[string]string{alice: "alice", bob: "bob", carol: "carol", dave: "dave"} {
				want[o.row("users", id)] = o.person(id, name)
			}
			set := func(id string, change func(*broker.ImportedPerson)) {
				p := want[o.row("users", id)]
				change(&p)
				want[o.row("users", id)] = p
			}
			outsider := func(id string) {
				set(id, func(p *broker.ImportedPerson) {
					p.Hash, p.Identities = "", []broker.ImportedIdentity{{Provider: "corp", Subject: id}}
				})
			}
			outsider(alice)
			outsider(bob)
			set(carol, func(p *broker.ImportedPerson) { p.Admin = true })
			set(dave, func(p *broker.ImportedPerson) { p.Status = broker.Suspended })
			got, faults, _ := o.readAll(t, legacy.Papermerge, legacy.Options{OIDC: "corp"})
			same(t, want, got)
			if len(faults) > 0 {
				t.Errorf("got %q", faults)
			}
		})
	}
}

func TestNoAddressIsTakenAsConfirmedWhereTheOperatorSaysSo(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, legacytest.Papermerge35)
	o.user(t, "users", alice, "alice", "hash of alice")
	got, _, _ := o.readAll(t, legacy.Papermerge, legacy.Options{Unproven: true})
	if p := got[o.row("users", alice)]; p.Confirmed || p.Email == "" {
		t.Errorf("got %+v", p)
	}
}
