package broker

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// RegistrationOpen reports that strangers may make accounts.
func (b *Broker) RegistrationOpen() bool { return b.Membership.Open && !b.DefaultDisabled() }

// ConfirmsAtOnce reports that a registration with this confirmation key, "" for
// none, makes an account that needs no letter, and whether the key is right.
func (b *Broker) ConfirmsAtOnce(key string) (atOnce, keyed bool) {
	keyed = b.keyed(key)
	return keyed || !b.Membership.Confirm, keyed
}

// keyed reports the confirmation key.
func (b *Broker) keyed(key string) bool {
	return key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(b.Membership.ConfirmationKey)) == 1
}

// Register asks for an account of one's own. The answer is the same, and takes
// the same time, whether or not the address is known: what is true of it is told
// by letter, to its owner.
//
// Codes: CodeForbidden while registration is closed, or with a confirmation key
// that is wrong; CodePayload with a reason; CodeConflict for a user name that
// somebody has; CodeUnavailable.
func (b *Broker) Register(ctx context.Context, r Registration) error {
	a, atOnce, err := b.applicant(r)
	if err != nil {
		b.Audit.Record(ctx, Event{Name: EventRegisterDenied, Reason: string(CodeOf(err)), Client: r.Client, Err: err})
		return err
	}
	if err := b.freeName(ctx, a); err != nil && (!r.HideNames || CodeOf(err) != CodeConflict) {
		return err
	}
	hash, err := b.hashPassword(ctx, r.Password, a)
	if err != nil {
		return err
	}
	if atOnce {
		return b.registerNow(ctx, r, a, hash)
	}
	return b.hold(ctx, wish{
		Kind: wishRegister, Email: a.Email, Username: a.Username, GivenName: a.GivenName, FamilyName: a.FamilyName,
		Hash: hash, Page: r.Page, HideNames: r.HideNames, Client: r.Client,
	})
}

// applicant is the account that a registration asks for, and whether it can be
// entered at once.
func (b *Broker) applicant(r Registration) (a Account, atOnce bool, err error) {
	m := b.Membership
	if !b.RegistrationOpen() {
		return a, false, Fail(CodeForbidden, "registration is closed")
	}
	key := b.keyed(r.ConfirmationKey)
	if r.ConfirmationKey != "" && !key {
		return a, false, Fail(CodeForbidden, "the confirmation key is wrong")
	}
	ok := true
	if a.Email, ok = ParseEmail(r.Email); !ok {
		return a, false, Fail(CodePayload, "the e-mail address is malformed")
	}
	if r.Username != "" {
		if a.Username, ok = ParseUsername(r.Username); !ok {
			return a, false, Fail(CodePayload, badUsername)
		}
	}
	p := b.door.Load().byRealm[LocalRealm]
	_, domain, _ := strings.Cut(a.Email, "@")
	if len(p.Domains) > 0 && !slices.ContainsFunc(p.Domains, func(d string) bool { return strings.ToLower(d) == domain }) {
		return a, false, Fail(CodePayload, "people with an address of this domain cannot register")
	}
	a.GivenName, a.FamilyName = tidy(r.GivenName), tidy(r.FamilyName)
	if key || !m.Confirm {
		a.Status, a.EmailConfirmed = Active, key
	}
	return a, key || !m.Confirm, nil
}

const badUsername = `a user name has 1 to 256 bytes and no "@", control character or surrounding blank, and is no UUID`

// freeName refuses a user name that somebody has. Names are public, addresses
// are not: it is asked whoever has the address.
func (b *Broker) freeName(ctx context.Context, a Account) error {
	if a.Username == "" {
		return nil
	}
	_, err := b.Directory.Account(ctx, a.Username)
	switch {
	case errors.Is(err, ErrNoAccount):
		return nil
	case err != nil:
		return fmt.Errorf("find user name: %w", err)
	}
	return Fail(CodeConflict, "somebody has that user name")
}

// registerNow makes an account that needs no letter. An address that is known
// changes nothing: its owner is told.
func (b *Broker) registerNow(ctx context.Context, r Registration, a Account, hash string) error {
	n, err := b.newcomer(a, hash)
	if err != nil {
		return err
	}
	err = b.Amendments.Enlist(ctx, n, Deed{})
	if errors.Is(err, ErrTaken) {
		return b.hold(ctx, wish{Kind: wishRegister, Email: a.Email, Username: a.Username, HideNames: r.HideNames, Client: r.Client})
	}
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	b.Audit.Record(ctx, Event{Name: EventRegister, Reason: "confirmed_at_once", AccountID: n.Account.ID, Client: r.Client})
	return nil
}

// newcomer completes an account that registers.
func (b *Broker) newcomer(a Account, hash string) (Newcomer, error) {
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return Newcomer{}, err
	}
	a.ID, a.Epoch, a.Created, a.Updated, a.Origin = id.String(), 1, b.Now(), b.Now(), LocalRealm
	return Newcomer{Account: a, PasswordHash: hash}, nil
}

