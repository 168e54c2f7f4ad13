package legacy_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/store/legacy"
	"github.com/signet-sso/signet/store/legacytest"
)

func (o old) directusUser(t *testing.T, id, name string, more ...any) {
	t.Helper()
	o.Insert(t, "directus_users", append([]any{"id", id, "email", name + "@example.org", "password", "hash of " + name}, more...)...)
}

func directusExpected(id, name string) broker.ImportedPerson {
	return broker.ImportedPerson{ID: id, Email: name + "@example.org", Confirmed: true, Hash: "hash of " + name, Status: broker.Active}
}

func TestEachGenerationOfDirectusIsRead(t *testing.T) {
	for version, tables := range map[string]string{"9": legacytest.Directus9, "10": legacytest.Directus10, "11": legacytest.Directus11} {
		for engine, open := range engines {
			t.Run(version+" on "+engine, func(t *testing.T) {
				o := open(t)
				o.Make(t, tables)
				for id, name := range map[string]string{g1: "Administrator", g2: "Editors"} {
					o.Insert(t, "directus_roles", "id", id, "name", name)
				}
				if version == "11" {
					o.directusAdmin(t, "role", g1)
				} else {
					o.Exec(t, `UPDATE directus_roles SET admin_access = true WHERE id = $1`, g1)
				}
				o.directusUser(t, alice, "alice", "role", g1, "first_name", "Alice", "last_name", "Adams", "tfa_secret", "KVKFKRCPNZQUYMLX")
				o.directusUser(t, bob, "bob", "role", g2)
				o.directusUser(t, carol, "carol", "status", "invited")
				want := map[string]broker.ImportedPerson{}
				a, b, c := directusExpected(alice, "alice"), directusExpected(bob, "bob"), directusExpected(carol, "carol")
				a.Admin, a.Groups, a.GivenName, a.FamilyName, a.TOTP = true, []string{"Administrator"}, "Alice", "Adams", "KVKFKRCPNZQUYMLX"
				b.Groups, b.Confirmed = []string{"Editors"}, false
				c.Status, c.Hash = broker.Invited, ""
				c.Behind = []broker.ImportFault{{Field: "status", Reason: "left_behind", Advice: "the invitation from there is not good here: send another one with signet user reset, or import with --invite-without-password"}}
				for _, p := range []broker.ImportedPerson{a, b, c} {
					want["directus_users "+p.ID] = p
				}
				got, faults, _ := o.readAll(t, legacy.Directus, legacy.Options{})
				same(t, want, got)
				if len(faults) > 0 {
					t.Errorf("got %q", faults)
				}
			})
		}
	}
}

// directusAdmin gives a role or a person a policy of administrators.
func (o old) directusAdmin(t *testing.T, column, id string) {
	t.Helper()
	policy := strings.Replace(id, "-7d7e-", "-0000-", 1)
	o.Insert(t, "directus_policies", "id", policy, "name", "Administrator", "admin_access", true)
	o.Insert(t, "directus_access", "id", policy, column, id, "policy", policy)
}

func TestRightsInDirectus11ComeDownFromRolesAbove(t *testing.T) {
	for engine, open := range engines {
		t.Run(engine, func(t *testing.T) {
			o := open(t)
			o.Make(t, legacytest.Directus11)
			o.Insert(t, "directus_roles", "id", g1, "name", "Owners")
			o.Insert(t, "directus_roles", "id", g2, "name", "Staff", "parent", g1)
			o.Insert(t, "directus_roles", "id", g3, "name", "Interns", "parent", g2)
			o.Exec(t, `UPDATE directus_roles SET parent = $1 WHERE id = $2`, g3, g1) // a circle must not go on for ever
			o.directusAdmin(t, "role", g1)
			o.directusAdmin(t, "user", bob2(t, o))
			o.directusUser(t, alice, "alice", "role", g3)
			o.directusUser(t, carol, "carol")
			got, _, _ := o.readAll(t, legacy.Directus, legacy.Options{})
			for id, want := range map[string]bool{alice: true, bob: true, carol: false} {
				if p := got["directus_users "+id]; p.Admin != want {
					t.Errorf("%s: got admin %t, want %t", p.Email, p.Admin, want)
				}
			}
			groups := slices.Sorted(slices.Values(got["directus_users "+alice].Groups))
			if !slices.Equal(groups, []string{"Interns", "Owners", "Staff"}) {
				t.Errorf("got groups %q", groups)
			}
		})
	}
}

