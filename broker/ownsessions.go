package broker

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-sso/signet/sessions"
)

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
