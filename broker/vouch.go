package broker

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/sessions"
)

// vouch is the one way past a proof: an operator at the command line speaks
// for the account. Its session ends with its access token.
func (b *Broker) vouch(ctx context.Context, a Account, by LinkedIdentity) (Login, error) {
	id, err := sessions.NewID(b.Random)
	if err != nil {
		return Login{}, err
	}
	now := b.Now()
	s := sessions.Session{
		ID: id, AccountID: a.ID, Provider: by.Provider, Subject: by.Subject, Generation: 1,
		Mode: sessions.ModeJSON, AMR: []string{}, AuthTime: now, LastUsed: now, RotatedAt: now, RecheckedAt: now,
		IdleEnds: now.Add(b.Lifetimes.Access), Ends: now.Add(b.Lifetimes.Access), UserAgent: "signet token",
	}
	if err := b.Sessions.Start(ctx, s, a.Epoch); err != nil {
		return Login{}, fmt.Errorf("start session: %w", err)
	}
	b.Audit.Record(ctx, Event{Name: EventLogin, Reason: "operator", AccountID: a.ID, SessionID: s.ID, Provider: by.Provider})
	return b.issue(s, a, sessions.ModeJSON, 0)
}
