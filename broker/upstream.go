package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/signet-sso/signet/sessions"
)

// sealUpstream names the key under which what a provider gave is sealed.
const sealUpstream = "session upstream"

// seal seals what a provider gave, for one session; nil when it gave nothing.
func (b *Broker) seal(sessionID string, upstream []byte) ([]byte, error) {
	if len(upstream) == 0 {
		return nil, nil
	}
	return b.Sealer.Seal(sealUpstream, sessionID, upstream)
}

// unseal is the way back.
func (b *Broker) unseal(s sessions.Session) ([]byte, error) {
	if len(s.Upstream) == 0 {
		return nil, nil
	}
	return b.Sealer.Open(sealUpstream, s.ID, s.Upstream)
}

// keepUpstream stores what the provider gave at a recheck, if anything: many
// give a new refresh token and take the old one away.
func (b *Broker) keepUpstream(ctx context.Context, s sessions.Session, before, after []byte) error {
	if len(after) == 0 || string(before) == string(after) {
		return nil
	}
	sealed, err := b.seal(s.ID, after)
	if err != nil {
		return err
	}
	return b.Upstreams.KeepUpstream(ctx, s.ID, sealed)
}

// LeaveUpstream is [Broker.Leave] that also says where the browser ends the
// session at the provider, "" for nowhere. Our own session has ended then,
// whatever the provider says.
func (b *Broker) LeaveUpstream(ctx context.Context, f Farewell) (logoutURL string, err error) {
	id, ok := b.sessionOf(f)
	if !ok {
		return "", nil
	}
	s, _, err := b.Sessions.Find(ctx, id, b.Now())
	if errors.Is(err, sessions.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find session: %w", err)
	}
	if err := b.LeaveSession(ctx, id, f.Client); err != nil {
		return "", err
	}
	return b.logoutURL(ctx, s, f.Client), nil
}

// logoutURL asks the provider of an ended session where the browser ends it
// there. A provider that cannot say is for the record only.
func (b *Broker) logoutURL(ctx context.Context, s sessions.Session, c Client) (address string) {
	d := b.door.Load()
	p := d.byRealm[s.Provider]
	if p == nil || p.Disabled || p.Driver.Logout == nil {
		return ""
	}
	upstream, err := b.unseal(s)
	if err == nil {
		address, err = p.Driver.Logout.LogoutURL(ctx, upstream, d.Redirects.Public+"/login?left")
		p.note(err, b.Now())
	}
	if err != nil {
		b.Audit.Record(ctx, Event{
			Name: EventProviderDown, Reason: "logout", Provider: p.Name,
			AccountID: s.AccountID, SessionID: s.ID, Client: c, Err: err,
		})
		return ""
	}
	return address
}

// EndedUpstream takes what a provider sent when somebody signed out there
// (OpenID Connect Back-Channel Logout §2.5), and ends exactly those sessions.
// Codes: CodeNoProvider, CodePayload for a token that is not right or was seen
// before, CodeUnavailable.
func (b *Broker) EndedUpstream(ctx context.Context, provider, logoutToken string, c Client) error {
	p := b.door.Load().byName[provider]
	if p == nil || p.Disabled || p.Driver.Ended == nil {
		return Fail(CodeNoProvider, "")
	}
	ev := Event{Name: EventUpstreamLogout, Provider: p.Name, Client: c}
	told, err := p.Driver.Ended.ReadLogout(ctx, logoutToken)
	if err != nil {
		return b.refuseLogout(ctx, ev, err, "bad_token")
	}
	_, err = b.Upstreams.EndUpstream(ctx, UpstreamEnd{
		Provider: p.Realm(), Subject: told.Subject, Session: tidy(told.Session), Reason: "upstream_logout", Now: b.Now(),
		Token: spent(p.Realm(), told.ID), Expires: told.Expires,
	})
	if errors.Is(err, ErrSpent) {
		return b.refuseLogout(ctx, ev, err, "replayed_token")
	}
	if err != nil {
		return fmt.Errorf("end upstream sessions: %w", err)
	}
	ev.Reason = "ended"
	b.Audit.Record(ctx, ev)
	return nil
}

func (b *Broker) refuseLogout(ctx context.Context, ev Event, err error, reason string) error {
	err = fmt.Errorf("read logout token: %w", err)
	if CodeOf(err) == CodeUnavailable {
		return err
	}
	ev.Reason, ev.Err = reason, err
	b.Audit.Record(ctx, ev)
	return &Error{Code: CodePayload, Reason: "the logout token is not valid", Err: err}
}

// spent is a hash of who sent a token and the token's own id.
func spent(realm, id string) string {
	h := sha256.Sum256([]byte(realm + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(h[:])
}