// bob2 adds bob, who has no role, and returns his id.
func bob2(t *testing.T, o old) string {
	t.Helper()
	o.directusUser(t, bob, "bob")
	return bob
}

func TestOnlyWhoGetsInToDirectusGetsIn(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, legacytest.Directus10)
	want := map[string]broker.Status{
		"active": broker.Active, "invited": broker.Invited, "unverified": broker.Unconfirmed, "suspended": broker.Suspended,
		"draft": broker.Suspended, "archived": broker.Suspended, "of tomorrow": broker.Suspended,
	}
	i := 0
	for status := range want {
		i++
		o.directusUser(t, fmt.Sprintf("1a0c3f52-7d7e-4c57-9a39-6d0f6a4b%04d", i), strings.ReplaceAll(status, " ", ""), "status", status, "first_name", status)
	}
	got, faults, _ := o.readAll(t, legacy.Directus, legacy.Options{})
	if len(got) != len(want) {
		t.Fatalf("got %d people, want %d; %q", len(got), len(want), faults)
	}
	for _, p := range got {
		if p.Status != want[p.GivenName] || p.Confirmed != (p.Status == broker.Invited) || (p.Hash == "") != (p.Status == broker.Invited) {
			t.Errorf("%s: got %+v", p.GivenName, p)
		}
	}
}

// TestR23AnAddressThatSomebodyChoseOpensNothing: people change their own address in
// Directus, and nobody proves it. Whose it really is would come into the account by
// link: verified_email, and whoever chose it would still have the password, or the
// identity. Who has neither is found by the address alone.
func TestR23AnAddressThatSomebodyChoseOpensNothing(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, legacytest.Directus10)
	o.Insert(t, "directus_roles", "id", g1, "name", "Administrator", "admin_access", true)
	o.directusUser(t, alice, "alice", "role", g1)
	o.directusUser(t, bob, "bob")
	o.directusUser(t, carol, "carol", "provider", "okta", "external_identifier", "00u1")
	const dora = "1a0c3f52-7d7e-4c57-9a39-6d0f6a4b9999"
	o.directusUser(t, dora, "dora", "provider", "okta", "external_identifier", "dora@example.org")
	for name, c := range map[string]struct {
		with                    legacy.Options
		alice, bob, carol, dora bool
	}{
		"unless the operator says so": {legacy.Options{}, true, false, false, true},
		"who may say so":              {legacy.Options{Proven: true}, true, true, true, true},
		"or that nobody's is proven":  {legacy.Options{Unproven: true, Proven: true}, false, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.with.Providers = map[string]legacy.Provider{"okta": {Name: "okta", Kind: "openid"}}
			got, _, _ := o.readAll(t, legacy.Directus, c.with)
			for id, want := range map[string]bool{alice: c.alice, bob: c.bob, carol: c.carol, dora: c.dora} {
				if p := got["directus_users "+id]; p.Email == "" || p.Confirmed != want {
					t.Errorf("got %+v, want confirmed to be %v", p, want)
				}
			}
		})
	}
}

