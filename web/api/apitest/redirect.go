package apitest

import (
	"context"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// Begin implements what pages ask: every provider but "github" takes passwords.
func (b *Broker) Begin(_ context.Context, d broker.Departure) (string, error) {
	err := b.enter()
	defer b.mu.Unlock()
	if err == nil && d.Provider != "github" {
		err = broker.Fail(broker.CodeNoProvider, "")
	}
	return "https://github.example/authorize", err
}

// Finish implements what pages ask: no flow is known.
func (b *Broker) Finish(context.Context, broker.Arrival) (broker.Landing, error) {
	err := b.enter()
	defer b.mu.Unlock()
	if err == nil {
		err = sessions.ErrNotFound
	}
	return broker.Landing{}, err
}

// SessionOf implements what pages ask.
func (b *Broker) SessionOf(access string) string {
	c, _ := b.ring.Verify(access)
	return c.SessionID
}

// WaysIn implements what api asks: everybody signs in with a local password
// and with GitHub.
func (b *Broker) WaysIn(ctx context.Context, access string) ([]broker.WayIn, error) {
	if _, err := b.Whoami(ctx, access); err != nil {
		return nil, err
	}
	return []broker.WayIn{
		{ID: "one", Provider: "local", Label: "E-mail and password", Login: "admin", Seen: Start, Usable: true},
		{ID: "two", Provider: "github", Label: "GitHub", Login: "octocat", Seen: Start, Usable: true},
	}, nil
}

// Unlink implements what api asks: "two" can go, "one" is the last way in.
func (b *Broker) Unlink(ctx context.Context, access, id string, _ broker.Client) error {
	if _, err := b.Whoami(ctx, access); err != nil {
		return err
	}
	switch id {
	case "one":
		return broker.Fail(broker.CodeConflict, "it is the last way to sign in; add another one first")
	case "two":
		return nil
	}
	return broker.Fail(broker.CodeNotFound, "")
}

// EndedUpstream implements what api asks: GitHub's only good token is "good".
func (b *Broker) EndedUpstream(_ context.Context, provider, logoutToken string, _ broker.Client) error {
	err := b.enter()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		return err
	case provider != "github":
		return broker.Fail(broker.CodeNoProvider, "")
	case logoutToken != "good":
		return broker.Fail(broker.CodePayload, "the logout token is not valid")
	}
	return nil
}

// LeaveUpstream implements what api asks: sessions of the local provider have
// no place to go to.
func (b *Broker) LeaveUpstream(ctx context.Context, f broker.Farewell) (string, error) {
	id, _, _ := b.refresh.Parse(f.Refresh)
	b.mu.Lock()
	s := b.live[id]
	b.mu.Unlock()
	if err := b.Leave(ctx, f); err != nil || s == nil || s.provider == "local" {
		return "", err
	}
	return "https://" + s.provider + ".example/logout", nil
}
