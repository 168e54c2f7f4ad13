package pages

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// goodToken is in a letter of every purpose until it is used, and was sent to
// adaAddress.
const (
	goodToken  = "Vh3-gOod_t0ken-of-a-letter-000000000000000000"
	adaAddress = "ada@example.org"
	// weakPassword is refused by the policy.
	weakPassword = "password password"
)

// fakeMembers has letters out for Ada and keeps what it was asked.
type fakeMembers struct {
	open    bool
	rules   broker.HouseRules
	refused error // what every question about accounts answers
	blind   error // what every look at a letter answers

	registered []broker.Registration
	resets     []broker.ResetRequest
	passwords  []broker.NewPassword
	proofs     []string // purpose and token
	used       map[broker.Purpose]bool
}

func (m *fakeMembers) RegistrationOpen() bool        { return m.open }
func (m *fakeMembers) HouseRules() broker.HouseRules { return m.rules }

func (m *fakeMembers) Register(_ context.Context, r broker.Registration) error {
	m.registered = append(m.registered, r)
	return m.judge(r.Password)
}

func (m *fakeMembers) RequestReset(_ context.Context, r broker.ResetRequest) error {
	m.resets = append(m.resets, r)
	if r.Email == "nonsense" {
		return broker.Fail(broker.CodePayload, "the e-mail address is malformed")
	}
	return m.refused
}

func (m *fakeMembers) Peek(_ context.Context, p broker.Purpose, token string) (string, error) {
	if token != goodToken || m.used[p] {
		return "", broker.ErrTicket
	}
	return adaAddress, m.blind
}

func (m *fakeMembers) ConfirmAddress(_ context.Context, p broker.Proof) error {
	return m.redeem(broker.PurposeConfirm, p.Token)
}

func (m *fakeMembers) ConfirmEmail(_ context.Context, p broker.Proof) error {
	return m.redeem(broker.PurposeEmail, p.Token)
}

func (m *fakeMembers) ResetPassword(_ context.Context, n broker.NewPassword) error {
	if err := m.judge(n.Password); err != nil {
		return err
	}
	m.passwords = append(m.passwords, n)
	err := m.redeem(broker.PurposeReset, n.Token)
	if err == nil {
		m.used[broker.PurposeInvite] = true
	}
	return err
}

func (m *fakeMembers) judge(password string) error {
	if password == weakPassword {
		return broker.Fail(broker.CodePayload, "the password is one of the most common ones")
	}
	return m.refused
}

func (m *fakeMembers) redeem(p broker.Purpose, token string) error {
	if m.refused != nil {
		return m.refused
	}
	if token != goodToken || m.used[p] {
		return broker.ErrTicket
	}
	m.proofs = append(m.proofs, string(p)+" "+token)
	if m.used == nil {
		m.used = map[broker.Purpose]bool{}
	}
	m.used[p] = true
	return nil
}
