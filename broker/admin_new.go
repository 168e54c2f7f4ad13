package broker

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"
)

// NewAccount is an account as an administrator asks for it.
type NewAccount struct {
	Username   string
	Email      string
	Confirmed  bool // the address is taken as confirmed
	Name       string
	GivenName  string
	FamilyName string
	Groups     []string
	Admin      bool
	Password   string // empty for none
}

// Add makes an active account. Codes: CodePayload with a reason that says what
// is wrong, CodeConflict when name or address is taken.
func (ad *Administration) Add(ctx context.Context, n NewAccount) (Account, error) {
	return ad.add(ctx, n, false)
}

func (ad *Administration) add(ctx context.Context, n NewAccount, first bool) (Account, error) {
	b := ad.broker
	a, err := ad.newAccount(n)
	if err != nil {
		return Account{}, err
	}
	in := Newcomer{Account: a, First: first}
	if n.Password != "" {
		if in.PasswordHash, err = ad.hash(ctx, n.Password); err != nil {
			return Account{}, err
		}
	}
	if err := b.Accounts.Create(ctx, in); err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	ad.recordNew(ctx, a, "administrator")
	return a, nil
}

// Invite makes an account that its person enters with the link of a letter, which
// is posted in the same moment. Codes: those of [Administration.Add].
func (ad *Administration) Invite(ctx context.Context, n NewAccount) (Account, error) {
	b := ad.broker
	n.Confirmed, n.Password = false, ""
	a, err := ad.newAccount(n)
	switch {
	case err != nil:
		return a, err
	case a.Email == "":
		return a, Fail(CodePayload, "an invitation needs an e-mail address")
	}
	a.Status = Invited
	t, p, err := b.invitation(letterWithTicket{LetterInvite, PurposeInvite, "/invite", b.Membership.InviteTTL}, a, ad.client)
	if err != nil {
		return a, fmt.Errorf("invite: %w", err)
	}
	err = b.Amendments.Enlist(ctx, Newcomer{Account: a}, Deed{
		Issue: t, Letters: []Post{p}, Recipient: a.Email, Quota: b.Membership.Mails,
	})
	if err != nil {
		return a, fmt.Errorf("invite: %w", err)
	}
	ad.recordNew(ctx, a, "invited")
	return a, nil
}

func (ad *Administration) recordNew(ctx context.Context, a Account, reason string) {
	ev := ad.event(EventAccountNew, reason, a.ID)
	ev.Changes = changesOf(Account{}, a)
	ad.record(ctx, ev)
}

// newAccount checks what an administrator asked for.
func (ad *Administration) newAccount(n NewAccount) (Account, error) {
	a := Account{Status: Active, Admin: n.Admin, Name: tidy(n.Name), GivenName: tidy(n.GivenName), FamilyName: tidy(n.FamilyName)}
	ok := true
	if n.Username == "" && n.Email == "" {
		return a, Fail(CodePayload, "an account needs a user name or an e-mail address")
	}
	if n.Username != "" {
		if a.Username, ok = ParseUsername(n.Username); !ok {
			return a, Fail(CodePayload, badUsername)
		}
	}
	if n.Email != "" {
		if a.Email, ok = ParseEmail(n.Email); !ok {
			return a, Fail(CodePayload, badEmail)
		}
	}
	a.Groups = given(n.Groups)
	a.EmailConfirmed = n.Confirmed && a.Email != ""
	id, err := uuid.NewRandomFromReader(ad.broker.Random)
	a.ID, a.Epoch, a.Created, a.Updated = id.String(), 1, ad.broker.Now(), ad.broker.Now()
	return a, err
}

const badEmail = "the e-mail address is malformed"

// hash checks a new password against policy and hashes it.
func (ad *Administration) hash(ctx context.Context, password string) (string, error) {
	if utf8.RuneCountInString(password) < ad.MinPassword {
		return "", Fail(CodePayload, fmt.Sprintf("the password is shorter than %d characters", ad.MinPassword))
	}
	if !plausible(password, maxPassword) {
		return "", Fail(CodePayload, fmt.Sprintf("the password is longer than %d bytes or holds a NUL", maxPassword))
	}
	if err := ad.broker.checkGuessable(password, Account{}); err != nil {
		return "", err
	}
	return ad.broker.Hasher.Hash(ctx, password)
}

// First makes the first administrator when there is no account at all, and
// says whether it did. Of two replicas that start at once one makes one.
func (ad *Administration) First(ctx context.Context, n NewAccount) (made bool, err error) {
	some, err := ad.broker.Directory.List(ctx, Query{Limit: 1})
	if err != nil || len(some.Accounts) > 0 {
		return false, err
	}
	n.Admin, n.Confirmed = true, true
	_, err = ad.add(ctx, n, true)
	if errors.Is(err, ErrTaken) {
		return false, nil // another replica was faster
	}
	return err == nil, err
}

// SendReset posts a person a link to choose a new password: no administrator
// sees or sets one. Codes: CodeNotFound, CodePayload for an account that is not
// active or has no address of its own, CodeLimited.
func (ad *Administration) SendReset(ctx context.Context, ref string) error {
	return ad.mail(ctx, ref, ad.event(EventResetAsked, "administrator", ""), ad.broker.sendReset)
}

// SendInvite posts an invitation once more; the link of the one before is
// worthless then. Codes: CodeNotFound, CodePayload for an account that was not
// invited or has no address, CodeLimited.
func (ad *Administration) SendInvite(ctx context.Context, ref string) error {
	return ad.mail(ctx, ref, ad.event(EventAccountChange, "invited_again", ""), ad.broker.sendInvite)
}

func (ad *Administration) mail(ctx context.Context, ref string, ev Event, send func(context.Context, Account, Client) error) error {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	if err := send(ctx, a, ad.client); err != nil {
		return err
	}
	ev.AccountID = a.ID
	ad.record(ctx, ev)
	return nil
}

// Remove removes an account for good with all that is its own: sessions,
// identities, tickets, second factor, and the accounts that were merged into it.
// Its id is not used again, and the record of it stays. Codes: CodeNotFound,
// CodeForbidden for the last administrator.
func (ad *Administration) Remove(ctx context.Context, ref string) error {
	b := ad.broker
	found, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	a, err := b.Registry.Remove(ctx, Removal{AccountID: found.ID, Heir: ad.heir()})
	if err != nil {
		return spared(fmt.Errorf("remove account: %w", err))
	}
	ev := ad.event(EventAccountGone, "administrator", a.ID)
	ev.Changes = changesOf(a, Account{})
	ad.record(ctx, ev)
	return nil
}
