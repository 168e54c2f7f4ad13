package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// recheckWithin bounds the question to the provider at refresh.
const recheckWithin = 5 * time.Second

// Renew uses a refresh token, or the access token in a session cookie, and
// returns new tokens.
//
// The previous refresh token gives the same successor again within the reuse
// grace, so parallel callers and lost answers cost nothing; an older one ends
// the session. Codes: CodeCredentials for everything that is not alive,
// CodeSuspended when the account was suspended since, CodePayload when the mode
// does not fit the token, CodeForbidden when the new token would be too large,
// CodeUnavailable when the database cannot answer. A provider that cannot be
// reached does not stop a refresh. It goes on to its end when ctx ends; every
// step has a limit of its own.
func (b *Broker) Renew(ctx context.Context, r Renewal) (Login, error) {
	if (r.Mode == sessions.ModeSession) != (r.Refresh == "") {
		return Login{}, Fail(CodePayload, "the token is not one of that mode")
	}
	// A client that goes away must not cut off the question whether the person
	// is still welcome: it is asked once an interval, and the same refresh
	// token works again within the grace.
	ctx = context.WithoutCancel(ctx)
	used, err := b.use(ctx, r)
	if err != nil {
		return Login{}, err
	}
	ev := Event{AccountID: used.Account.ID, SessionID: used.Session.ID, Provider: used.Session.Provider, Client: r.Client}
	p, code, reason := b.welcome(used, r.Mode)
	if reason != "" {
		return Login{}, b.shut(ctx, ev, Fail(code, ""), reason)
	}
	a := used.Account
	if used.RecheckDue && p.Driver.Recheck != nil {
		if a, reason, err = b.recheck(ctx, p, used, ev); err != nil {
			return Login{}, err
		}
		if reason != "" {
			return Login{}, b.shut(ctx, ev, Fail(CodeCredentials, ""), reason)
		}
	}
	l, err := b.issue(used.Session, a, r.Mode, r.Access)
	if err != nil {
		return Login{}, b.unissued(ctx, ev, err)
	}
	ev.Name, ev.Reason = EventRefresh, "rotated"
	switch {
	case r.Refresh == "":
		ev.Reason = "renewed"
	case !used.Fresh:
		ev.Reason = "repeated"
	}
	b.Audit.Record(ctx, ev)
	return l, nil
}

// unissued ends the session of a person whose token has become too large: it
// would be so at every try, and one after the grace would look like theft.
func (b *Broker) unissued(ctx context.Context, ev Event, err error) error {
	if errors.Is(err, token.ErrTooLarge) {
		return b.shut(ctx, ev, err, reasonTooLarge)
	}
	return err
}

// use spends what was presented: one statement when it is good.
func (b *Broker) use(ctx context.Context, r Renewal) (Rotated, error) {
	now := b.Now()
	rotation := sessions.Rotation{
		Now: now, Grace: b.Lifetimes.Grace, Recheck: b.Lifetimes.Recheck, IdleEnds: b.idleEnds(r.Mode, now),
	}
	if r.Refresh == "" {
		c, err := b.Ring.Verify(r.Session)
		if err != nil {
			return Rotated{}, &Error{Code: CodeCredentials, Err: err}
		}
		if token.Forwarded(c.ID) {
			return Rotated{}, &Error{Code: CodeCredentials, Err: errStray}
		}
		rotation.ID = c.SessionID
		used, err := b.Sessions.Touch(ctx, rotation)
		return used, b.notUsed(ctx, r, rotation, err)
	}
	var err error
	if rotation.ID, rotation.Generation, err = b.refresh.Parse(r.Refresh); err != nil {
		b.Audit.Record(ctx, Event{Name: EventRefreshDenied, Reason: "malformed", Client: r.Client})
		return Rotated{}, err
	}
	if r.Mode == sessions.ModeStatic {
		used, err := b.touchStatic(ctx, rotation)
		return used, b.notUsed(ctx, r, rotation, err)
	}
	used, err := b.Sessions.Rotate(ctx, rotation)
	return used, b.notUsed(ctx, r, rotation, err)
}

// touchStatic uses a refresh token that stays as it is. One of a session that
// rotates is not taken: it would never be found out to have been copied.
func (b *Broker) touchStatic(ctx context.Context, r sessions.Rotation) (Rotated, error) {
	used, err := b.Sessions.Touch(ctx, r)
	if err == nil && (used.Session.Mode != sessions.ModeStatic || used.Session.Generation != r.Generation) {
		return Rotated{}, sessions.ErrNotFound
	}
	return used, err
}

// notUsed finds out why a rotation failed: a session that has moved past the
// presented generation means that two people hold its tokens, and ends.
func (b *Broker) notUsed(ctx context.Context, r Renewal, rot sessions.Rotation, err error) error {
	if err == nil {
		return nil
	}
	if !errors.Is(err, sessions.ErrNotFound) {
		return fmt.Errorf("use session: %w", err)
	}
	ev := Event{Name: EventRefreshDenied, Reason: "ended", SessionID: rot.ID, Client: r.Client}
	s, a, found := b.Sessions.Find(ctx, rot.ID, rot.Now)
	if found == nil {
		ev.AccountID, ev.Provider, ev.Reason = a.ID, s.Provider, "generation"
	}
	if found == nil && r.Refresh != "" && s.Generation > rot.Generation {
		ev.Name, ev.Reason = EventReuse, "old_refresh_token"
		if _, err := b.Sessions.End(ctx, rot.ID, "reuse", rot.Now); err != nil {
			return fmt.Errorf("end reused session: %w", err)
		}
	}
	b.Audit.Record(ctx, ev)
	return fmt.Errorf("use session: %w", err)
}

