package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/sessions"
)

// someone is a person who is signed in, as the database has them now.
type someone struct {
	claims  token.Claims
	session sessions.Session
	account Account
	client  Client
}

// event begins the record of what the person does.
func (w someone) event(name, reason string) Event {
	return Event{
		Name: name, Reason: reason, AccountID: w.account.ID, SessionID: w.session.ID,
		Provider: w.session.Provider, Client: w.client,
	}
}

// whose returns the person with an access token: one statement. Codes: those of
// [Broker.Whoami].
func (b *Broker) whose(ctx context.Context, access string, c Client) (someone, error) {
	if access == "" {
		return someone{}, Fail(CodeTokenMissing, "")
	}
	claims, err := b.Ring.Verify(access)
	if err != nil {
		return someone{}, err
	}
	s, a, err := b.present(ctx, claims.SessionID)
	if errors.Is(err, sessions.ErrNotFound) || err == nil && a.ID != claims.AccountID {
		return someone{}, &Error{Code: CodeTokenInvalid, Err: err}
	}
	return someone{claims, s, a, c}, err
}

// present returns a live session and its active account, whose provider is
// still there; else sessions.ErrNotFound.
func (b *Broker) present(ctx context.Context, sessionID string) (sessions.Session, Account, error) {
	s, a, err := b.Sessions.Find(ctx, sessionID, b.Now())
	if err != nil {
		return s, a, fmt.Errorf("find session: %w", err)
	}
	if p := b.door.Load().byRealm[s.Provider]; p == nil || p.Disabled {
		return s, Account{}, fmt.Errorf("provider is gone: %w", sessions.ErrNotFound)
	}
	if a.Status != Active {
		return s, Account{}, fmt.Errorf("account is %s: %w", a.Status, sessions.ErrNotFound)
	}
	return s, a, nil
}

// fresh refuses, for the record too, what needs a person who has just proved
// who they are: recently, and with their second factor when they have one. ev is
// the event of the refusal.
func (b *Broker) fresh(ctx context.Context, ev Event, s sessions.Session, a Account) error {
	return b.recent(ctx, ev, someone{session: s, account: a}, freshSignIn)
}

// recent is fresh with another idea of what is recent.
func (b *Broker) recent(ctx context.Context, ev Event, w someone, within time.Duration) error {
	reason := ""
	switch {
	case b.Now().Sub(w.session.AuthTime) > within:
		ev.Reason, reason = "sign_in_too_old", "sign in again first: the last time is more than "+minutes(within)+" ago"
	case w.account.SecondFactor && !twofold(w.session.AMR):
		ev.Reason, reason = "second_factor_missing", "sign in again first, with your second factor"
	default:
		return nil
	}
	b.Audit.Record(ctx, ev)
	return Fail(CodeForbidden, reason)
}

// prove has a signed-in person give their password again: that of Signet if
// they have one, else that of the provider of their session. Where there is no
// password to ask for, a fresh sign-in stands in. It counts in the same bucket
// as a sign-in, and ev is the event of a refusal.
func (b *Broker) prove(ctx context.Context, w someone, password string, ev Event) error {
	return b.proveWith(ctx, w, password, ev, nil)
}

// proveWith is prove with more to be proven under the same attempt.
func (b *Broker) proveWith(ctx context.Context, w someone, password string, ev Event, more func() error) error {
	p, login, err := b.passwordOf(ctx, w)
	if err != nil {
		return err
	}
	if p == nil {
		if err := b.fresh(ctx, ev, w.session, w.account); err != nil {
			return err
		}
	}
	return b.counted(ctx, w.account.ID, ev, func() error {
		if p != nil {
			if err := b.reproven(ctx, p, w, login, password); err != nil {
				return err
			}
		}
		if more == nil {
			return nil
		}
		return more()
	})
}

// reproven asks the provider for a password and compares who it is.
func (b *Broker) reproven(ctx context.Context, p *provider, w someone, login, password string) error {
	if !plausible(password, maxPassword) {
		return Fail(CodeCredentials, "")
	}
	id, err := p.Driver.Password.Authenticate(ctx, login, password)
	p.note(err, b.Now())
	if err != nil {
		return fmt.Errorf("authenticate at %s: %w", p.Name, err)
	}
	if p.Realm() == LocalRealm && id.Subject != w.account.ID || p.Realm() != LocalRealm && id.Subject != w.session.Subject {
		return Fail(CodeCredentials, "")
	}
	return nil
}

// counted runs a proof that uses an attempt of the account's, which it gives
// back unless the proof failed.
func (b *Broker) counted(ctx context.Context, accountID string, ev Event, proof func() error) error {
	standing, err := b.Accounts.Enter(ctx, Attempt{AccountID: accountID, Now: b.Now(), Lockout: b.Lockout})
	if err != nil {
		if errors.Is(err, ErrLocked) {
			ev.Name, ev.Reason, ev.Err = EventLoginLocked, "locked", err
			b.Audit.Record(ctx, ev)
		}
		return fmt.Errorf("count attempt: %w", err)
	}
	err = proof()
	if code := CodeOf(err); err == nil || code != CodeCredentials && code != CodeOTP {
		_ = b.giveBack(ctx, standing.Bucket) // one that is not given back counts, on the safe side
		return err
	}
	ev.Err = err
	b.Audit.Record(ctx, ev)
	return err
}

// passwordOf finds the provider that knows the person's password, and what they
// are called there; nil for none.
func (b *Broker) passwordOf(ctx context.Context, w someone) (*provider, string, error) {
	ids, err := b.Directory.Identities(ctx, w.account.ID)
	if err != nil {
		return nil, "", fmt.Errorf("list identities: %w", err)
	}
	d := b.door.Load()
	var theirs *provider
	login := ""
	for _, id := range ids {
		p := d.byRealm[id.Provider]
		if p == nil || p.Disabled || p.Driver.Password == nil {
			continue
		}
		if id.Provider == LocalRealm {
			return p, localName(w.account), nil
		}
		if id.Provider == w.session.Provider && id.Subject == w.session.Subject {
			theirs, login = p, id.Login
		}
	}
	return theirs, login, nil
}

// localName is what a local account signs in as.
func localName(a Account) string { return or(a.Username, a.Email) }

// hasPassword reports that an account has a local password.
func (b *Broker) hasPassword(ctx context.Context, accountID string) (bool, error) {
	ids, err := b.Directory.Identities(ctx, accountID)
	if err != nil {
		return false, fmt.Errorf("list identities: %w", err)
	}
	for _, id := range ids {
		if id.Provider == LocalRealm {
			return true, nil
		}
	}
	return false, nil
}

// freshSignIn is how long after a sign-in a person may do what a stolen session
// must not be enough for.
const freshSignIn = 5 * time.Minute

// minutes is a time in words.
func minutes(d time.Duration) string {
	if d == freshSignIn {
		return "five minutes"
	}
	return d.String()
}