// enlist makes the account that a wish asks for, with the letter that opens it.
func (b *Broker) enlist(ctx context.Context, w wish, errand string) (done bool, err error) {
	if told, err := b.tellOfName(ctx, w, "", errand); told || err != nil {
		return told, err
	}
	if w.Hash == "" || !b.RegistrationOpen() {
		return false, nil
	}
	a := Account{Status: Unconfirmed, Email: w.Email, Username: w.Username, GivenName: w.GivenName, FamilyName: w.FamilyName}
	n, err := b.newcomer(a, w.Hash)
	if err != nil {
		return false, err
	}
	d, err := b.confirmation(n.Account, w, errand)
	if err != nil {
		return false, err
	}
	err = b.Amendments.Enlist(ctx, n, d)
	if errors.Is(err, ErrTaken) && n.Account.Username != "" && !w.HideNames {
		// Somebody was faster with the user name; the person can choose another.
		n.Account.Username = ""
		err = b.Amendments.Enlist(ctx, n, d)
	}
	if err != nil {
		return false, fmt.Errorf("register: %w", err)
	}
	b.Audit.Record(ctx, Event{Name: EventRegister, Reason: "asked", AccountID: n.Account.ID, Client: w.Client})
	return true, nil
}

// confirmation is the deed that posts a link to prove an address.
func (b *Broker) confirmation(a Account, w wish, errand string) (Deed, error) {
	d := Deed{Errand: errand, Recipient: w.Email, Quota: b.Membership.Mails}
	t, p, err := b.invitation(letterWithTicket{LetterConfirm, PurposeConfirm, w.Page.of(a, "/confirm"), b.Membership.ConfirmTTL}, a, w.Client)
	d.Issue, d.Letters = t, []Post{p}
	return d, err
}

// registerAgain takes a second registration of an address that nobody has
// proven: its names, its password and its link replace those of the first one
// together, so that a link never opens somebody else's registration.
func (b *Broker) registerAgain(ctx context.Context, w wish, a Account, errand string) error {
	if told, err := b.tellOfName(ctx, w, a.ID, errand); told || err != nil {
		return err
	}
	if w.Hash == "" || !b.RegistrationOpen() {
		return b.Errands.DropErrand(ctx, errand)
	}
	again := Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		if now.Status != Unconfirmed {
			return Deed{Errand: errand}, nil
		}
		now.Username = or(w.Username, now.Username)
		now.GivenName, now.FamilyName, now.Updated = w.GivenName, w.FamilyName, b.Now()
		d, err := b.confirmation(*now, w, errand)
		d.Password = &w.Hash
		return d, err
	}}
	_, err := b.Amendments.Amend(ctx, again)
	if errors.Is(err, ErrTaken) && !w.HideNames {
		w.Username = "" // somebody was faster with it
		_, err = b.Amendments.Amend(ctx, again)
	}
	return err
}

// confirmAgain posts a new link to prove an address; the older one is dead.
func (b *Broker) confirmAgain(ctx context.Context, w wish, a Account, errand string) error {
	_, err := b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		if now.Status != Unconfirmed {
			return Deed{Errand: errand}, nil
		}
		return b.confirmation(*now, w, errand)
	}})
	return err
}

// ResendConfirmation asks for the letter of a registration once more. The
// answer says nothing about the address. Codes: CodePayload, CodeUnavailable.
func (b *Broker) ResendConfirmation(ctx context.Context, email string, c Client) error {
	return b.AskConfirmation(ctx, ConfirmationRequest{Email: email, Client: c})
}

// AskConfirmation is ResendConfirmation for who may be called by a user name, and
// with a page of the operator's.
func (b *Broker) AskConfirmation(ctx context.Context, r ConfirmationRequest) error {
	w, err := wishOf(wishConfirm, r.Email, r.Username)
	if err != nil {
		return err
	}
	w.Page, w.Client = r.Page, r.Client
	return b.hold(ctx, w)
}

// ConfirmAddress opens a registration with the token of its letter. Codes:
// CodeTokenInvalid for one that is not good, CodeUnavailable.
func (b *Broker) ConfirmAddress(ctx context.Context, p Proof) error {
	if err := b.confirms(ctx, p); err != nil {
		return b.redeemed(ctx, EventConfirm, Account{}, p.Client, err)
	}
	a, err := b.Amendments.Amend(ctx, Amendment{
		Ticket: ticketHash(p.Token), Purpose: PurposeConfirm, Now: b.Now(),
		Change: func(a *Account, _ Ticket) (Deed, error) {
			a.Status, a.EmailConfirmed, a.EmailHearsay, a.Updated = Active, true, false, b.Now()
			return Deed{}, nil
		},
	})
	return b.redeemed(ctx, EventConfirm, a, p.Client, err)
}

// confirms refuses a token of somebody else's than the proof says.
func (b *Broker) confirms(ctx context.Context, p Proof) error {
	if p.Whose == "" {
		return nil
	}
	_, a, err := b.Amendments.Ticket(ctx, ticketHash(p.Token), PurposeConfirm, b.Now())
	if err != nil {
		return err
	}
	return b.theirs(ctx, a, p.Whose)
}

// redeemed records what came of a one-time token.
func (b *Broker) redeemed(ctx context.Context, name string, a Account, c Client, err error) error {
	ev := Event{Name: name, Reason: "letter", AccountID: a.ID, Client: c}
	if err != nil {
		if CodeOf(err) == CodeTokenInvalid {
			ev.Name, ev.Reason, ev.AccountID = EventTicketDenied, name, ""
			b.Audit.Record(ctx, ev)
		}
		return fmt.Errorf("use letter: %w", err)
	}
	b.Audit.Record(ctx, ev)
	return nil
}
