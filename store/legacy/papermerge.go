package legacy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/broker"
)

// Papermerge's people: of version 3.2 and later, and of those before, which
// were made with Django.
var papermergeShapes = []shape{
	{"users", []string{"id", "username", "email", "password", "is_superuser"}},
	{"core_user", []string{"id", "username", "email", "password", "is_superuser"}},
}

// memberships are the tables that put people into something that is a group
// here. Those that are not there are left out.
var papermergeMemberships = []struct{ people, join, key, names string }{
	{"users", "users_groups", "group_id", "groups"},
	{"users", "users_roles", "role_id", "roles"},
	{"core_user", "core_user_groups", "group_id", "auth_group"},
}

const (
	papermergeQuestion = `
SELECT {id}, {username}, {email}, {password}, {first}, {last}, {superuser}, {active}, {joined}, {permissions}, {group}
FROM {people} u LEFT JOIN ({memberships}) m ON m.person = u.id
WHERE {standing} ORDER BY u.id`

	papermergeMembership = `
SELECT j.user_id AS person, n.name AS name FROM {join} j JOIN {names} n ON n.id = j.{key} WHERE {joined} AND {named}`

	papermergeRole = `
SELECT w.id AS person, n.name AS name FROM core_user w JOIN core_role n ON n.id = w.role_id`

	noMembership = `
SELECT u.id AS person, '' AS name FROM {people} u WHERE 1 = 0`

	papermergePermissions = `
CASE WHEN EXISTS (SELECT 1 FROM {join} p WHERE p.user_id = u.id) THEN '1' ELSE '' END`
)

// Papermerge reads the people of a Papermerge: with the groups and roles that
// they are in and that are not marked as deleted.
func Papermerge(ctx context.Context, s Source, o Options) (*People, error) {
	tx, l, err := begin(ctx, s, papermergeShapes...)
	if err != nil {
		return nil, err
	}
	t, table := texter{l}, l.shape.table
	deleted, err := t.deleted(ctx, tx, table)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("count %s: %w", table, err), tx.Rollback())
	}
	text := func(column string) string { return t.text("u", table, column) }
	question := fill(papermergeQuestion,
		"{id}", text("id"), "{username}", text("username"), "{email}", text("email"), "{password}", text("password"),
		"{first}", text("first_name"), "{last}", text("last_name"), "{superuser}", text("is_superuser"),
		"{active}", text("is_active"), "{joined}", t.first("u", table, "date_joined", "created_at"),
		"{permissions}", t.ownPermissions(table), "{group}", "COALESCE(m.name, '')",
		"{people}", table, "{memberships}", t.memberships(table), "{standing}", t.standing("u", table))
	p, err := read(ctx, tx, query{table, question, papermergePerson(o, table)})
	if err != nil {
		return nil, err
	}
	p.Deleted = deleted
	return p, nil
}

// first is the first of the columns that is there, as a text.
func (t texter) first(alias, table string, columns ...string) string {
	for _, c := range columns {
		if t.has(table, c) {
			return t.text(alias, table, c)
		}
	}
	return "''"
}

// memberships is a question for all groups and roles of all people, each once.
func (t texter) memberships(people string) string {
	var parts []string
	for _, m := range papermergeMemberships {
		if m.people == people && t.has(m.join, "user_id", m.key) && t.has(m.names, "id", "name") {
			parts = append(parts, fill(papermergeMembership, "{join}", m.join, "{names}", m.names, "{key}", m.key,
				"{joined}", t.standing("j", m.join), "{named}", t.standing("n", m.names)))
		}
	}
	if people == "core_user" && t.has("core_user", "role_id") && t.has("core_role", "id", "name") {
		parts = append(parts, papermergeRole)
	}
	if len(parts) == 0 {
		parts = []string{fill(noMembership, "{people}", people)}
	}
	return strings.Join(parts, " UNION ")
}

// ownPermissions tells people who have permissions that no group gives them.
func (t texter) ownPermissions(people string) string {
	join := map[string]string{"users": "users_permissions", "core_user": "core_user_user_permissions"}[people]
	if !t.has(join, "user_id") {
		return "''"
	}
	return fill(papermergePermissions, "{join}", join)
}

// nobodysPassword is what Papermerge gives people who come through a provider:
// hashed, as if somebody had chosen it.
const nobodysPassword = "-"

// papermergePerson makes a person of a row of Papermerge's.
func papermergePerson(o Options, table string) maker {
	return func(ctx context.Context, r record) (p broker.ImportedPerson, fault *broker.ImportFault) {
		v := r.values
		p = broker.ImportedPerson{
			ID: v[0], Username: v[1], Email: v[2], Confirmed: v[2] != "" && !o.Unproven, Hash: v[3], Groups: r.groups,
			GivenName: strings.TrimSpace(v[4]), FamilyName: strings.TrimSpace(v[5]), Admin: truth(v[6]),
		}
		if strings.EqualFold(p.Username, p.Email) {
			p.Username = "" // the address is a name to sign in with anyway
		}
		outsider := false
		p.Hash, outsider = papermergeHash(ctx, o, p.Hash, truth(v[7]))
		if !truth(v[7]) && !outsider {
			p.Status = broker.Suspended
		}
		if truth(v[9]) {
			p.Behind = append(p.Behind, behind("permissions", "the person has permissions of their own, without a group: put them into a group that has those permissions"))
		}
		if outsider {
			if fault = o.outsider(&p); fault != nil {
				return p, fault
			}
		}
		return p, setCreated(&p, v[8])
	}
}

// papermergeHash is the password hash of somebody, "" for somebody who came
// through a provider. Whoever did is not active there, and signs in all the
// same. Whether a hash is of nobodysPassword takes its time to find out, so
// that the others are asked only where there was a provider.
func papermergeHash(ctx context.Context, o Options, hash string, active bool) (_ string, outsider bool) {
	switch {
	case hash == "" || hash == nobodysPassword:
		return "", true
	case active && o.OIDC == "":
		return hash, false
	case o.Opens(ctx, nobodysPassword, hash):
		return "", true
	}
	return hash, false
}

// outsider is somebody who came to Papermerge through a provider: their id there
// is the provider's for them.
func (o Options) outsider(p *broker.ImportedPerson) *broker.ImportFault {
	if o.OIDC == "" {
		p.Behind = append(p.Behind, behind("password",
			"the person came to Papermerge through a provider and has no password: name the provider with --oidc-provider, or invite them with --invite-without-password"))
		return nil
	}
	id, err := uuid.Parse(p.ID)
	if err != nil {
		return &broker.ImportFault{Field: "id", Reason: broker.FaultMalformed, Advice: "it is no UUID, so it is not the provider's id for the person"}
	}
	p.Identities = []broker.ImportedIdentity{{Provider: o.OIDC, Subject: id.String()}}
	return nil
}
