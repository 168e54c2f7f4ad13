package broker

import "context"

// RemoveSecondFactor takes the second factor of somebody away who lost phone and
// recovery codes. They are told by letter, and their sessions end, since somebody
// else may have asked for it. Codes: CodeNotFound, CodeConflict when there is
// none.
func (ad *Administration) RemoveSecondFactor(ctx context.Context, ref string) (Account, error) {
	return ad.change(ctx, ref, "second_factor_removed", func(a *Account) (d Deed, err error) {
		if !a.SecondFactor {
			return d, Fail(CodeConflict, "there is no second factor")
		}
		a.SecondFactor = false
		d.Factor.Drop, d.Renew = true, true
		d.EndSessions, d.Reason = true, "second_factor_removed"
		d.Letters, err = ad.broker.notice(LetterFactorRemoved, *a, ad.client)
		return d, err
	})
}
