package broker

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/signet-sso/signet/sessions"
)

// NewAccount is an account as an administrator asks for it.
type NewAccount struct {
	Username  string
	Email     string
	Confirmed bool // the address is taken as confirmed
	Name      string
	Groups    []string
	Admin     bool
	Password  string // empty for none
}

// Administration is what an administrator does with accounts, from the command
// line or an administration API. It asks no permission: its caller did.
type Administration struct {
	broker *Broker
	// MinPassword is the shortest password accepted, in characters.
	MinPassword int
}

// NewAdministration returns the administration of b's accounts.
func NewAdministration(b *Broker, minPassword int) *Administration {
	return &Administration{broker: b, MinPassword: minPassword}
}

// Add makes an active account. Codes: CodePayload with a reason that says what
// is wrong, CodeConflict when name or address is taken.
func (ad *Administration) Add(ctx context.Context, n NewAccount) (Account, error) {
	b := ad.broker
	a, err := n.account()
	if err != nil {
		return Account{}, err
	}
	in := Newcomer{}
	if n.Password != "" {
		if in.PasswordHash, err = ad.hash(ctx, n.Password); err != nil {
			return Account{}, err
		}
	}
	id, err := uuid.NewRandomFromReader(b.Random)
	if err != nil {
		return Account{}, err
	}
	a.ID, a.Epoch, a.Created, a.Updated = id.String(), 1, b.Now(), b.Now()
	in.Account = a
	if err := b.Accounts.Create(ctx, in); err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	b.Audit.Record(ctx, Event{Name: EventAccountNew, Reason: "administrator", AccountID: a.ID})
	return a, nil
}

func (n NewAccount) account() (Account, error) {
	a := Account{Status: Active, Admin: n.Admin, Name: tidy(n.Name)}
	ok := true
	if n.Username == "" && n.Email == "" {
		return a, Fail(CodePayload, "an account needs a user name or an e-mail address")
	}
	if n.Username != "" {
		if a.Username, ok = ParseUsername(n.Username); !ok {
			return a, Fail(CodePayload, `a user name has 1 to 256 bytes and no "@", control character or surrounding blank`)
		}
	}
	if n.Email != "" {
		if a.Email, ok = ParseEmail(n.Email); !ok {
			return a, Fail(CodePayload, "the e-mail address is malformed")
		}
	}
	a.Groups = given(n.Groups)
	a.EmailConfirmed = n.Confirmed && a.Email != ""
	return a, nil
}

// hash checks a new password against policy and hashes it.
func (ad *Administration) hash(ctx context.Context, password string) (string, error) {
	if utf8.RuneCountInString(password) < ad.MinPassword {
		return "", Fail(CodePayload, fmt.Sprintf("the password is shorter than %d characters", ad.MinPassword))
	}
	if !plausible(password, maxPassword) {
		return "", Fail(CodePayload, fmt.Sprintf("the password is longer than %d bytes or holds a NUL", maxPassword))
	}
	return ad.broker.Hasher.Hash(ctx, password)
}

// First makes the first administrator when there is no account at all, and
// says whether it did.
func (ad *Administration) First(ctx context.Context, n NewAccount) (made bool, err error) {
	some, err := ad.broker.Directory.List(ctx, Query{Limit: 1})
	if err != nil || len(some) > 0 {
		return false, err
	}
	n.Admin, n.Confirmed = true, true
	_, err = ad.Add(ctx, n)
	if errors.Is(err, ErrTaken) {
		return false, nil // another replica was faster
	}
	return err == nil, err
}

// Find returns one account by id, user name or address.
func (ad *Administration) Find(ctx context.Context, ref string) (Account, []LinkedIdentity, error) {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return Account{}, nil, err
	}
	ids, err := ad.broker.Directory.Identities(ctx, a.ID)
	return a, ids, err
}

// List returns accounts page by page.
func (ad *Administration) List(ctx context.Context, q Query) ([]Account, error) {
	return ad.broker.Directory.List(ctx, q)
}

// SetPassword replaces a password and ends every session of the account.
func (ad *Administration) SetPassword(ctx context.Context, ref, password string) error {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	hash, err := ad.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := ad.broker.Directory.SetPassword(ctx, a.ID, hash); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	_, err = ad.end(ctx, a.ID, "password_changed")
	return err
}

