package broker

import (
	"context"
	"fmt"
)

// GivePassword replaces the password that a person has here, ends every session
// of theirs and tells them by letter. It is for the clients of a system in which
// administrators set passwords; where there is a choice, [Administration.SendReset]
// keeps them from knowing one. Codes: CodeNotFound, CodePayload with a reason for
// a password that may not be one and for an account that has none here.
func (ad *Administration) GivePassword(ctx context.Context, ref, password string) error {
	b := ad.broker
	found, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	hash, err := ad.ownHash(ctx, found, password)
	if err != nil {
		return err
	}
	_, err = ad.change(ctx, found.ID, "password", func(a *Account) (Deed, error) {
		letters, err := b.notice(LetterPasswordChanged, *a, ad.client)
		return Deed{Password: hash, Letters: letters, EndSessions: true, Reason: "password_changed"}, err
	})
	if err != nil {
		return fmt.Errorf("give password: %w", err)
	}
	return nil
}
