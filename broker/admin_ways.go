package broker

import (
	"context"
	"errors"
	"fmt"
)

// NewIdentity is an identity that an administrator gives to an account.
type NewIdentity struct {
	Provider string // configured name
	Subject  string // the provider's immutable id of the person
	Login    string // what the person is called there; only shown
}

// IdentityID names an identity without saying the provider's own id.
func (ad *Administration) IdentityID(id LinkedIdentity) string { return identityID(id) }

// Link gives an account a way in: whoever the provider vouches for under that
// subject is its person from then on, who is told. Codes: CodeNotFound,
// CodePayload with a reason, CodeConflict for an identity of another account.
func (ad *Administration) Link(ctx context.Context, ref string, n NewIdentity) (LinkedIdentity, error) {
	b := ad.broker
	p := b.door.Load().byName[n.Provider]
	switch {
	case p == nil:
		return LinkedIdentity{}, Fail(CodePayload, "no provider is called that")
	case p.Realm() == LocalRealm:
		return LinkedIdentity{}, Fail(CodePayload, "a local password is set by its person; send them a reset")
	case n.Subject == "" || len(n.Subject) > maxName || n.Subject != tidy(n.Subject):
		return LinkedIdentity{}, Fail(CodePayload, `"subject" has 1 to 256 bytes and no control character or surrounding blank`)
	}
	a, err := ad.living(ctx, ref)
	if err != nil {
		return LinkedIdentity{}, err
	}
	id := LinkedIdentity{Provider: p.Realm(), Subject: n.Subject, AccountID: a.ID, Login: tidy(n.Login), Seen: b.Now()}
	letters, err := b.identityNotice(LetterIdentityAdded, a, id.Provider, ad.client)
	if err != nil {
		return id, err
	}
	_, err = b.Accounts.Save(ctx, Revision{AccountID: a.ID, Epoch: a.Epoch, Identity: &id, Letters: letters, Change: func(*Account) {}})
	switch {
	case errors.Is(err, ErrTaken):
		return id, &Error{Code: CodeConflict, Reason: "another account has that identity", Err: err}
	case errors.Is(err, ErrStale):
		return id, &Error{Code: CodePayload, Reason: "the account changed meanwhile; look again", Err: err}
	case err != nil:
		return id, fmt.Errorf("link: %w", err)
	}
	ev := ad.event(EventLink, "administrator", a.ID)
	ev.Provider, ev.Changes = id.Provider, []Change{{Field: "identity", After: id.Provider + ":" + id.Subject}}
	ad.record(ctx, ev)
	return id, nil
}

// Unlink takes a way in away from an account and ends the sessions that it
// began; with the local one goes the password. An administrator keeps at least
// one that works; others may be left without. Codes: CodeNotFound, CodeForbidden.
func (ad *Administration) Unlink(ctx context.Context, ref, identity string) error {
	b := ad.broker
	a, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	var gone LinkedIdentity
	err = b.Links.Unlink(ctx, a.ID, func(all []LinkedIdentity) (_ LinkedIdentity, letters []Post, err error) {
		gone, err = b.dispensable(all, identity)
		if CodeOf(err) == CodeConflict && a.Admin {
			return gone, nil, Fail(CodeForbidden, "it is the last way in of an administrator")
		}
		if gone.Subject == "" {
			return gone, nil, err
		}
		letters, err = b.identityNotice(LetterIdentityRemoved, a, gone.Provider, ad.client)
		return gone, letters, err
	})
	if err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	ev := ad.event(EventUnlink, "administrator", a.ID)
	ev.Provider, ev.Changes = gone.Provider, []Change{{Field: "identity", Before: gone.Provider + ":" + gone.Subject}}
	ad.record(ctx, ev)
	_, err = b.Upstreams.EndUpstream(ctx, UpstreamEnd{
		Provider: gone.Provider, Subject: gone.Subject, Reason: "identity_removed", Now: b.Now(),
	})
	return err
}
