package drivers

import (
	"context"
	"time"
)

// BearerReader reads access tokens that the provider gave to somebody else and
// that are presented to us instead of a sign-in.
//
// ReadBearer checks all that makes the token good for us: its signature or what
// the provider says of it (RFC 7662), its issuer, its times, and that it was
// made for one of the audiences that the operator named. It answers
// ErrCredentials for a token that is not, ErrRefused for a person who may not
// enter, and ErrUnavailable when the provider has to be asked and cannot answer.
// It keeps no answers: its caller does. It is safe for concurrent use, ends with
// ctx, and never writes the token anywhere.
type BearerReader interface {
	// Issued reports whether a token could be the provider's, without a network
	// call: a JWT says whose it is. It promises nothing.
	Issued(token string) bool
	ReadBearer(ctx context.Context, token string) (Bearer, error)
}

// Bearer is whose an access token is. Identity is what a sign-in would have
// said, without Upstream and Session.
type Bearer struct {
	Identity Identity
	Expires  time.Time // never zero
}
