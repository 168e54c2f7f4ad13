package broker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/signet-sso/signet/broker"
	"github.com/signet-sso/signet/broker/token"
	"github.com/signet-sso/signet/drivers"
	"github.com/signet-sso/signet/drivers/local"
	"github.com/signet-sso/signet/sessions"
)

func TestCodeOf(t *testing.T) {
	for err, want := range map[error]broker.Code{
		drivers.ErrCredentials:                        broker.CodeCredentials,
		drivers.ErrRefused:                            broker.CodeCredentials,
		drivers.ErrReply:                              broker.CodeCredentials,
		drivers.ErrUnavailable:                        broker.CodeUnavailable,
		sessions.ErrNotFound:                          broker.CodeCredentials,
		sessions.ErrToken:                             broker.CodeCredentials,
		token.ErrExpired:                              broker.CodeTokenExpired,
		token.ErrInvalid:                              broker.CodeTokenInvalid,
		broker.ErrStoreDown:                           broker.CodeUnavailable,
		broker.LockedError{}:                          broker.CodeLimited,
		context.DeadlineExceeded:                      broker.CodeUnavailable,
		errors.New("x"):                               broker.CodeInternal,
		broker.Fail(broker.CodePayload, "y"):          broker.CodePayload,
		errors.Join(errors.New("x"), broker.ErrTaken): broker.CodeConflict,
	} {
		if got := broker.CodeOf(fmt.Errorf("somewhere: %w", err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what string
		err  error
		want time.Duration
		ok   bool
	}{
		{"a lock says its end", fmt.Errorf("x: %w", broker.LockedError{Until: now.Add(time.Minute)}), time.Minute, true},
		{"a lock that ends now says a second", broker.LockedError{Until: now}, time.Second, true},
		{"a full queue says its own time", fmt.Errorf("x: %w", local.BusyError{Retry: 2 * time.Second}), 2 * time.Second, true},
		{"a dead database says something", broker.ErrStoreDown, 5 * time.Second, true},
		{"a wrong password says nothing", drivers.ErrCredentials, 0, false},
	} {
		if got, ok := broker.RetryAfter(c.err, now); got != c.want || ok != c.ok {
			t.Errorf("%s: got %s, %v; want %s, %v", c.what, got, ok, c.want, c.ok)
		}
	}
}
