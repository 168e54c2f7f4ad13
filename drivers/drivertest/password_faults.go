package drivertest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

func endsWithContext(tb testing.TB, f PasswordFixture) error {
	if err := f.right(cancelled(tb)).ended(); err != nil {
		return fmt.Errorf("the right password: %w", err)
	}
	if err := f.ask(cancelled(tb), f.Person.Login, "no such password").ended(); err != nil {
		return fmt.Errorf("a wrong password: %w", err)
	}
	return f.right(tb.Context()).proves(f.Person.Subject)
}

// endsWhenStalled cancels a call while the provider keeps it waiting.
func endsWhenStalled(tb testing.TB, f PasswordFixture) error {
	reached, restore := f.Stall(tb)
	ctx, cancel := context.WithCancel(tb.Context())
	defer cancel()
	r := guarded(func() (drivers.Identity, error) {
		go func() {
			select {
			case <-reached:
				cancel()
			case <-ctx.Done():
			}
		}()
		return f.Driver.Password.Authenticate(ctx, f.Person.Login, f.Person.Password)
	})
	restore()
	if err := r.ended(); err != nil {
		return err
	}
	return f.right(tb.Context()).proves(f.Person.Subject)
}

func refusesDisabled(tb testing.TB, f PasswordFixture) error {
	p := f.Disabled
	if err := f.ask(tb.Context(), p.Login, p.Password).denied(drivers.ErrRefused, p.Password); err != nil {
		return fmt.Errorf("the right password: %w", err)
	}
	return f.attempts(tb,
		Person{Login: p.Login, Password: "no such password"}, Person{Login: p.Login})
}

func saysUnavailable(tb testing.TB, f PasswordFixture) error {
	restore := f.Break(tb)
	err := f.unavailable(tb)
	restore()
	if err != nil {
		return err
	}
	if err := f.right(tb.Context()).proves(f.Person.Subject); err != nil {
		return fmt.Errorf("when the provider is back: %w", err)
	}
	return nil
}

func (f PasswordFixture) unavailable(tb testing.TB) error {
	for _, p := range []Person{f.Person, {Login: f.Person.Login, Password: "no such password"}, {Login: f.Unknown, Password: f.Person.Password}} {
		if err := f.ask(tb.Context(), p.Login, p.Password).denied(drivers.ErrUnavailable, p.Password); err != nil {
			return fmt.Errorf("login %q: %w", p.Login, err)
		}
	}
	return nil
}

// refusesUnasked takes the provider away: whoever still answers "unavailable"
// wanted to ask it about something that needs no question.
func refusesUnasked(tb testing.TB, f PasswordFixture) error {
	restore := f.Break(tb)
	defer restore()
	pairs := f.withPasswords("", "\x00", f.Person.Password+"\x00", strings.Repeat("x", maxPassword+1))
	pairs = append(pairs, f.withLogins("", "\x00", strings.Repeat("x", maxLogin+1))...)
	return f.attempts(tb, append(pairs, Person{Login: f.Unknown})...)
}

func keepsSubject(tb testing.TB, f PasswordFixture) error {
	login := f.Rename(tb)
	r := f.ask(tb.Context(), login, f.Person.Password)
	if err := r.proves(f.Person.Subject); err != nil {
		return fmt.Errorf("as %q: %w", login, err)
	}
	if r.id.Login != login {
		return fmt.Errorf("got login %q, want the new one, %q", r.id.Login, login)
	}
	return f.attempts(tb, Person{Login: f.Person.Login, Password: f.Person.Password})
}

// recheck is one call of the driver's Rechecker.
func recheck(ctx context.Context, d drivers.Driver, subject string, upstream []byte) result {
	return guarded(func() (drivers.Identity, error) {
		return d.Recheck.Recheck(ctx, subject, upstream)
	})
}

func rechecksPerson(tb testing.TB, f PasswordFixture) error {
	r := f.right(tb.Context())
	if err := r.proves(f.Person.Subject); err != nil {
		return err
	}
	again := recheck(tb.Context(), f.Driver, r.id.Subject, r.id.Upstream)
	if err := again.proves(f.Person.Subject); err != nil {
		return err
	}
	if err := recheck(cancelled(tb), f.Driver, r.id.Subject, r.id.Upstream).ended(); err != nil {
		return fmt.Errorf("with a cancelled context: %w", err)
	}
	return same(again.id, recheck(tb.Context(), f.Driver, r.id.Subject, r.id.Upstream).id)
}

func recheckRefuses(tb testing.TB, f PasswordFixture) error {
	gone := []string{"", "*", f.Person.Subject + "x", "no such subject"}
	if f.Disabled != nil {
		gone = append(gone, f.Disabled.Subject)
	}
	for _, subject := range gone {
		if err := recheck(tb.Context(), f.Driver, subject, nil).denied(drivers.ErrRefused); err != nil {
			return fmt.Errorf("subject %q: %w", subject, err)
		}
	}
	return nil
}

func recheckUnavailable(tb testing.TB, f PasswordFixture) error {
	r := f.right(tb.Context())
	restore := f.Break(tb)
	defer restore()
	return recheck(tb.Context(), f.Driver, r.id.Subject, r.id.Upstream).denied(drivers.ErrUnavailable)
}
