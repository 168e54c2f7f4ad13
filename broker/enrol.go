package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/signet-sso/signet/broker/factor"
)

// proposalLife is how long a seed waits for its first code.
const proposalLife = 10 * time.Minute

// proposal is a seed that waits, as it is sealed.
type proposal struct {
	Seed []byte    `json:"seed"`
	At   time.Time `json:"at"`
}

// ProposeTOTP makes a second factor for the person with an access token, which
// counts from its first code on; Password is asked for. Codes: those of
// [Broker.Whoami], CodeCredentials for a wrong password, CodeForbidden where
// there is no password and the sign-in is too old, CodeConflict when there is a
// second factor already, CodeLimited.
func (b *Broker) ProposeTOTP(ctx context.Context, q Asked) (Enrolment, error) {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return Enrolment{}, err
	}
	if err := b.prove(ctx, w, q.Password, w.event(EventFactorDenied, "wrong_password")); err != nil {
		return Enrolment{}, err
	}
	return b.propose(ctx, w.account)
}

// propose keeps a new seed for an account and shows it.
func (b *Broker) propose(ctx context.Context, a Account) (Enrolment, error) {
	seed, err := factor.NewSeed(b.Random)
	if err != nil {
		return Enrolment{}, err
	}
	plain, err := json.Marshal(proposal{seed, b.Now()})
	if err != nil {
		return Enrolment{}, err
	}
	sealed, err := b.Sealer.Seal(sealFactor+" proposed", a.ID, plain)
	if err != nil {
		return Enrolment{}, err
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		if now.SecondFactor {
			return Deed{}, Fail(CodeConflict, "there is a second factor already; remove it first")
		}
		return Deed{Factor: FactorChange{Propose: sealed}}, nil
	}})
	if err != nil {
		return Enrolment{}, fmt.Errorf("propose factor: %w", err)
	}
	e := Enrolment{Secret: factor.Secret(seed), URL: factor.URL(seed, b.Host(), or(localName(a), a.ID))}
	e.QR, err = factor.QR(e.URL)
	return e, err
}

// ConfirmTOTP shows the first code of a second factor that was proposed. From
// then on it is asked for, and the person's other sessions, which began without
// it, have ended. The recovery codes are returned this once. Codes: those of
// [Broker.Whoami], CodeOTP, CodeConflict when there is nothing to confirm.
func (b *Broker) ConfirmTOTP(ctx context.Context, q Asked) (codes []string, err error) {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return nil, err
	}
	ev := w.event(EventFactorDenied, "wrong_code")
	err = b.counted(ctx, w.account.ID, ev, func() (err error) {
		codes, err = b.confirmFactor(ctx, w.account, q.OTP, w.session.ID, q.Client)
		return err
	})
	return codes, err
}

// confirmFactor makes the proposed factor of an account its own.
func (b *Broker) confirmFactor(ctx context.Context, a Account, otp, keep string, c Client) ([]string, error) {
	f, err := b.Factors.Factor(ctx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("find factor: %w", err)
	}
	seed, err := b.proposed(a.ID, f)
	if err != nil {
		return nil, err
	}
	step, ok := factor.Match(seed, otp, b.Now())
	if !ok {
		return nil, Fail(CodeOTP, "")
	}
	codes, hashes, err := b.recoveryCodes(a.ID)
	if err != nil {
		return nil, err
	}
	sealed, err := b.Sealer.Seal(sealFactor, a.ID, seed)
	if err != nil {
		return nil, err
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: a.ID, Now: b.Now(), Change: func(now *Account, _ Ticket) (Deed, error) {
		if now.SecondFactor {
			return Deed{}, Fail(CodeConflict, "there is a second factor already")
		}
		letters, err := b.notice(LetterFactorAdded, *now, c)
		now.SecondFactor, now.Updated = true, b.Now()
		return Deed{
			// A sign-in that began without it must not end in a session.
			Renew:   true,
			Factor:  FactorChange{Propose: sealed, Confirm: true, Step: step, Codes: hashes},
			Letters: letters, EndSessions: true, Keep: keep, Reason: "second_factor_added",
		}, err
	}})
	if err != nil {
		return nil, fmt.Errorf("confirm factor: %w", err)
	}
	b.Audit.Record(ctx, Event{Name: EventFactor, Reason: "totp", AccountID: a.ID, SessionID: keep, Client: c})
	return codes, nil
}

