package apitest

import (
	"context"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/sessions"
)

// What a [Broker] takes for good besides [Password].
const (
	Ticket = "a-good-ticket" // of every letter
	OTP    = "123456"        // of every second factor
)

// RegistrationOpen implements what pages ask.
func (b *Broker) RegistrationOpen() bool { return true }

// Register implements what api and pages ask.
func (b *Broker) Register(_ context.Context, r broker.Registration) error {
	if _, ok := broker.ParseEmail(r.Email); !ok {
		return broker.Fail(broker.CodePayload, "the e-mail address is malformed")
	}
	return b.note(r)
}

// ConfirmAddress implements what api and pages ask.
func (b *Broker) ConfirmAddress(_ context.Context, p broker.Proof) error { return b.ticket(p.Token, p) }

// ConfirmEmail implements what api and pages ask.
func (b *Broker) ConfirmEmail(_ context.Context, p broker.Proof) error { return b.ticket(p.Token, p) }

// ResendConfirmation implements what api asks.
func (b *Broker) ResendConfirmation(_ context.Context, email string, _ broker.Client) error {
	return b.note(email)
}

// RequestReset implements what api and pages ask.
func (b *Broker) RequestReset(_ context.Context, r broker.ResetRequest) error { return b.note(r) }

// ResetPassword implements what api and pages ask.
func (b *Broker) ResetPassword(_ context.Context, n broker.NewPassword) error {
	return b.ticket(n.Token, n)
}

// Peek implements what pages ask.
func (b *Broker) Peek(_ context.Context, _ broker.Purpose, token string) (string, error) {
	return "admin@example.com", b.ticket(token, nil)
}

// ticket says whether a token is good, and notes what was asked with it.
func (b *Broker) ticket(token string, asked any) error {
	if token != Ticket {
		return broker.ErrTicket
	}
	return b.note(asked)
}

// Asked are the questions of members that were granted, as the broker got them.
func (b *Broker) Asked() []any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]any(nil), b.asked...)
}

func (b *Broker) note(asked any) error {
	err := b.enter()
	defer b.mu.Unlock()
	if err == nil && asked != nil {
		b.asked = append(b.asked, asked)
	}
	return err
}

// known notes what a person asks who is signed in and gives the right password.
func (b *Broker) known(ctx context.Context, access, password string, asked any) error {
	if _, err := b.Whoami(ctx, access); err != nil {
		return err
	}
	if password != Password {
		return broker.Fail(broker.CodeCredentials, "")
	}
	return b.note(asked)
}

// ChangePassword implements what api asks.
func (b *Broker) ChangePassword(ctx context.Context, q broker.PasswordChange) error {
	return b.known(ctx, q.Access, q.Current, q)
}

// ChangeProfile implements what api asks.
func (b *Broker) ChangeProfile(ctx context.Context, q broker.ProfileChange) (broker.Account, error) {
	a := broker.Account{ID: "6c1d0f3e-3f0a-4b5f-9c57-0a4e3c0e5a11", Email: "admin@example.com"}
	if q.GivenName != nil {
		a.GivenName = *q.GivenName
	}
	return a, b.known(ctx, q.Access, Password, q)
}

// ChangeEmail implements what api asks.
func (b *Broker) ChangeEmail(ctx context.Context, q broker.EmailChange) error {
	return b.known(ctx, q.Access, q.Current, q)
}

// ProposeTOTP implements what api asks.
func (b *Broker) ProposeTOTP(ctx context.Context, q broker.Asked) (broker.Enrolment, error) {
	return broker.Enrolment{
		Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", URL: "otpauth://totp/sso.example.org:admin?issuer=sso.example.org", QR: []byte("\x89PNG"),
	}, b.known(ctx, q.Access, q.Password, q)
}

// ConfirmTOTP implements what api asks.
func (b *Broker) ConfirmTOTP(ctx context.Context, q broker.Asked) ([]string, error) {
	return []string{"abcd-efgh-ijkl-mnop"}, b.code(ctx, q, Password)
}

// RemoveTOTP implements what api asks.
func (b *Broker) RemoveTOTP(ctx context.Context, q broker.Asked) error {
	return b.code(ctx, q, q.Password)
}

// RemoveTOTPByCode implements what compat/directus asks.
func (b *Broker) RemoveTOTPByCode(ctx context.Context, q broker.Asked) error {
	return b.code(ctx, q, Password)
}

// RenewRecoveryCodes implements what api asks.
func (b *Broker) RenewRecoveryCodes(ctx context.Context, q broker.Asked) ([]string, error) {
	return []string{"abcd-efgh-ijkl-mnop"}, b.code(ctx, q, q.Password)
}

func (b *Broker) code(ctx context.Context, q broker.Asked, password string) error {
	if err := b.known(ctx, q.Access, password, nil); err != nil {
		return err
	}
	if q.OTP != OTP {
		return broker.Fail(broker.CodeOTP, "")
	}
	return b.note(q)
}

// OwnSessions implements what api asks.
func (b *Broker) OwnSessions(ctx context.Context, access string) ([]broker.OwnSession, error) {
	c, err := b.Whoami(ctx, access)
	return []broker.OwnSession{{
		Session: sessions.Session{
			ID: c.SessionID, Provider: c.Provider, UserAgent: "curl/8", Address: "192.0.2.1",
			AuthTime: Start, LastUsed: Start, IdleEnds: Start.Add(time.Hour), Ends: Start.Add(2 * time.Hour),
		},
		Label: "E-mail and password", Current: true,
	}}, err
}

// EndOwnSession implements what api asks.
func (b *Broker) EndOwnSession(ctx context.Context, access, id string, _ broker.Client) error {
	c, err := b.Whoami(ctx, access)
	if err != nil {
		return err
	}
	if id != c.SessionID {
		return broker.Fail(broker.CodeNotFound, "")
	}
	return b.LeaveSession(ctx, id, broker.Client{})
}

// EndOtherSessions implements what api asks.
func (b *Broker) EndOtherSessions(ctx context.Context, access string, _ broker.Client) error {
	return b.known(ctx, access, Password, "others")
}
