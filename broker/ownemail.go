package broker

import (
	"context"
	"errors"
	"fmt"
)

// ChangeEmail begins the change of address of the person with an access token,
// who has signed in just now and gives their password: a letter goes to the new
// address, and nothing changes until its link is used. Whether somebody has that
// address is not told. Codes: those of [Broker.Whoami], CodePayload,
// CodeForbidden, CodeCredentials for a wrong password, CodeLimited.
func (b *Broker) ChangeEmail(ctx context.Context, q EmailChange) error {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return err
	}
	address, ok := ParseEmail(q.Email)
	switch {
	case !ok:
		return Fail(CodePayload, "the e-mail address is malformed")
	case address == w.account.Email && w.account.EmailConfirmed:
		return Fail(CodePayload, "that is your address already")
	}
	if err := b.keptHere(w.account, "address"); err != nil {
		return err
	}
	denied := w.event(EventPasswordDenied, "wrong_password")
	if err := b.fresh(ctx, denied, w.session, w.account); err != nil {
		return err
	}
	if err := b.prove(ctx, w, q.Current, denied); err != nil {
		return err
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: w.account.ID, Now: b.Now(), Change: func(a *Account, _ Ticket) (Deed, error) {
		if a.Epoch != w.account.Epoch {
			return Deed{}, ErrStale
		}
		d := Deed{Recipient: address, Quota: b.Membership.Mails}
		to := *a
		to.Email = address
		t, p, err := b.invitation(letterWithTicket{LetterEmail, PurposeEmail, "/email", b.Membership.ConfirmTTL}, to, q.Client)
		d.Issue, d.Letters = t, []Post{p}
		return d, err
	}})
	if err != nil {
		return fmt.Errorf("change address: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventEmailAsked, "asked"))
	return nil
}

// ConfirmEmail puts the address that a letter was sent to in the place of the
// old one, and tells the old one. Other links that are out are dead then. Codes:
// CodeTokenInvalid for a link that is not good, and for an address that somebody
// else has by now, which is told to nobody; CodeUnavailable.
func (b *Broker) ConfirmEmail(ctx context.Context, p Proof) error {
	a, err := b.Amendments.Amend(ctx, Amendment{
		Ticket: ticketHash(p.Token), Purpose: PurposeEmail, Now: b.Now(),
		Change: func(a *Account, t Ticket) (Deed, error) {
			letters, err := b.notice(LetterEmailChanged, *a, p.Client)
			a.Email, a.EmailConfirmed, a.EmailHearsay, a.Updated = t.Email, true, false, b.Now()
			return Deed{Renew: true, Letters: letters}, err
		},
	})
	if errors.Is(err, ErrTaken) {
		err = fmt.Errorf("%w: %w", ErrTicket, err)
	}
	return b.redeemed(ctx, EventEmail, a, p.Client, err)
}
