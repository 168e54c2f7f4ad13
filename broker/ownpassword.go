package broker

import (
	"context"
	"fmt"
)

// ChangePassword replaces the password of the person with an access token, who
// gives the current one or what may stand in for it. Their other sessions end.
// Codes: those of [Broker.Whoami], CodeCredentials for a wrong current password,
// CodePayload with a reason for a new one that may not be one, CodeForbidden for
// somebody whose password is kept elsewhere or whose sign-in is too old to stand
// in, CodeLimited.
func (b *Broker) ChangePassword(ctx context.Context, q PasswordChange) error {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return err
	}
	local, err := b.hasPassword(ctx, w.account.ID)
	if err != nil {
		return err
	}
	if !local {
		return Fail(CodeForbidden, "your password is kept where you signed in")
	}
	if err := b.checkPassword(q.Password, w.account); err != nil {
		return err
	}
	if err := b.mayChange(ctx, w, q); err != nil {
		return err
	}
	hash, err := b.Hasher.Hash(ctx, q.Password)
	if err != nil {
		return err
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: w.account.ID, Now: b.Now(), Change: func(a *Account, _ Ticket) (Deed, error) {
		if a.Epoch != w.account.Epoch {
			return Deed{}, ErrStale // another password was set meanwhile: this proof is of the old one
		}
		a.Updated = b.Now()
		letters, err := b.notice(LetterPasswordChanged, *a, q.Client)
		return Deed{Password: &hash, Letters: letters, EndSessions: true, Keep: w.session.ID, Reason: "password_changed"}, err
	}})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventPassword, "asked"))
	return nil
}

// mayChange has a person prove that the account is theirs.
func (b *Broker) mayChange(ctx context.Context, w someone, q PasswordChange) error {
	denied := w.event(EventPasswordDenied, "wrong_password")
	switch {
	case q.Current == "" && q.Instead == InsteadToken:
		return nil
	case q.Current == "" && q.Instead == InsteadFresh:
		return b.fresh(ctx, denied, w.session, w.account)
	}
	return b.prove(ctx, w, q.Current, denied)
}
