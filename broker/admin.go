package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/sessions"
)

// Administration is what an administrator does with accounts, from the command
// line or an administration API. The one of [NewAdministration] asks no
// permission: its caller did. Those of [Administration.As] and
// [Administration.AsFresh] are of one person, for one request.
type Administration struct {
	broker *Broker
	// MinPassword is the shortest password accepted, in characters.
	MinPassword int

	actor    string // as in Event
	client   Client
	evenLast bool
}

// NewAdministration returns the administration of b's accounts by its operator.
func NewAdministration(b *Broker, minPassword int) *Administration {
	return &Administration{broker: b, MinPassword: minPassword, actor: ActorOperator}
}

// EvenTheLast returns an administration that may take the last administrator
// away. It is for the operator, who can make another one.
func (ad *Administration) EvenTheLast() *Administration {
	bold := *ad
	bold.evenLast = true
	return &bold
}

// As returns the administration by the person with an access token, who may look
// and change nothing with it. The account is as the database has it now: who was
// suspended or made an ordinary person is out. Codes: those of [Broker.Whoami],
// CodeForbidden for who is no administrator.
func (ad *Administration) As(ctx context.Context, access string, c Client) (*Administration, error) {
	theirs, _, err := ad.by(ctx, access, c)
	return theirs, err
}

// AsFresh is As for changes: the person has signed in within five minutes, and
// with their second factor if they have one. Codes: those of As, CodeForbidden
// with a reason for a sign-in that is not enough.
func (ad *Administration) AsFresh(ctx context.Context, access string, c Client) (*Administration, error) {
	theirs, w, err := ad.by(ctx, access, c)
	if err != nil {
		return nil, err
	}
	if err := ad.broker.fresh(ctx, w.event(EventAdminDenied, ""), w.session, w.account); err != nil {
		return nil, err
	}
	return theirs, nil
}

// AsOf is AsFresh for clients of a system that gives administrators a token of
// its own for changes: the person has signed in no longer ago than such a token
// lives. A longer session of theirs, at some application, is not enough.
func (ad *Administration) AsOf(ctx context.Context, access string, life time.Duration, c Client) (*Administration, error) {
	theirs, w, err := ad.by(ctx, access, c)
	if err != nil {
		return nil, err
	}
	if err := ad.broker.recent(ctx, w.event(EventAdminDenied, ""), w, life); err != nil {
		return nil, err
	}
	return theirs, nil
}

func (ad *Administration) by(ctx context.Context, access string, c Client) (*Administration, someone, error) {
	w, err := ad.broker.whose(ctx, access, c)
	if err != nil {
		return nil, w, err
	}
	if !w.account.Admin {
		ad.broker.Audit.Record(ctx, w.event(EventAdminDenied, "no_administrator"))
		return nil, w, Fail(CodeForbidden, "")
	}
	theirs := *ad
	theirs.actor, theirs.client = w.account.ID, c
	return &theirs, w, nil
}

// event begins the record of what is done to an account.
func (ad *Administration) event(name, reason, accountID string) Event {
	return Event{Name: name, Reason: reason, Actor: ad.actor, AccountID: accountID, Client: ad.client}
}

func (ad *Administration) record(ctx context.Context, e Event) { ad.broker.Audit.Record(ctx, e) }

// heir says which administrators could go on: those whose provider is there.
func (ad *Administration) heir() Heir {
	if ad.evenLast {
		return nil
	}
	d := ad.broker.door.Load()
	return func(realm string) bool { return d.byRealm[realm] != nil && !d.byRealm[realm].Disabled }
}

// spared gives the refusal to take the last administrator away its reason.
func spared(err error) error {
	if errors.Is(err, ErrLastAdmin) {
		return &Error{Code: CodeForbidden, Reason: "nobody else could administer then; make another administrator first", Err: err}
	}
	return err
}

// SetPassword replaces a password and ends every session of the account. It is
// for the operator: there is no way to it from the network.
func (ad *Administration) SetPassword(ctx context.Context, ref, password string) error {
	a, err := ad.living(ctx, ref)
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

// Unlock lifts a lock of too many attempts.
func (ad *Administration) Unlock(ctx context.Context, ref string) error {
	a, err := ad.broker.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	if err := ad.broker.Locks.Unlock(ctx, a.ID); err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	ad.record(ctx, ad.event(EventUnlock, "asked", a.ID))
	return nil
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

// EndSession ends one session of an account. CodeNotFound for one that is not
// alive or not of that account.
func (ad *Administration) EndSession(ctx context.Context, ref, sessionID string) error {
	b := ad.broker
	a, err := b.Directory.Account(ctx, ref)
	if err != nil {
		return err
	}
	s, _, err := b.Sessions.Find(ctx, sessionID, b.Now())
	if errors.Is(err, sessions.ErrNotFound) || err == nil && s.AccountID != a.ID {
		return Fail(CodeNotFound, "")
	}
	if err == nil {
		_, err = b.Sessions.End(ctx, sessionID, "revoked", b.Now())
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	ev := ad.event(EventSessionEnd, "revoked", a.ID)
	ev.SessionID, ev.Provider = s.ID, s.Provider
	ad.record(ctx, ev)
	return nil
}

func (ad *Administration) end(ctx context.Context, accountID, reason string) (int, error) {
	n, err := ad.broker.Sessions.EndAll(ctx, EndAll{AccountID: accountID, Reason: reason, Now: ad.broker.Now()})
	if err != nil {
		return n, fmt.Errorf("end sessions: %w", err)
	}
	ad.record(ctx, ad.event(EventSessionEnd, reason, accountID))
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