// proposed opens the seed that waits for its first code.
func (b *Broker) proposed(accountID string, f Factor) ([]byte, error) {
	nothing := Fail(CodeConflict, "there is nothing to confirm; begin again")
	if len(f.Proposed) == 0 {
		return nil, nothing
	}
	plain, err := b.Sealer.Open(sealFactor+" proposed", accountID, f.Proposed)
	if err != nil {
		return nil, fmt.Errorf("open proposed seed of %s: %w", accountID, err)
	}
	var p proposal
	if err := json.Unmarshal(plain, &p); err != nil {
		return nil, fmt.Errorf("read proposed seed of %s: %w", accountID, err)
	}
	if age := b.Now().Sub(p.At); age > proposalLife {
		return nil, nothing
	}
	return p.Seed, nil
}

func (b *Broker) recoveryCodes(accountID string) (codes, hashes []string, err error) {
	if codes, err = factor.NewRecoveryCodes(b.Random); err != nil {
		return nil, nil, err
	}
	for _, code := range codes {
		hash, ok := factor.HashRecovery(accountID, code)
		if !ok {
			return nil, nil, errors.New("a new recovery code is malformed")
		}
		hashes = append(hashes, hash)
	}
	return codes, hashes, nil
}

// RemoveTOTP takes the second factor away from the person with an access token;
// Password and OTP are asked for. Codes: those of [Broker.Whoami],
// CodeCredentials for a wrong password, CodeOTP, CodeConflict when there is
// none, CodeForbidden, CodeLimited.
func (b *Broker) RemoveTOTP(ctx context.Context, q Asked) error {
	w, err := b.twice(ctx, q)
	if err != nil {
		return err
	}
	return b.dropFactor(ctx, w)
}

// RenewRecoveryCodes replaces the recovery codes of the person with an access
// token; it asks for and answers what [Broker.RemoveTOTP] does.
func (b *Broker) RenewRecoveryCodes(ctx context.Context, q Asked) (codes []string, err error) {
	w, err := b.twice(ctx, q)
	if err != nil {
		return nil, err
	}
	codes, hashes, err := b.recoveryCodes(w.account.ID)
	if err != nil {
		return nil, err
	}
	_, err = b.Amendments.Amend(ctx, Amendment{AccountID: w.account.ID, Now: b.Now(), Change: func(a *Account, _ Ticket) (Deed, error) {
		if !a.SecondFactor {
			return Deed{}, Fail(CodeConflict, "there is no second factor")
		}
		return Deed{Factor: FactorChange{Codes: hashes}}, nil
	}})
	if err != nil {
		return nil, fmt.Errorf("renew recovery codes: %w", err)
	}
	b.Audit.Record(ctx, w.event(EventRecoveryCodes, "asked"))
	return codes, nil
}

// twice has a person prove both factors under one attempt.
func (b *Broker) twice(ctx context.Context, q Asked) (someone, error) {
	w, err := b.whose(ctx, q.Access, q.Client)
	if err != nil {
		return w, err
	}
	if !w.account.SecondFactor {
		return w, Fail(CodeConflict, "there is no second factor")
	}
	err = b.proveWith(ctx, w, q.Password, w.event(EventFactorDenied, "wrong_password_or_code"), func() error {
		_, err := b.spend(ctx, w.account, q.OTP, q.Client)
		return err
	})
	return w, err
}

// ProposeSecond makes the second factor that a sign-in waits for, where the
// provider requires one and the person has none. Codes: those of
// [Broker.PassSecond].
func (b *Broker) ProposeSecond(ctx context.Context, s SecondStep) (Enrolment, error) {
	w, err := b.waiting(ctx, s, true)
	if err != nil {
		return Enrolment{}, err
	}
	return b.propose(ctx, w.account)
}

// ConfirmSecond shows the first code of the factor that [Broker.ProposeSecond]
// made, ends the wait, and returns the recovery codes this once. Codes: those of
// [Broker.PassSecond], CodeConflict when the proposal is too old.
func (b *Broker) ConfirmSecond(ctx context.Context, s SecondStep) (l Landing, codes []string, err error) {
	w, err := b.waiting(ctx, s, true)
	if err != nil {
		return w.landing, nil, err
	}
	l, err = b.pass(ctx, w, s, func() (err error) {
		codes, err = b.confirmFactor(ctx, w.account, s.OTP, "", s.Client)
		w.entry.amr = append(w.entry.amr, amrOTP, amrMFA)
		return err
	})
	if err != nil {
		return l, nil, err
	}
	return l, codes, nil
}