// SetStatus changes where an account stands; anything but active ends its
// sessions, and active lifts a lock of too many attempts. It reports the
// account as it is then.
func (ad *Administration) SetStatus(ctx context.Context, ref string, s Status) (Account, error) {
	a, err := ad.change(ctx, ref, "status_"+string(s), func(a *Account) error { a.Status = s; return nil })
	switch {
	case err != nil:
		return a, err
	case s == Active:
		return a, ad.broker.Locks.Unlock(ctx, a.ID)
	}
	_, err = ad.end(ctx, a.ID, "status_"+string(s))
	return a, err
}

// Confirm takes an account's address as confirmed; an unconfirmed account
// becomes active.
func (ad *Administration) Confirm(ctx context.Context, ref string) (Account, error) {
	return ad.change(ctx, ref, "confirmed", func(a *Account) error {
		if a.Email == "" {
			return Fail(CodePayload, "the account has no e-mail address")
		}
		a.EmailConfirmed, a.EmailHearsay = true, false
		if a.Status == Unconfirmed {
			a.Status = Active
		}
		return nil
	})
}

// SetAdmin makes an account an administrator or an ordinary one. Who
// loses the right loses every session too: a token that is out would keep it
// until it expires.
func (ad *Administration) SetAdmin(ctx context.Context, ref string, admin bool) (Account, error) {
	reason := "admin_off"
	if admin {
		reason = "admin_on"
	}
	a, err := ad.change(ctx, ref, reason, func(a *Account) error { a.Admin = admin; return nil })
	if err == nil && !admin {
		_, err = ad.end(ctx, a.ID, reason)
	}
	return a, err
}

// SetGroups replaces the groups that an administrator gave; those of providers
// stay.
func (ad *Administration) SetGroups(ctx context.Context, ref string, names []string) (Account, error) {
	return ad.change(ctx, ref, "groups", func(a *Account) error {
		a.Groups = append(replaceGroups(a.Groups, "", nil), given(names)...)
		return nil
	})
}

// given are groups as an administrator gives them: what a person types may
// have blanks around it.
func given(names []string) []Group {
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = tidy(n)
	}
	return replaceGroups(nil, "", mapGroups(Provider{}, clean))
}

// change rewrites an account; reason says in the record what was changed.
func (ad *Administration) change(ctx context.Context, ref, reason string, f func(*Account) error) (Account, error) {
	b := ad.broker
	found, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return Account{}, err
	}
	a, err := b.Directory.Change(ctx, found.ID, func(a *Account) error {
		a.Updated = b.Now()
		return f(a)
	})
	if err != nil {
		return Account{}, err
	}
	b.Audit.Record(ctx, Event{Name: EventAccountChange, Reason: reason, AccountID: a.ID})
	return a, nil
}

// Sessions lists an account's live sessions.
func (ad *Administration) Sessions(ctx context.Context, ref string) ([]sessions.Session, error) {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return nil, err
	}
	return ad.broker.Directory.LiveSessions(ctx, a.ID, ad.broker.Now())
}

// Revoke ends every session of an account and says how many there were.
func (ad *Administration) Revoke(ctx context.Context, ref string) (int, error) {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return 0, err
	}
	return ad.end(ctx, a.ID, "revoked")
}

func (ad *Administration) end(ctx context.Context, accountID, reason string) (int, error) {
	n, err := ad.broker.Sessions.EndAll(ctx, EndAll{AccountID: accountID, Reason: reason, Now: ad.broker.Now()})
	if err != nil {
		return n, fmt.Errorf("end sessions: %w", err)
	}
	ad.broker.Audit.Record(ctx, Event{Name: EventSessionEnd, Reason: reason, AccountID: accountID})
	return n, nil
}

// Token makes an access token for an active account, in a session of its own
// that ends with the token, and says when: its exp. There is no refresh token.
// It is for scripts of somebody who may read the database anyway.
func (ad *Administration) Token(ctx context.Context, ref string) (string, time.Time, error) {
	b := ad.broker
	a, ids, err := ad.Find(ctx, ref)
	if err != nil {
		return "", time.Time{}, err
	}
	if a.Status != Active {
		return "", time.Time{}, Fail(CodeForbidden, "the account is "+string(a.Status))
	}
	if len(ids) == 0 {
		return "", time.Time{}, Fail(CodeForbidden, "the account has no way to sign in; set a password first")
	}
	l, err := b.vouch(ctx, a, ids[0])
	return l.Access, l.Claims.ExpiresAt.Truncate(time.Second), err
}