func TestAnIdentifierIsASubjectOnlyWhereItIsWhatTheDriverUses(t *testing.T) {
	providers := map[string]legacy.Provider{
		"okta": {Name: "corp", Kind: "openid"}, "my-okta": {Name: "my-okta", Kind: "openid"}, "github": {Name: "github", Kind: "oauth2"}, "gitea": {Name: "gitea", Kind: "oauth2", Vouched: true},
		"ad": {Name: "ad", Kind: "ldap"}, "staff": {Name: "local", Kind: "local"}, "gone": {},
	}
	const notAnAddress = "the identifier is an e-mail address, which can be given to somebody else; "
	joins := func(name string) string {
		return "; with link: verified_email at " + name + " their first sign-in there finds the account by its confirmed address"
	}
	for _, c := range []struct {
		name, provider, identifier string
		subject                    string // of the identity
		behind, fault              string // beginning of the advice
	}{
		{"an OpenID provider's sub", "okta", "00u1a2B3", "00u1a2B3", "", ""},
		{"a provider whose name cannot be one here", "  My  Okta!", "00u1a2B3", "00u1a2B3", "", ""},
		{"a sub with an at sign that is no address", "okta", "user@@1", "user@@1", "", ""},
		{"L-14 the address, in any case", "okta", "DAVE@example.org", "", notAnAddress + "corp knows people by an immutable id" + joins("corp"), ""},
		{"L-14 another address", "okta", "old@example.org", "", notAnAddress, ""},
		{"a number of an OAuth provider", "github", "583231", "583231", "", ""},
		{"a UUID of an OAuth provider", "github", "{9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d}", "{9b2f0c3e-1d4a-4f6b-8c7d-2e1f0a9b8c7d}", "", ""},
		{"L-14 a name at an OAuth provider", "github", "octocat", "", "the identifier may be a name, which can be given to somebody else: if IDENTIFIER_KEY there is what fields.id is at github, say so with --identifiers github; with link", ""},
		{"what the operator vouches for", "gitea", "octocat", "octocat", "", ""},
		{"L-14 not even the operator vouches for an address", "gitea", "dave@example.org", "", notAnAddress, ""},
		{"a DN of a directory", "ad", "cn=dave,dc=example,dc=org", "", "the identifier is a DN, which changes; ad knows people by an immutable id; with link: verified_email and email_verified: true at ad their first sign-in", ""},
		{"nothing", "okta", "", "", "there is no identifier", ""},
		{"a provider that is left out", "gone", "x", "", "the identity is left out, as you said; send the person a letter with signet user reset", ""},
		{"a provider that nobody knows", "saml", "x", "", "", "no provider saml is configured here: add it, or name the one that it is here with --provider saml=NAME, or leave its identities out with --provider saml=-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := oldSQLite(t)
			o.Make(t, legacytest.Directus10)
			o.directusUser(t, dave, "dave", "provider", c.provider, "external_identifier", c.identifier)
			got, faults, _ := o.readAll(t, legacy.Directus, legacy.Options{Providers: providers})
			if c.fault != "" {
				if len(faults) != 1 || faults[0] != "directus_users "+dave+" provider: "+c.fault {
					t.Errorf("got %q, want %s", faults, c.fault)
				}
				return
			}
			p := got["directus_users "+dave]
			if p.Hash != "" {
				t.Error("a password that opened nothing there opens the account here")
			}
			if c.subject != "" {
				here := cmp.Or(providers[c.provider].Name, "my-okta")
				if len(p.Identities) != 1 || p.Identities[0] != (broker.ImportedIdentity{Provider: here, Subject: c.subject}) || len(p.Behind) > 0 {
					t.Errorf("got %+v and %+v, want the subject %s", p.Identities, p.Behind, c.subject)
				}
				return
			}
			if len(p.Identities) > 0 || len(p.Behind) != 1 || !strings.HasPrefix(p.Behind[0].Advice, c.behind) {
				t.Errorf("got %+v and %+v, want %s", p.Identities, p.Behind, c.behind)
			}
		})
	}
	t.Run("another provider of passwords is ours", func(t *testing.T) {
		o := oldSQLite(t)
		o.Make(t, legacytest.Directus10)
		o.directusUser(t, dave, "dave", "provider", "staff")
		got, _, _ := o.readAll(t, legacy.Directus, legacy.Options{Providers: providers})
		if p := got["directus_users "+dave]; p.Hash != "hash of dave" || len(p.Behind) > 0 {
			t.Errorf("got %+v", p)
		}
	})
}

func TestAStaticTokenStaysBehindAndIsTold(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, legacytest.Directus10)
	o.directusUser(t, dave, "dave", "token", "a secret of dave's program")
	o.directusUser(t, bob, "bob", "token", "")
	got, _, _ := o.readAll(t, legacy.Directus, legacy.Options{})
	left := got["directus_users "+dave].Behind
	if len(left) != 1 || left[0].Field != "token" || !strings.HasPrefix(left[0].Advice, "there are no static tokens here") || strings.Contains(left[0].Advice, "secret") {
		t.Errorf("got %+v of who has one", left)
	}
	if left := got["directus_users "+bob].Behind; len(left) > 0 {
		t.Errorf("got %+v of who has none", left)
	}
}

func TestADirectusThatDoesNotSayWhoIsAnAdministratorIsRefused(t *testing.T) {
	o := oldSQLite(t)
	o.Make(t, `CREATE TABLE directus_users (id TEXT, email TEXT, password TEXT, status TEXT, role TEXT); CREATE TABLE directus_roles (id TEXT, name TEXT)`)
	if _, err := legacy.Directus(t.Context(), o.source, legacy.Options{}); err == nil || !strings.Contains(err.Error(), "which say who is an administrator") {
		t.Errorf("got %v", err)
	}
}
