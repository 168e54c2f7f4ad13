package legacy

import (
	"context"
	"strconv"
	"strings"

	"github.com/signet-sso/signet/broker"
)

// The table is called after the model, or after the models.
var authserverShapes = []shape{
	{"user", []string{"id", "email", "hashed_password"}},
	{"users", []string{"id", "email", "hashed_password"}},
}

const authserverQuestion = `
SELECT {id}, {email}, {password}, {admin}, {active}, '' FROM "{people}" u ORDER BY u.id`

// Authserver reads the people of an auth_server, with the numbers that its
// clients know them by.
func Authserver(ctx context.Context, s Source, o Options) (*People, error) {
	tx, l, err := begin(ctx, s, authserverShapes...)
	if err != nil {
		return nil, err
	}
	t, table := texter{l}, l.shape.table
	text := func(column string) string { return t.text("u", table, column) }
	active := "'1'" // some have added a column that says it
	if t.has(table, "is_active") {
		active = text("is_active")
	}
	question := fill(authserverQuestion, "{id}", text("id"), "{email}", text("email"),
		"{password}", text("hashed_password"), "{admin}", text("is_admin"), "{active}", active, "{people}", table)
	return read(ctx, tx, query{table, question, authserverPerson(o)})
}

// shippedAdmin and shippedPassword are the administrator whom every auth_server
// begins with.
const (
	shippedAdmin    = "admin@example.com"
	shippedPassword = "admin"
)

// authserverPerson makes a person of a row of an auth_server's.
func authserverPerson(o Options) maker {
	return func(ctx context.Context, r record) (p broker.ImportedPerson, fault *broker.ImportFault) {
		v := r.values
		p = broker.ImportedPerson{Email: v[1], Confirmed: v[1] != "" && !o.Unproven, Hash: v[2], Admin: truth(v[3])}
		n, err := strconv.ParseInt(v[0], 10, 64)
		if err != nil || n <= 0 {
			return p, &broker.ImportFault{Field: "id", Reason: broker.FaultMalformed, Advice: "it is no whole positive number"}
		}
		p.Number = n
		if !truth(v[4]) {
			p.Status = broker.Suspended
		}
		if strings.EqualFold(p.Email, shippedAdmin) && o.Opens(ctx, shippedPassword, p.Hash) {
			p.Hash = "" // everybody knows it, and it would open all that Signet opens
			p.Behind = append(p.Behind, behind("hashed_password", "the password is the one that every auth_server is shipped with, and opens nothing here: give another one with signet user passwd "+shippedAdmin))
		}
		return p, nil
	}
}
