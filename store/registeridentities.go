package store

import (
	"context"
	"maps"
	"slices"

	"github.com/signet-sso/signet/broker"
)

var stIdentityOwners = statement{"owners of identities", `
SELECT i.subject, i.account_id FROM identities i WHERE i.provider = $behind AND i.subject IN ($list)`}

// readIdentities looks up who is signed in to with the batch's identities.
func (r *register) readIdentities(ctx context.Context, c conn, batch []broker.Enlistment) error {
	subjects := map[string][]any{} // provider → subjects
	for _, e := range batch {
		for _, id := range e.Identities {
			subjects[id.Provider] = append(subjects[id.Provider], text(id.Subject))
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(subjects)) {
		err := inLists(ctx, c, stIdentityOwners, subjects[provider], func(row row) error {
			var subject, owner string
			err := row.Scan(&subject, &owner)
			r.identities[identityName{provider, subject}] = owner
			return err
		}, text(provider))
		if err != nil {
			return err
		}
	}
	return nil
}

// linked is the account that one of a newcomer's identities leads to already;
// "" for none.
func (r *register) linked(e broker.Enlistment) (owner string) {
	for _, id := range e.Identities {
		if owner = r.identities[identityName{id.Provider, id.Subject}]; owner != "" {
			return owner
		}
	}
	return ""
}
