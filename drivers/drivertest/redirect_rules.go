package drivertest

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

func exchangeProves(tb testing.TB, f RedirectFixture) error {
	for range 2 {
		a, reply, err := f.visit(tb)
		if err != nil {
			return err
		}
		if err := f.exchange(tb.Context(), a, reply).proves(f.Subject); err != nil {
			return err
		}
	}
	return nil
}

// altered exchanges a good reply after change, and wants ErrReply.
func altered(tb testing.TB, f RedirectFixture, change func(a *drivers.Attempt, reply url.Values)) error {
	a, reply, err := f.visit(tb)
	if err != nil {
		return err
	}
	code := reply.Get("code")
	change(&a, reply)
	return f.exchange(tb.Context(), a, reply).denied(drivers.ErrReply, code, a.Verifier, f.Secret)
}

func deniesNoCode(tb testing.TB, f RedirectFixture) error {
	for what, change := range map[string]func(url.Values){
		"no code":        func(q url.Values) { q.Del("code") },
		"an empty code":  func(q url.Values) { q.Set("code", "") },
		"two codes":      func(q url.Values) { q.Add("code", q.Get("code")) },
		"an empty reply": func(q url.Values) { clear(q) },
		"a NUL":          func(q url.Values) { q.Set("code", q.Get("code")+"\x00") },
		"an endless one": func(q url.Values) { q.Set("code", strings.Repeat("x", 1<<20)) },
	} {
		if err := altered(tb, f, func(_ *drivers.Attempt, q url.Values) { change(q) }); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	state, a := f.attempt()
	if err := f.exchange(tb.Context(), a, nil).denied(drivers.ErrReply, state); err != nil {
		return fmt.Errorf("a nil reply: %w", err)
	}
	return nil
}

// deniesErrors sends every kind of provider error (RFC 6749 §4.1.2.1), each
// alone and beside a good code.
func deniesErrors(tb testing.TB, f RedirectFixture) error {
	for kind, allowed := range map[string][]error{
		"access_denied":           {drivers.ErrCredentials, drivers.ErrRefused},
		"temporarily_unavailable": {drivers.ErrUnavailable},
		"server_error":            {drivers.ErrUnavailable},
		"invalid_scope":           {drivers.ErrReply},
		"something new":           {drivers.ErrReply},
		"":                        {drivers.ErrReply},
	} {
		for _, withCode := range []bool{false, true} {
			a, reply, err := f.visit(tb)
			if err != nil {
				return err
			}
			if !withCode {
				reply.Del("code")
			}
			reply.Set("error", kind)
			reply.Set("error_description", "<script>"+strings.Repeat("x", 10_000))
			if err := f.exchange(tb.Context(), a, reply).oneOf(allowed); err != nil {
				return fmt.Errorf("error %q, with a code: %v: %w", kind, withCode, err)
			}
		}
	}
	return nil
}

// oneOf checks that exactly one of the allowed sentinels is the answer, in a
// text that a log can carry.
func (r result) oneOf(allowed []error) error {
	if r.err != nil && len(r.err.Error()) > 1000 {
		return errors.New("the error repeats the provider's text without bound")
	}
	var err error
	for _, want := range allowed {
		if err = r.denied(want); err == nil {
			return nil
		}
	}
	return err
}

func deniesForeignCode(tb testing.TB, f RedirectFixture) error {
	return altered(tb, f, func(_ *drivers.Attempt, q url.Values) { q.Set("code", fresh()) })
}

func deniesSecondUse(tb testing.TB, f RedirectFixture) error {
	a, reply, err := f.visit(tb)
	if err != nil {
		return err
	}
	again := maps.Clone(reply)
	if err := f.exchange(tb.Context(), a, reply).proves(f.Subject); err != nil {
		return err
	}
	return f.exchange(tb.Context(), a, again).denied(drivers.ErrReply, a.Verifier, f.Secret)
}

func deniesOtherVerifier(tb testing.TB, f RedirectFixture) error {
	for what, verifier := range map[string]string{"another": fresh() + fresh(), "no": ""} {
		if err := altered(tb, f, func(a *drivers.Attempt, _ url.Values) { a.Verifier = verifier }); err != nil {
			return fmt.Errorf("%s verifier: %w", what, err)
		}
	}
	return nil
}

func deniesOtherNonce(tb testing.TB, f RedirectFixture) error {
	for what, nonce := range map[string]string{"another": fresh(), "no": ""} {
		if err := altered(tb, f, func(a *drivers.Attempt, _ url.Values) { a.Nonce = nonce }); err != nil {
			return fmt.Errorf("%s nonce: %w", what, err)
		}
	}
	return nil
}

func deniesOtherRedirect(tb testing.TB, f RedirectFixture) error {
	return altered(tb, f, func(a *drivers.Attempt, _ url.Values) { a.RedirectURI += "/other" })
}

func exchangeGivesValues(tb testing.TB, f RedirectFixture) error {
	var kept drivers.Identity
	for i := range 2 {
		a, reply, err := f.visit(tb)
		if err != nil {
			return err
		}
		r := f.exchange(tb.Context(), a, reply)
		if err := r.proves(f.Subject); err != nil {
			return err
		}
		if i == 1 {
			return same(kept, r.id)
		}
		kept = clone(r.id)
		spoil(r.id)
	}
	return nil
}

// flowsStandTogether mixes replies that are right with replies that were
// given to the neighbour.
func flowsStandTogether(tb testing.TB, f RedirectFixture) error {
	const flows = 8
	var calls []func() (drivers.Identity, error)
	for i := range flows {
		a, reply, err := f.visit(tb)
		if err != nil {
			return err
		}
		if i%2 == 1 {
			_, a = f.attempt()
		}
		calls = append(calls, func() (drivers.Identity, error) {
			return f.Driver.Redirect.Exchange(tb.Context(), a, reply)
		})
	}
	for i, r := range together(calls) {
		err := r.denied(drivers.ErrReply)
		if i%2 == 0 {
			err = r.proves(f.Subject)
		}
		if err != nil {
			return fmt.Errorf("flow %d: %w", i, err)
		}
	}
	return nil
}

func exchangeEndsWithContext(tb testing.TB, f RedirectFixture) error {
	a, reply, err := f.visit(tb)
	if err != nil {
		return err
	}
	return f.exchange(cancelled(tb), a, reply).ended()
}

func exchangeUnavailable(tb testing.TB, f RedirectFixture) error {
	a, reply, err := f.visit(tb)
	if err != nil {
		return err
	}
	restore := f.Break(tb)
	err = f.exchange(tb.Context(), a, reply).denied(drivers.ErrUnavailable, reply.Get("code"), a.Verifier, f.Secret)
	restore()
	if err != nil {
		return err
	}
	return exchangeProves(tb, f)
}

func exchangeRechecks(tb testing.TB, f RedirectFixture) error {
	a, reply, err := f.visit(tb)
	if err != nil {
		return err
	}
	r := f.exchange(tb.Context(), a, reply)
	if err := r.proves(f.Subject); err != nil {
		return err
	}
	return recheck(tb.Context(), f.Driver, r.id.Subject, r.id.Upstream).proves(f.Subject)
}