// welcome says why a live session may not go on; the reason is empty when it
// may.
func (b *Broker) welcome(u Rotated, m sessions.Mode) (p *provider, code Code, reason string) {
	p = b.door.Load().byRealm[u.Session.Provider]
	switch {
	case u.Account.Status == Suspended:
		return nil, CodeSuspended, "status_suspended"
	case u.Account.Status != Active:
		return nil, CodeCredentials, "status_" + string(u.Account.Status)
	case p == nil || p.Disabled:
		return nil, CodeCredentials, "provider_removed"
	case u.Identity.Subject == "":
		return nil, CodeCredentials, "identity_removed"
	case p.MFA == MFARequired && !twofold(u.Session.AMR):
		return nil, CodeCredentials, "second_factor_required"
	case (m == sessions.ModeSession) != (u.Session.Mode == sessions.ModeSession):
		// Every service that is called sees an access token of the other modes:
		// in a cookie it would become one that renews itself for weeks.
		return nil, CodeCredentials, "mode_changed"
	}
	return p, "", ""
}

// shut ends a session that may not go on, and returns answer.
func (b *Broker) shut(ctx context.Context, ev Event, answer error, reason string) error {
	if _, err := b.Sessions.End(ctx, ev.SessionID, reason, b.Now()); err != nil {
		return fmt.Errorf("end session (%s): %w", reason, err)
	}
	ev.Name, ev.Reason = EventSessionEnd, reason
	b.Audit.Record(ctx, ev)
	return answer
}

// recheck asks the provider whether the person is still welcome and takes over
// what it says. A provider that cannot say changes nothing: our own limits
// decide. A non-empty reason ends the session; an error is a fault of ours
// that leaves it alone.
func (b *Broker) recheck(ctx context.Context, p *provider, u Rotated, ev Event) (a Account, reason string, _ error) {
	a = u.Account
	upstream, err := b.unseal(u.Session)
	if err != nil {
		return a, "upstream_unreadable", nil
	}
	if len(upstream) == 0 && p.Driver.Redirect != nil {
		return a, "", nil // the provider gave nothing to ask with
	}
	asking, cancel := context.WithTimeout(ctx, recheckWithin)
	defer cancel()
	id, err := p.Driver.Recheck.Recheck(asking, u.Session.Subject, upstream)
	p.note(err, b.Now())
	switch {
	case errors.Is(err, drivers.ErrRefused), errors.Is(err, drivers.ErrCredentials):
		return a, "refused_by_provider", nil
	case err == nil && id.Subject != u.Session.Subject:
		return a, "subject_changed", nil
	case err != nil:
		ev.Name, ev.Reason, ev.Err = EventProviderDown, "recheck", err
		b.Audit.Record(ctx, ev)
		return a, "", nil
	}
	if err := b.keepUpstream(ctx, u.Session, upstream, id.Upstream); err != nil {
		return a, "", fmt.Errorf("keep upstream: %w", err)
	}
	if id.Partial {
		return a, "", nil
	}
	id.Groups = mapGroups(p.Provider, id.Groups)
	if d := Decide(Evidence{Provider: p.Provider, Identity: id, Account: &a}); d.Act != Enter {
		return a, d.Reason, nil
	}
	after, err := b.refreshAccount(ctx, entry{provider: p, identity: id}, a, u.Identity)
	if err != nil {
		return a, "", fmt.Errorf("save recheck: %w", err)
	}
	return after, "", nil
}

// Leave ends the session of a refresh token or session cookie. What is not
// ours, has ended or never was is no error: there is nothing left to end.
func (b *Broker) Leave(ctx context.Context, f Farewell) error {
	id, ok := b.sessionOf(f)
	if !ok {
		return nil
	}
	return b.LeaveSession(ctx, id, f.Client)
}

// sessionOf is the session that a farewell names.
func (b *Broker) sessionOf(f Farewell) (id string, ok bool) {
	if f.Refresh == "" {
		c, err := b.Ring.Verify(f.Session)
		return c.SessionID, err == nil
	}
	id, _, err := b.refresh.Parse(f.Refresh)
	return id, err == nil
}

// LeaveSession ends a session by its id, as our own pages do.
func (b *Broker) LeaveSession(ctx context.Context, id string, c Client) error {
	ended, err := b.Sessions.End(ctx, id, "logout", b.Now())
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if ended {
		b.Audit.Record(ctx, Event{Name: EventLogout, Reason: "asked", SessionID: id, Client: c})
	}
	return nil
}

// Whoami returns the claims of an access token whose session is alive, whose
// account is active and whose provider is there: one statement. Codes: CodeTokenMissing,
// CodeTokenExpired, CodeTokenInvalid, CodeUnavailable.
func (b *Broker) Whoami(ctx context.Context, access string) (token.Claims, error) {
	w, err := b.whose(ctx, access, Client{})
	return w.claims, err
}

// Present returns the active account of a live session whose provider is still
// there, else sessions.ErrNotFound.
func (b *Broker) Present(ctx context.Context, sessionID string) (Account, error) {
	_, a, err := b.present(ctx, sessionID)
	return a, err
}
