// Package drivertest is the contract of package drivers as a test suite. Every
// driver runs it unchanged, with a fixture that says whom the provider behind
// it knows:
//
//	drivertest.TestPassword(t, drivertest.PasswordFixture{Driver: d, Person: …, Unknown: "nobody"})
//
// A rule that needs something the fixture leaves out is left out as well, so a
// fixture should offer whatever its provider can do. The suite starts nothing
// and waits for no clock; only a call that hangs is given up after a while.
package drivertest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// hang is when a call counts as one that never returns. It decides about no
// rule: every honest call is long over by then.
const hang = 30 * time.Second

// Person is somebody whom the provider knows.
type Person struct {
	Login    string
	Password string
	// Subject is the provider's immutable id, as the driver reports it.
	Subject string
}

// rule is one sentence of the contract. check explains how it was broken.
type rule[F any] struct {
	name  string
	needs func(F) bool // nil when every fixture has what it takes
	check func(tb testing.TB, f F) error
}

// run holds a fixture to the rules, in order.
func run[F any](t *testing.T, rules []rule[F], f F) {
	t.Helper()
	for _, r := range rules {
		if r.needs != nil && !r.needs(f) {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			if err := r.check(t, f); err != nil {
				t.Error(err)
			}
		})
	}
}

// result is what one call answered.
type result struct {
	id  drivers.Identity
	err error
}

// errBroken marks a call that did not answer at all. It matches no sentinel.
var errBroken = errors.New("no answer")

// guarded runs a driver's call. A panic, and a call that never returns, become
// an error that is none of the contract's.
func guarded(call func() (drivers.Identity, error)) result {
	done := make(chan result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- result{err: fmt.Errorf("%w: panic: %v", errBroken, p)}
			}
		}()
		id, err := call()
		done <- result{id, err}
	}()
	give := time.NewTimer(hang)
	defer give.Stop()
	select {
	case r := <-done:
		return r
	case <-give.C:
		return result{err: fmt.Errorf("%w: the call did not return within %v", errBroken, hang)}
	}
}

// sentinels are the only answers besides an identity.
var sentinels = []error{drivers.ErrCredentials, drivers.ErrRefused, drivers.ErrReply, drivers.ErrUnavailable}

// denied checks that a call answered with want, with no other sentinel, with
// no identity, and that its text shows none of the secrets.
func (r result) denied(want error, secrets ...string) error {
	if r.err == nil {
		return fmt.Errorf("got identity %q, want %w", r.id.Subject, want)
	}
	if !errors.Is(r.err, want) {
		return fmt.Errorf("got error %q, want %q", r.err, want)
	}
	for _, s := range sentinels {
		if s != want && errors.Is(r.err, s) {
			return fmt.Errorf("got error %q, which is both %q and %q", r.err, want, s)
		}
	}
	return r.silent(secrets...)
}

// silent checks what every failure has in common: it identifies nobody and
// tells no secret.
func (r result) silent(secrets ...string) error {
	if !empty(r.id) {
		return fmt.Errorf("got identity %+v beside error %q, want none", r.id, r.err)
	}
	for _, s := range secrets {
		if len(s) >= 6 && strings.Contains(r.err.Error(), s) {
			return errors.New("the error text contains a secret")
		}
	}
	return nil
}

// ended checks the answer to a context that was cancelled: the context's own
// error or "unavailable", and nothing that blames the person.
func (r result) ended() error {
	if r.err == nil {
		return errors.New("got an identity, want the call to end with its context")
	}
	for _, s := range []error{drivers.ErrCredentials, drivers.ErrRefused, drivers.ErrReply} {
		if errors.Is(r.err, s) {
			return fmt.Errorf("got %q, which blames somebody for a cancelled context", r.err)
		}
	}
	if !errors.Is(r.err, context.Canceled) && !errors.Is(r.err, drivers.ErrUnavailable) {
		return fmt.Errorf("got %q, want context.Canceled or %q", r.err, drivers.ErrUnavailable)
	}
	return r.silent()
}

// together makes the calls at one moment and returns the answers in order.
func together(calls []func() (drivers.Identity, error)) []result {
	start := make(chan struct{})
	answers := make([]chan result, len(calls))
	for i, call := range calls {
		answers[i] = make(chan result, 1)
		go func() {
			answers[i] <- guarded(func() (drivers.Identity, error) {
				<-start
				return call()
			})
		}()
	}
	close(start)
	out := make([]result, len(calls))
	for i := range answers {
		out[i] = <-answers[i]
	}
	return out
}

// cancelled is a context that is over already.
func cancelled(tb testing.TB) context.Context {
	ctx, cancel := context.WithCancel(tb.Context())
	cancel()
	return ctx
}

// fresh is a random string of 26 characters, all of them allowed in a PKCE
// verifier; two of them make one that is long enough (RFC 7636 §4.1).
func fresh() string { return rand.Text() }
