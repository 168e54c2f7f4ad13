package pages

import (
	"context"
	"fmt"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/factor"
	"github.com/signet-sso/signet/sessions"
)

const (
	rightCode    = "123456"
	rightCodeToo = "abcd-efgh-ijkl-mnop" // a recovery code
	pendingToken = "pending-pending-pending-pending-pending-000"
)

// fakeSeconds asks for a second factor where it is told to.
type fakeSeconds struct {
	second, enrol bool
	wrong         error // what every code answers

	waiting  *broker.Credentials
	steps    []broker.SecondStep
	proposed int
}

// secondFor returns what a right password is answered with; nil for a login.
func (b *fakeBroker) secondFor(c broker.Credentials) error {
	if !b.second {
		return nil
	}
	b.waiting = &c
	return &broker.SecondFactorError{Pending: pendingToken, Enrol: b.enrol}
}

// passes judges a step as the broker does.
func (b *fakeBroker) passes(s broker.SecondStep) (broker.Landing, error) {
	b.steps = append(b.steps, s)
	if b.waiting == nil || s.Pending != pendingToken || s.Browser == "" || s.Browser != b.waiting.Browser {
		return broker.Landing{}, fmt.Errorf("nothing waits: %w", sessions.ErrNotFound)
	}
	l := broker.Landing{ReturnTo: b.waiting.ReturnTo, Mode: b.waiting.Mode, Known: true}
	if b.wrong != nil {
		return l, b.wrong
	}
	if s.OTP != rightCode && s.OTP != rightCodeToo {
		return l, broker.Fail(broker.CodeOTP, "")
	}
	l.Login = b.login(people[b.waiting.Login], l.Mode)
	b.waiting = nil
	return l, nil
}

func (b *fakeBroker) PassSecond(_ context.Context, s broker.SecondStep) (broker.Landing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.passes(s)
}

func (b *fakeBroker) ProposeSecond(_ context.Context, s broker.SecondStep) (broker.Enrolment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil || s.Browser != b.waiting.Browser || s.Pending != pendingToken {
		return broker.Enrolment{}, sessions.ErrNotFound
	}
	b.proposed++
	return proposal()
}

func (b *fakeBroker) ConfirmSecond(_ context.Context, s broker.SecondStep) (broker.Landing, []string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proposed == 0 {
		return broker.Landing{}, nil, broker.Fail(broker.CodeConflict, "there is nothing to confirm")
	}
	l, err := b.passes(s)
	if err != nil {
		return l, nil, err
	}
	var codes []string
	for i := range 10 {
		codes = append(codes, fmt.Sprintf("abcd-efgh-ijkl-mno%d", i))
	}
	return l, codes, nil
}

// Begin sends browsers nowhere; see Finish.
func (b *fakeBroker) Begin(context.Context, broker.Departure) (string, error) {
	return "https://idp.example.org/", nil
}

// Finish answers as if Ada came back, who has been asked with her errand in
// the reply.
func (b *fakeBroker) Finish(_ context.Context, a broker.Arrival) (broker.Landing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := broker.Landing{ReturnTo: a.Reply.Get("to"), Mode: sessions.Mode(a.Reply.Get("mode")), Known: true}
	c := broker.Credentials{Login: "ada", Mode: l.Mode, ReturnTo: l.ReturnTo, Browser: a.Browser}
	if need := b.secondFor(c); need != nil {
		return l, need
	}
	l.Login = b.login(people["ada"], l.Mode)
	return l, nil
}

func (b *fakeBroker) SessionOf(string) string { return "" }

// proposal is what a real broker shows of a secret that does not matter.
func proposal() (broker.Enrolment, error) {
	seed := []byte("ABCDEFGHIJKLMNOPQRST")
	e := broker.Enrolment{Secret: factor.Secret(seed), URL: factor.URL(seed, "sso.example.org", "ada")}
	var err error
	e.QR, err = factor.QR(e.URL)
	return e, err
}
