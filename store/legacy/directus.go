package legacy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/signet-sso/signet/broker"
)

var directusShape = shape{"directus_users", []string{"id", "email", "password", "status", "role"}}

const (
	directusQuestion = `
WITH RECURSIVE line (role, above) AS ({line})
SELECT {id}, {email}, {password}, {first}, {last}, {status}, {provider}, {identifier}, {otp}, {admin},
	CASE WHEN {token} = '' THEN '' ELSE '1' END, COALESCE(r.name, '')
FROM directus_users u LEFT JOIN line l ON l.role = u.role LEFT JOIN directus_roles r ON r.id = l.above
ORDER BY u.id`

	// From version 11 on a role is below another one, whose rights it has.
	directusLine = `
SELECT r.id, r.id FROM directus_roles r
UNION SELECT b.role, n.parent FROM line b JOIN directus_roles n ON n.id = b.above WHERE n.parent IS NOT NULL`
	directusFlat = `SELECT r.id, r.id FROM directus_roles r`

	// Until version 10 the role says who is an administrator, later policies.
	directusRoleAdmin = `COALESCE((SELECT CAST(a.admin_access AS TEXT) FROM directus_roles a WHERE a.id = u.role), '')`
	directusAdmin     = `
CASE WHEN u.role IN (
	SELECT b.role FROM line b JOIN directus_access a ON a.role = b.above JOIN directus_policies p ON p.id = a.policy
	WHERE CAST(p.admin_access AS TEXT) IN ('1', 'true'))
OR u.id IN (
	SELECT a."user" FROM directus_access a JOIN directus_policies p ON p.id = a.policy
	WHERE a."user" IS NOT NULL AND CAST(p.admin_access AS TEXT) IN ('1', 'true'))
THEN '1' ELSE '' END`
)

// Directus reads the people of a Directus of version 9, 10 or 11. Their roles
// become groups, with the roles above them.
func Directus(ctx context.Context, s Source, o Options) (*People, error) {
	tx, l, err := begin(ctx, s, directusShape)
	if err != nil {
		return nil, err
	}
	t, table := texter{l}, l.shape.table
	text := func(column string) string { return t.text("u", table, column) }
	line, admin := directusFlat, directusRoleAdmin
	if t.has("directus_roles", "parent") {
		line = directusLine
	}
	if t.has("directus_access", "role", "user", "policy") && t.has("directus_policies", "id", "admin_access") {
		admin = directusAdmin
	}
	if !t.has("directus_roles", "admin_access") && admin == directusRoleAdmin {
		return nil, errors.Join(fmt.Errorf("%w: neither directus_roles.admin_access nor directus_access and directus_policies, which say who is an administrator", ErrNotThere), tx.Rollback())
	}
	question := fill(directusQuestion,
		"{line}", line, "{id}", text("id"), "{email}", text("email"), "{password}", text("password"),
		"{first}", text("first_name"), "{last}", text("last_name"), "{status}", text("status"),
		"{provider}", text("provider"), "{identifier}", text("external_identifier"), "{otp}", text("tfa_secret"), "{admin}", admin, "{token}", text("token"))
	return read(ctx, tx, query{table, question, directusPerson(o)})
}

// directusPerson makes a person of a row of Directus's.
func directusPerson(o Options) maker {
	return func(_ context.Context, r record) (p broker.ImportedPerson, fault *broker.ImportFault) {
		v := r.values
		p = broker.ImportedPerson{
			ID: v[0], Email: v[1], Hash: v[2], GivenName: strings.TrimSpace(v[3]), FamilyName: strings.TrimSpace(v[4]),
			Groups: r.groups, Admin: truth(v[9]), TOTP: v[8],
		}
		p.Status = directusStatus(v[5])
		p.Confirmed = p.Email != "" && p.Status != broker.Unconfirmed && !o.Unproven
		if fault = o.enter(&p, v[6], v[7]); fault != nil {
			return p, fault
		}
		if p.Status == broker.Invited {
			p.Hash = ""
			p.Behind = append(p.Behind, behind("status", "the invitation from there is not good here: send another one with signet user reset, or import with --invite-without-password"))
		}
		if (p.Hash != "" || len(p.Identities) > 0) && !p.Admin && !o.Proven {
			// Everybody may change their own address there, unproven. Whoever joined the
			// account by it would share it with who has the password or the identity.
			p.Confirmed = false
		}
		if truth(v[10]) {
			p.Behind = append(p.Behind, behind("token", "there are no static tokens here: let the programs that use this one sign in, before they are pointed here"))
		}
		return p, nil
	}
}

// directusStatus is what a status there is here. Only who is active gets in
// there; what nobody knows does not.
func directusStatus(there string) broker.Status {
	switch there {
	case "active":
		return broker.Active
	case "invited":
		return broker.Invited
	case "unverified":
		return broker.Unconfirmed
	}
	return broker.Suspended
}
