package broker

import (
	"context"
	"fmt"
)

// RemoveTOTPByCode is [Broker.RemoveTOTP] for clients that ask for nothing but
// OTP: a sign-in of the last five minutes stands in for the password. Codes:
// those of [Broker.Whoami], CodeForbidden when the sign-in is older, CodeOTP,
// CodeConflict when there is no second factor, CodeLimited.
func (b *Broker) RemoveTOTPByCode(ctx context.Context, q Asked) error {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return err
	}
	if !w.account.SecondFactor {
		return Fail(CodeConflict, "there is no second factor")
	}
	// Not fresh, which would want a session that began with the second factor:
	// it is shown right here.
	if b.Now().Sub(w.session.AuthTime) > freshSignIn {
		b.Audit.Record(ctx, w.event(EventFactorDenied, "sign_in_too_old"))
		return Fail(CodeForbidden, "sign in again first: the last time is more than five minutes ago")
	}
	err = b.counted(ctx, w.account.ID, w.event(EventFactorDenied, "wrong_code"), func() error {
		_, err := b.spend(ctx, w.account, q.OTP, q.Client)
		return err
	})
	if err != nil {
		return err
	}
	return b.dropFactor(ctx, w)
}

// dropFactor takes the second factor of somebody away who has proven enough.
func (b *Broker) dropFactor(ctx context.Context, w someone) error {
	_, err := b.Amendments.Amend(ctx, Amendment{AccountID: w.account.ID, Now: b.Now(), Change: func(a *Account, _ Ticket) (Deed, error) {
		letters, err := b.notice(LetterFactorRemoved, *a, w.client)
		a.SecondFactor, a.Updated = false, b.Now()
		return Deed{Factor: FactorChange{Drop: true}, Letters: letters}, err
	}})
	if err != nil {
		return fmt.Errorf("remove factor: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventFactorGone, "asked"))
	return nil
}
