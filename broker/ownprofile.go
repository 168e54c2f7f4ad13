package broker

import (
	"context"
	"fmt"
	"time"
)

// ChangeProfile changes how the person with an access token is called. What a
// provider keeps is changed there. Codes: those of [Broker.Whoami], CodePayload
// with a reason, CodeForbidden, CodeConflict for a user name that somebody has.
func (b *Broker) ChangeProfile(ctx context.Context, q ProfileChange) (Account, error) {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return Account{}, err
	}
	a, err := b.Amendments.Amend(ctx, Amendment{AccountID: w.account.ID, Now: b.Now(), Change: func(a *Account, _ Ticket) (Deed, error) {
		if err := b.keptHere(*a, "name"); err != nil {
			return Deed{}, err
		}
		return Deed{}, q.apply(a, b.Now())
	}})
	if err != nil {
		return a, fmt.Errorf("change profile: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventAccountChange, "profile"))
	return a, nil
}

func (q ProfileChange) apply(a *Account, now time.Time) error {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&a.GivenName, q.GivenName}, {&a.FamilyName, q.FamilyName}} {
		if f.from == nil {
			continue
		}
		if *f.from != tidy(*f.from) {
			return Fail(CodePayload, "a name has at most 256 bytes, and no control character or surrounding blank")
		}
		*f.to, a.Name = *f.from, "" // the whole name is made of both from now on
	}
	a.Updated = now
	if q.Username == nil || *q.Username == a.Username {
		return nil
	}
	name, ok := ParseUsername(*q.Username)
	switch {
	case *q.Username == "" && a.Email != "" && !a.EmailHearsay:
	case !ok:
		return Fail(CodePayload, badUsername)
	}
	a.Username = name
	return nil
}

// keptHere refuses to change what the account's provider says at every sign-in.
func (b *Broker) keptHere(a Account, what string) error {
	if a.Origin == "" || a.Origin == LocalRealm {
		return nil
	}
	label := a.Origin
	if p := b.door.Load().byRealm[a.Origin]; p != nil {
		label = or(p.Label, p.Name)
	}
	return Fail(CodeForbidden, "your "+what+" is kept by "+label)
}
