package broker

import (
	"context"
	"fmt"
)

// Replacement is what an administrator puts in the place of a person's address
// and password. A nil field stays.
type Replacement struct {
	Email    *string // taken as confirmed
	Password *string
}

// Replace changes somebody's address, password or both, all or nothing, for the
// clients of a system in which administrators do so. With a new password every
// session of the person ends. They are told of each by letter, of a new address at
// the old one. Codes: CodeNotFound, CodePayload with a reason for a value that may
// not be one and for somebody whose password or address is kept elsewhere,
// CodeConflict when the address is taken.
func (ad *Administration) Replace(ctx context.Context, ref string, r Replacement) (Account, error) {
	found, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return Account{}, err
	}
	var hash *string
	if r.Password != nil {
		if hash, err = ad.ownHash(ctx, found, *r.Password); err != nil {
			return Account{}, err
		}
	}
	a, err := ad.change(ctx, found.ID, "replaced", func(a *Account) (Deed, error) {
		d, err := ad.moveTo(a, r.Email)
		if err != nil || hash == nil {
			return d, err
		}
		letters, err := ad.broker.notice(LetterPasswordChanged, *a, ad.client)
		d.Letters = append(d.Letters, letters...)
		d.Password, d.EndSessions, d.Reason = hash, true, "password_changed"
		return d, err
	})
	if err != nil {
		return Account{}, fmt.Errorf("replace: %w", err)
	}
	return a, nil
}

// ownHash hashes a new password of somebody who has one here.
func (ad *Administration) ownHash(ctx context.Context, a Account, password string) (*string, error) {
	local, err := ad.broker.hasPassword(ctx, a.ID)
	switch {
	case err != nil:
		return nil, err
	case !local:
		return nil, Fail(CodePayload, "the password is kept where the person signs in")
	}
	hash, err := ad.broker.hashPassword(ctx, password, a)
	return &hash, err
}

// moveTo gives an account another address, nil for none, that the administrator
// vouches for.
func (ad *Administration) moveTo(a *Account, email *string) (d Deed, err error) {
	if email == nil {
		return d, nil
	}
	before, yes := *a, true
	if err := ad.readdress(a, AccountEdit{Email: email, Confirmed: &yes}); err != nil {
		return d, err
	}
	if before.Email != a.Email {
		d.Renew = true
		d.Letters, err = ad.broker.notice(LetterEmailChanged, before, ad.client)
	}
	return d, err
}
