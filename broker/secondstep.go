package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/sessions"
)

// PassSecond goes on with a sign-in that waits for its second factor. Every try
// counts like a wrong password until it is right. Codes: CodeCredentials when
// nothing waits for this browser, CodeOTP for a code that is wrong or was used,
// CodeLimited, CodeUnavailable. With an error the Landing still says where the
// browser wanted to go.
func (b *Broker) PassSecond(ctx context.Context, s SecondStep) (Landing, error) {
	w, err := b.waiting(ctx, s, false)
	if err != nil {
		return w.landing, err
	}
	return b.pass(ctx, w, s, func() error {
		shown, err := b.spend(ctx, w.account, s.OTP, s.Client)
		if CodeOf(err) == CodeOTP && err != nil {
			b.audit(ctx, w.entry, Event{Name: EventFactorDenied, Reason: "wrong_or_used", AccountID: w.account.ID})
		}
		w.entry.amr = append(w.entry.amr, shown...)
		return err
	})
}

// waitingRoom is a sign-in that waits, as it can go on.
type waitingRoom struct {
	entry   entry
	account Account
	key     string
	landing Landing
}

// waiting finds what waits for a browser. Who enrols is told apart from who only
// shows a code: neither may do what the other one may.
func (b *Broker) waiting(ctx context.Context, s SecondStep, enrol bool) (*waitingRoom, error) {
	w := &waitingRoom{key: sessions.PendingKey(s.Pending)}
	p, err := b.Pendings.Pending(ctx, w.key, b.Now())
	if err != nil {
		return w, fmt.Errorf("find pending sign-in: %w", err)
	}
	if !p.BoundTo(s.Browser) || p.Enrol != enrol {
		return w, fmt.Errorf("another browser or step: %w", sessions.ErrNotFound)
	}
	w.landing = Landing{Mode: p.Mode, Known: true}
	w.landing.ReturnTo, _ = b.ReturnTo(p.ReturnTo)
	known := b.door.Load().byRealm[p.Provider]
	if known == nil || known.Disabled {
		return w, fmt.Errorf("provider is gone: %w", sessions.ErrNotFound)
	}
	a, _, err := b.Accounts.ByIdentity(ctx, p.Provider, p.Subject)
	if errors.Is(err, ErrNoAccount) || err == nil && (a.ID != p.AccountID || a.Epoch != p.Epoch || a.Status != Active) {
		return w, fmt.Errorf("account changed: %w", sessions.ErrNotFound)
	}
	if err != nil {
		return w, fmt.Errorf("find account: %w", err)
	}
	w.account = a
	w.entry = entry{
		provider: known, client: s.Client, mode: p.Mode, amr: slices.Clone(p.AMR), counted: true,
		identity: drivers.Identity{Subject: p.Subject, Session: p.UpstreamID},
	}
	if len(p.Upstream) > 0 {
		w.entry.identity.Upstream, err = b.Sealer.Open(sealUpstream, p.Key, p.Upstream)
	}
	return w, err
}

// pass counts a try at the second factor, has it judged, and begins the session
// when it is right.
func (b *Broker) pass(ctx context.Context, w *waitingRoom, s SecondStep, judge func() error) (Landing, error) {
	standing, err := b.Accounts.Enter(ctx, Attempt{AccountID: w.account.ID, Now: b.Now(), Lockout: b.Lockout})
	if err != nil {
		if errors.Is(err, ErrLocked) {
			b.audit(ctx, w.entry, Event{Name: EventLoginLocked, Reason: "locked", AccountID: w.account.ID, Err: err})
		}
		return w.landing, fmt.Errorf("count attempt: %w", err)
	}
	w.entry.standing = standing
	if err := judge(); err != nil {
		if code := CodeOf(err); code != CodeOTP && code != CodeCredentials {
			_ = b.giveBack(ctx, standing.Bucket)
		}
		return w.landing, err
	}
	if _, err := b.Pendings.TakePending(ctx, w.key, b.Now()); err != nil {
		return w.landing, fmt.Errorf("take pending sign-in: %w", err)
	}
	// The account may have changed with the factor that was just set up.
	a, _, err := b.Accounts.ByIdentity(ctx, w.entry.provider.Realm(), w.entry.identity.Subject)
	if err != nil {
		return w.landing, fmt.Errorf("find account: %w", err)
	}
	l, err := b.begin(ctx, w.entry, a)
	if err != nil {
		return w.landing, err
	}
	b.audit(ctx, w.entry, Event{Name: EventLogin, Reason: "second_factor", AccountID: a.ID, SessionID: l.SessionID})
	w.landing.Login = l
	return w.landing, nil
}
