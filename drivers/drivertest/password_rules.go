package drivertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// What a driver must not be asked to carry further, in bytes.
const (
	maxLogin    = 256
	maxPassword = 1024
)

func provesPerson(tb testing.TB, f PasswordFixture) error {
	first := f.right(tb.Context())
	if err := first.proves(f.Person.Subject); err != nil {
		return err
	}
	return same(first.id, f.right(tb.Context()).id)
}

func aliasesLead(tb testing.TB, f PasswordFixture) error {
	for _, login := range f.Aliases {
		if err := f.ask(tb.Context(), login, f.Person.Password).proves(f.Person.Subject); err != nil {
			return fmt.Errorf("as %q: %w", login, err)
		}
	}
	return nil
}

// attempts asks with each pair and wants ErrCredentials each time.
func (f PasswordFixture) attempts(tb testing.TB, pairs ...Person) error {
	for _, p := range pairs {
		if err := f.ask(tb.Context(), p.Login, p.Password).denied(drivers.ErrCredentials, p.Password, f.Person.Password); err != nil {
			return fmt.Errorf("login %.40q, password %.40q: %w", p.Login, p.Password, err)
		}
	}
	return nil
}

// withPasswords pairs Person's login with each password.
func (f PasswordFixture) withPasswords(passwords ...string) []Person {
	out := make([]Person, len(passwords))
	for i, p := range passwords {
		out[i] = Person{Login: f.Person.Login, Password: p}
	}
	return out
}

// withLogins pairs Person's password with each login.
func (f PasswordFixture) withLogins(logins ...string) []Person {
	out := make([]Person, len(logins))
	for i, l := range logins {
		out[i] = Person{Login: l, Password: f.Person.Password}
	}
	return out
}

func deniesNearMisses(tb testing.TB, f PasswordFixture) error {
	p := f.Person.Password
	return f.attempts(tb, f.withPasswords(
		"no such password", p+" ", " "+p, p+"\n", p+"x", p+p, p[1:], p[:len(p)-1], swapCase(p),
		"*", "null", f.Person.Login, f.Person.Subject, strings.Repeat("x", maxPassword),
	)...)
}

func deniesUnknown(tb testing.TB, f PasswordFixture) error {
	return f.attempts(tb,
		Person{Login: f.Unknown, Password: f.Person.Password},
		Person{Login: f.Unknown, Password: f.Unknown},
		Person{Login: strings.Repeat("x", maxLogin), Password: f.Person.Password})
}

func deniesEmpty(tb testing.TB, f PasswordFixture) error {
	return f.attempts(tb, Person{Login: f.Person.Login}, Person{Login: f.Unknown}, Person{Password: f.Person.Password}, Person{})
}

func deniesNUL(tb testing.TB, f PasswordFixture) error {
	l, p := f.Person.Login, f.Person.Password
	return f.attempts(tb, append(
		f.withPasswords("\x00", "\x00"+p, p+"\x00", p+"\x00x"),
		f.withLogins("\x00", "\x00"+l, l+"\x00", l+"\x00x")...)...)
}

func deniesLong(tb testing.TB, f PasswordFixture) error {
	l, p := f.Person.Login, f.Person.Password
	return f.attempts(tb, append(
		f.withPasswords(strings.Repeat("x", maxPassword+1), p+strings.Repeat(" ", maxPassword), p+strings.Repeat("\x00", 1<<20)),
		f.withLogins(strings.Repeat("x", maxLogin+1), l+strings.Repeat(" ", maxLogin), strings.Repeat("*", 1<<20))...)...)
}

// deniesInjection uses the right password: a login that is taken for a
// pattern, a filter, a statement or a path would find the person.
func deniesInjection(tb testing.TB, f PasswordFixture) error {
	l := f.Person.Login
	return f.attempts(tb, f.withLogins(
		"*", l+"*", l[:1]+"*", "%", l[:1]+"%", l+"%", "_"+l[1:],
		l+")(objectClass=*", "*)(|(uid=*", l+"))(|(uid=*", `\2a`, `\`, l+`\`, l+"\xff", "\xff",
		l+",ou=admins", l+"+cn=root", "#"+l, `"`+l+`"`, "<"+l+">", l+";", l+"\r\n",
		l+"' OR '1'='1", l+"'--", l+`" OR ""="`, l+"/*", "$1", ":login", "{login}", "%s", "${login}",
		"../"+l, l+"/..", l+"?x", `{"$ne":null}`,
	)...)
}

func keepsPeopleApart(tb testing.TB, f PasswordFixture) error {
	if err := f.ask(tb.Context(), f.Other.Login, f.Other.Password).proves(f.Other.Subject); err != nil {
		return err
	}
	if f.Other.Subject == f.Person.Subject {
		return errors.New("two people have one subject")
	}
	return f.attempts(tb,
		Person{Login: f.Person.Login, Password: f.Other.Password},
		Person{Login: f.Other.Login, Password: f.Person.Password})
}

// forgetsTheLast alternates: a connection or a cache that keeps what the last
// caller proved would show.
func forgetsTheLast(tb testing.TB, f PasswordFixture) error {
	for range 3 {
		if err := f.right(tb.Context()).proves(f.Person.Subject); err != nil {
			return err
		}
		if err := f.attempts(tb, f.withPasswords("no such password", "")...); err != nil {
			return fmt.Errorf("after a right password: %w", err)
		}
		if err := f.attempts(tb, Person{Login: f.Unknown, Password: f.Person.Password}); err != nil {
			return fmt.Errorf("after a right password: %w", err)
		}
	}
	return nil
}

func givesValues(tb testing.TB, f PasswordFixture) error {
	first := f.right(tb.Context())
	if err := first.proves(f.Person.Subject); err != nil {
		return err
	}
	kept := clone(first.id)
	spoil(first.id)
	second := f.right(tb.Context())
	if err := second.proves(f.Person.Subject); err != nil {
		return err
	}
	return same(kept, second.id)
}

func standsTogether(tb testing.TB, f PasswordFixture) error {
	const rounds, callers = 3, 12
	ask := func(login, password string) func() (drivers.Identity, error) {
		return func() (drivers.Identity, error) {
			return f.Driver.Password.Authenticate(tb.Context(), login, password)
		}
	}
	for range rounds {
		var calls []func() (drivers.Identity, error)
		for range callers / 3 {
			calls = append(calls, ask(f.Person.Login, f.Person.Password),
				ask(f.Person.Login, "no such password"), ask(f.Unknown, f.Person.Password))
		}
		for i, r := range together(calls) {
			err := r.denied(drivers.ErrCredentials)
			if i%3 == 0 {
				err = r.proves(f.Person.Subject)
			}
			if err != nil {
				return fmt.Errorf("caller %d: %w", i, err)
			}
		}
	}
	return nil
}

// swapCase turns lower case into upper case and the reverse.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if up := strings.ToUpper(string(r)); up != string(r) {
			return []rune(up)[0]
		}
		return []rune(strings.ToLower(string(r)))[0]
	}, s)
}
