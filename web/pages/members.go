package pages

import (
	"context"

	"github.com/signet-sso/signet/broker"
)

// Members is what people ask who are not signed in; see the methods of the same
// names in package broker for their rules.
type Members interface {
	RegistrationOpen() bool
	HouseRules() broker.HouseRules
	Register(ctx context.Context, r broker.Registration) error
	RequestReset(ctx context.Context, r broker.ResetRequest) error
}

// Letters is what the links in letters lead to; see the methods of the same
// names in package broker for their rules.
type Letters interface {
	Peek(ctx context.Context, p broker.Purpose, token string) (email string, err error)
	ConfirmAddress(ctx context.Context, p broker.Proof) error
	ConfirmEmail(ctx context.Context, p broker.Proof) error
	ResetPassword(ctx context.Context, n broker.NewPassword) error
}

// Seconds goes on with sign-ins that wait for a second factor; see the methods
// of the same names in package broker for their rules.
type Seconds interface {
	PassSecond(ctx context.Context, s broker.SecondStep) (broker.Landing, error)
	ProposeSecond(ctx context.Context, s broker.SecondStep) (broker.Enrolment, error)
	ConfirmSecond(ctx context.Context, s broker.SecondStep) (l broker.Landing, codes []string, err error)
}

var (
	_ Members = (*broker.Broker)(nil)
	_ Letters = (*broker.Broker)(nil)
	_ Seconds = (*broker.Broker)(nil)
)
