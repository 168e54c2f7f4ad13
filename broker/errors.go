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

// Code is what a client may know about a failure. Each wire profile has one
// table from code to status and body.
type Code string

// The codes.
const (
	CodeCredentials      Code = "credentials"   // every failed sign-in or refresh, whatever the cause
	CodeOTP              Code = "otp"           // a second factor is missing or wrong, after a right password
	CodeSuspended        Code = "suspended"     // the account was suspended since sign-in
	CodePayload          Code = "payload"       // the request is malformed
	CodeMediaType        Code = "media_type"    // the body is of a type we do not read
	CodeTooLarge         Code = "too_large"     // the body is larger than we read
	CodeTokenMissing     Code = "token_missing" // no token was presented
	CodeTokenExpired     Code = "token_expired" // ours, correctly signed, expired
	CodeTokenInvalid     Code = "token_invalid" // any other bad token
	CodeNoProvider       Code = "no_provider"   // no such provider, or not for this verb
	CodeProviderDisabled Code = "provider_disabled"
	CodeForbidden        Code = "forbidden"
	CodeCrossSite        Code = "cross_site" // a cross-site request that would have acted
	CodeNotFound         Code = "not_found"
	CodeMethod           Code = "method"
	CodeConflict         Code = "conflict"
	CodeLimited          Code = "limited" // too many requests or attempts
	CodeUnavailable      Code = "unavailable"
	CodeInternal         Code = "internal"
)

// Codes lists every code, for tests that walk all of them.
func Codes() []Code {
	return []Code{
		CodeCredentials, CodeOTP, CodeSuspended, CodePayload, CodeMediaType, CodeTooLarge,
		CodeTokenMissing, CodeTokenExpired, CodeTokenInvalid, CodeNoProvider, CodeProviderDisabled,
		CodeForbidden, CodeCrossSite, CodeNotFound, CodeMethod, CodeConflict, CodeLimited,
		CodeUnavailable, CodeInternal,
	}
}

// Error is a failure with its code. Reason may be shown to the client, so it
// holds nothing internal and nothing that the client sent; Err is for the log.
type Error struct {
	Code   Code
	Reason string
	Retry  time.Duration // for CodeLimited and CodeUnavailable: when to come again
	Err    error
}

// Error is for the log, never for a client.
func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Reason != "":
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Reason, e.Err)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	case e.Reason != "":
		return fmt.Sprintf("%s: %s", e.Code, e.Reason)
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail returns an error of a code with a reason the client may read.
func Fail(code Code, reason string) error { return &Error{Code: code, Reason: reason} }

// CodeOf classifies any error; it is the only place that does.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return CodeInternal
}

// classes is asked in order: the first match rules.
var classes = []struct {
	err  error
	code Code
}{
	{ErrLocked, CodeLimited},
	{ErrStoreDown, CodeUnavailable},
	{drivers.ErrUnavailable, CodeUnavailable},
	{context.DeadlineExceeded, CodeUnavailable},
	{context.Canceled, CodeUnavailable},
	{drivers.ErrCredentials, CodeCredentials},
	{drivers.ErrRefused, CodeCredentials},
	{drivers.ErrReply, CodeCredentials},
	{sessions.ErrNotFound, CodeCredentials},
	{sessions.ErrToken, CodeCredentials},
	{token.ErrExpired, CodeTokenExpired},
	{token.ErrInvalid, CodeTokenInvalid},
	{ErrTicket, CodeTokenInvalid},
	{ErrQuota, CodeLimited},
	{ErrNoAccount, CodeNotFound},
	{ErrTaken, CodeConflict},
	{ErrStale, CodeCredentials},
	{ErrLastAdmin, CodeForbidden},
	{ErrNoMerge, CodeNotFound},
	{ErrNotMergeable, CodePayload},
	{ErrPlace, CodePayload},
}

// RetryAfter returns how long a client should wait before it comes again, and
// false when waiting does not help.
func RetryAfter(err error, now time.Time) (time.Duration, bool) {
	var e *Error
	if errors.As(err, &e) && e.Retry > 0 {
		return e.Retry, true
	}
	var l LockedError
	if errors.As(err, &l) {
		return max(l.Until.Sub(now), time.Second), true
	}
	var busy interface{ RetryAfter() time.Duration } // a driver that knows
	if errors.As(err, &busy) && busy.RetryAfter() > 0 {
		return busy.RetryAfter(), true
	}
	if c := CodeOf(err); c == CodeLimited || c == CodeUnavailable {
		return 5 * time.Second, true
	}
	return 0, false
}
