package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// ChangePassword replaces the password of the person with an access token, who
// gives the current one. Their other sessions end. Codes: those of
// [Broker.Whoami], CodeCredentials for a wrong current password, CodePayload
// with a reason for a new one that may not be one, CodeForbidden for somebody
// whose password is kept elsewhere, CodeLimited.
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
	if err := b.prove(ctx, w, q.Current, w.event(EventPasswordDenied, "wrong_password")); err != nil {
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
			if a.Status != Active {
				return Deed{}, ErrTicket
			}
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

// OwnSession is a session as its person sees it.
type OwnSession struct {
	sessions.Session
	Label   string // of the provider
	Current bool   // the one that asks
}

// OwnSessions lists the live sessions of the person with an access token, latest
// use first. Codes: those of [Broker.Whoami].
func (b *Broker) OwnSessions(ctx context.Context, access string) ([]OwnSession, error) {
	w, err := b.whose(ctx, access, Client{})
	if err != nil {
		return nil, err
	}
	live, err := b.Directory.LiveSessions(ctx, w.account.ID, b.Now())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	own := make([]OwnSession, len(live))
	for i, s := range live {
		own[i] = OwnSession{Session: s, Label: s.Provider, Current: s.ID == w.session.ID}
		if p := b.door.Load().byRealm[s.Provider]; p != nil {
			own[i].Provider, own[i].Label = p.Name, or(p.Label, p.Name)
		}
	}
	return own, nil
}

// EndOwnSession ends one session of the person with an access token. Codes:
// those of [Broker.Whoami], CodeNotFound for one that is not theirs.
func (b *Broker) EndOwnSession(ctx context.Context, access, id string, c Client) error {
	w, err := b.whose(ctx, access, c)
	if err != nil {
		return err
	}
	s, _, err := b.Sessions.Find(ctx, id, b.Now())
	if errors.Is(err, sessions.ErrNotFound) || err == nil && s.AccountID != w.account.ID {
		return Fail(CodeNotFound, "")
	}
	if err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	return b.LeaveSession(ctx, id, c)
}

// EndOtherSessions ends every session of the person with an access token but
// the one that asks. Codes: those of [Broker.Whoami].
func (b *Broker) EndOtherSessions(ctx context.Context, access string, c Client) error {
	w, err := b.whose(ctx, access, c)
	if err != nil {
		return err
	}
	_, err = b.Sessions.EndAll(ctx, EndAll{AccountID: w.account.ID, Keep: w.session.ID, Reason: "asked", Now: b.Now()})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventSessionEnd, "asked_for_all_others"))
	return nil
}
