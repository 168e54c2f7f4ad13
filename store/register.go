package store

import (
	"context"
	"slices"

	"github.com/signet-sso/signet/broker"
)

var (
	stIDs = statement{"ids in use", `
SELECT id FROM accounts WHERE id IN ($list)`}

	stOwnersOfNumbers = statement{"owners of numbers", `
SELECT number, id FROM accounts WHERE number IN ($list)`}

	// All names of everybody who has one of these.
	stNamesake = statement{"owners of names", `
SELECT n.name, n.account_id FROM names n
WHERE n.account_id IN (SELECT o.account_id FROM names o WHERE o.name IN ($list))`}
)

// register is who has the ids and names of a batch: accounts that are stored
// and, as it is judged, those of the batch.
type register struct {
	ids    map[string]bool
	owners map[string]string   // name → account id
	names  map[string][]string // account id → names
	// identities are those of providers outside → account id
	identities map[identityName]string
	// numbers are those of the batch that somebody has, with who it is.
	numbers map[int64]string
	// claimed are the accounts that a newcomer of the batch has become, or
	// was found to be.
	claimed map[string]bool
}

// readRegister looks up a whole batch with a few questions.
func readRegister(ctx context.Context, c conn, batch []broker.Enlistment) (*register, error) {
	r := &register{
		ids: make(map[string]bool, len(batch)), owners: make(map[string]string, 2*len(batch)),
		names: make(map[string][]string, len(batch)), claimed: make(map[string]bool, len(batch)), numbers: map[int64]string{},
		identities: map[identityName]string{},
	}
	ids, names, numbers := wanted(batch)
	err := inLists(ctx, c, stIDs, ids, func(row row) error {
		id, err := scanText(row)
		r.ids[id] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	err = inLists(ctx, c, stOwnersOfNumbers, numbers, func(row row) error {
		var number int64
		var owner string
		err := row.Scan(&number, &owner)
		r.numbers[number] = owner
		return err
	})
	if err != nil {
		return nil, err
	}
	err = inLists(ctx, c, stNamesake, names, func(row row) error {
		var name, owner string
		if err := row.Scan(&name, &owner); err != nil {
			return err
		}
		r.own(owner, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, r.readIdentities(ctx, c, batch)
}

// wanted are all ids, names and numbers of a batch.
func wanted(batch []broker.Enlistment) (ids, names, numbers []any) {
	ids, names = make([]any, 0, len(batch)), make([]any, 0, 2*len(batch))
	for _, e := range batch {
		ids = append(ids, text(e.Account.ID))
		for _, n := range wantedNames(e.Account) {
			names = append(names, n)
		}
		if e.Number != 0 {
			numbers = append(numbers, e.Number)
		}
	}
	return ids, names, numbers
}

// own notes that an account has a name.
func (r *register) own(owner, name string) {
	if r.owners[name] == "" {
		r.owners[name] = owner
		r.names[owner] = append(r.names[owner], name)
	}
}

// judge says what becomes of a newcomer and claims what they get.
func (r *register) judge(e broker.Enlistment) broker.Verdict {
	a := e.Account
	if field := unstorable(e); field != "" {
		return broker.Verdict{Fate: broker.FateSkipped, Field: field}
	}
	if r.ids[a.ID] {
		return r.present(a.ID)
	}
	field, owner := r.taken(a)
	if owner == "" {
		return r.fresh(e)
	}
	switch {
	case !r.same(owner, a):
		return broker.Verdict{Fate: broker.FateSkipped, AccountID: owner, Field: field}
	case e.KeepID:
		return broker.Verdict{Fate: broker.FateSkipped, AccountID: owner, Field: "id"}
	}
	v := r.present(owner)
	if v.Fate == broker.FateSkipped {
		v.Field = field
	}
	return v
}

// fresh is the verdict on a newcomer whose names are free.
func (r *register) fresh(e broker.Enlistment) broker.Verdict {
	if owner := r.numbers[e.Number]; owner != "" {
		return broker.Verdict{Fate: broker.FateSkipped, AccountID: owner, Field: "number"}
	}
	if owner := r.linked(e); owner != "" {
		return broker.Verdict{Fate: broker.FateSkipped, AccountID: owner, Field: "identity"}
	}
	r.claim(e)
	return broker.Verdict{Fate: broker.FateAdded, AccountID: e.Account.ID}
}

// claim gives a newcomer what they ask for.
func (r *register) claim(e broker.Enlistment) {
	a := e.Account
	r.ids[a.ID], r.claimed[a.ID] = true, true
	for _, n := range wantedNames(a) {
		r.own(a.ID, n)
	}
	if e.Number != 0 {
		r.numbers[e.Number] = a.ID
	}
	for _, id := range e.Identities {
		r.identities[identityName{id.Provider, id.Subject}] = a.ID
	}
}

// present is the verdict on a newcomer who is a known account, unless an
// earlier one of the batch is that.
func (r *register) present(id string) broker.Verdict {
	if r.claimed[id] {
		return broker.Verdict{Fate: broker.FateSkipped, AccountID: id, Field: "id"}
	}
	r.claimed[id] = true
	return broker.Verdict{Fate: broker.FatePresent, AccountID: id}
}

// taken is which of an account's names somebody has, and who; "" for none.
func (r *register) taken(a broker.Account) (field, owner string) {
	if owner = r.owners[loginKey(a.Username)]; owner != "" {
		return "username", owner
	}
	return "email", r.owners[loginKey(ownAddress(a))]
}

// same reports that an account has exactly the names of a.
func (r *register) same(owner string, a broker.Account) bool {
	have := slices.Clone(r.names[owner])
	slices.Sort(have)
	return slices.Equal(have, wantedNames(a))
}

// unstorable is the field of a newcomer whose value cannot be a key, "" for
// none.
func unstorable(e broker.Enlistment) string {
	a := e.Account
	fits := func(key string) bool { return key == "" || storable(key) }
	unlinkable := func(id broker.LinkedIdentity) bool { return !storable(id.Provider) || !storable(id.Subject) }
	switch {
	case !storable(a.ID):
		return "id"
	case !fits(loginKey(a.Username)):
		return "username"
	case !fits(loginKey(ownAddress(a))):
		return "email"
	case slices.ContainsFunc(e.Identities, unlinkable):
		return "identity"
	}
	return ""
}
