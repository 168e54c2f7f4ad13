package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/sessions"
)

// The authentication methods that a second factor adds (RFC 8176).
const (
	amrOTP = "otp" // a code of an authenticator
	amrMFA = "mfa" // more than one factor
)

// sealFactor names the key under which seeds are sealed, for one account each.
const sealFactor = "factor seed"

// twofold reports a sign-in with more than one factor.
func twofold(amr []string) bool { return slices.Contains(amr, amrMFA) }

// second asks for the second factor of a person whose first one is proven, and
// adds to the entry's methods what was shown. A person who has still to show one
// gets a [SecondFactorError].
func (b *Broker) second(ctx context.Context, e *entry, a Account) error {
	p := e.provider
	switch {
	case p.MFA == MFAOff:
		return nil
	case b.vouchedTwice(*e):
		if !twofold(e.amr) {
			e.amr = append(e.amr, amrMFA)
		}
		return nil
	case !a.SecondFactor && p.MFA != MFARequired:
		return nil
	case !a.SecondFactor || e.otp == "":
		return b.wait(ctx, *e, a)
	}
	shown, err := b.spend(ctx, a, e.otp, e.client)
	if err != nil {
		if CodeOf(err) == CodeOTP {
			b.audit(ctx, *e, Event{Name: EventFactorDenied, Reason: "wrong_or_used", AccountID: a.ID})
		}
		return err
	}
	e.amr = append(slices.Clone(e.amr), shown...)
	return nil
}

// vouchedTwice reports that the provider itself saw a second factor that the
// configuration accepts.
func (b *Broker) vouchedTwice(e entry) bool {
	return slices.ContainsFunc(e.provider.MFAAccept, func(want string) bool {
		return want == e.identity.ACR || slices.Contains(e.identity.AMR, want)
	})
}

// spend uses up a code of a person's second factor and returns the methods that
// it stands for. Its code is CodeOTP for one that is wrong or was used.
func (b *Broker) spend(ctx context.Context, a Account, otp string, c Client) (amr []string, err error) {
	if hash, ok := factor.HashRecovery(a.ID, otp); ok {
		letters, err := b.notice(LetterRecoveryUsed, a, c)
		if err != nil {
			return nil, err
		}
		if err := b.Factors.SpendCode(ctx, a.ID, hash, letters); err != nil {
			return nil, misspent(err)
		}
		b.Audit.Record(ctx, Event{Name: EventRecoveryUsed, Reason: "asked", AccountID: a.ID, Client: c})
		return []string{amrMFA}, nil
	}
	f, err := b.Factors.Factor(ctx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("find factor: %w", err)
	}
	seed, err := b.Sealer.Open(sealFactor, a.ID, f.Seed)
	if err != nil {
		return nil, fmt.Errorf("open seed of %s: %w", a.ID, err)
	}
	step, ok := factor.Match(seed, otp, b.Now())
	if !ok {
		return nil, Fail(CodeOTP, "")
	}
	if err := b.Factors.SpendStep(ctx, a.ID, step); err != nil {
		return nil, misspent(err)
	}
	return []string{amrOTP, amrMFA}, nil
}

// misspent is the answer to a code that was used before.
func misspent(err error) error {
	if errors.Is(err, ErrSpent) {
		return &Error{Code: CodeOTP, Err: err}
	}
	return fmt.Errorf("spend code: %w", err)
}

// wait keeps a sign-in until its second factor is shown, if it has a browser
// that can come back with it.
func (b *Broker) wait(ctx context.Context, e entry, a Account) error {
	out := &SecondFactorError{Enrol: !a.SecondFactor}
	if e.browser == "" {
		return out
	}
	secret, err := sessions.NewPendingSecret(b.Random)
	if err != nil {
		return fmt.Errorf("keep pending sign-in: %w", err)
	}
	p := sessions.Pending{
		Key: sessions.PendingKey(secret), AccountID: a.ID, Epoch: a.Epoch, Enrol: out.Enrol,
		Provider: e.provider.Realm(), Subject: e.identity.Subject, AMR: e.amr, Mode: e.mode, ReturnTo: e.returnTo,
		UpstreamID: e.identity.Session, Expires: b.Now().Add(sessions.PendingLife),
	}
	p.Bind(e.browser)
	if len(e.identity.Upstream) > 0 {
		if p.Upstream, err = b.Sealer.Seal(sealUpstream, p.Key, e.identity.Upstream); err != nil {
			return fmt.Errorf("keep pending sign-in: %w", err)
		}
	}
	if err := b.Pendings.PutPending(ctx, p); err != nil {
		return fmt.Errorf("keep pending sign-in: %w", err)
	}
	out.Pending = secret
	return out
}
