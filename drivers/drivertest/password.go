package drivertest

import (
	"context"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// PasswordFixture is a password driver and whom its provider knows. Driver,
// Person and Unknown are needed, the rest is what the provider can do.
type PasswordFixture struct {
	Driver drivers.Driver
	// Person may enter. The password has at least eight characters, an ASCII
	// letter among them, and is not the login; the login has at least two. The
	// provider must not lock Person out for the wrong passwords of the suite.
	Person Person
	// Unknown is a login of nobody.
	Unknown string

	// Other may enter too, with another password.
	Other *Person
	// Disabled has this password but may not enter.
	Disabled *Person
	// Aliases are other logins that lead to Person.
	Aliases []string
	// Break makes the provider unreachable until restore is called.
	Break func(tb testing.TB) (restore func())
	// Stall makes the provider accept and never answer until restore is called.
	// reached is closed when a call waits for it.
	Stall func(tb testing.TB) (reached <-chan struct{}, restore func())
	// Rename gives Person another login at the provider and returns it. The
	// rule that uses it runs last, and the person keeps the new login.
	Rename func(tb testing.TB) (login string)
}

// TestPassword holds a password driver to the contract.
func TestPassword(t *testing.T, f PasswordFixture) {
	t.Helper()
	if err := f.Driver.Validate(); err != nil || f.Driver.Password == nil {
		t.Fatalf("the driver takes no password: %v", err)
	}
	run(t, passwordRules(), f)
}

// ask is one call of the driver.
func (f PasswordFixture) ask(ctx context.Context, login, password string) result {
	return guarded(func() (drivers.Identity, error) {
		return f.Driver.Password.Authenticate(ctx, login, password)
	})
}

// right asks for Person with the right password.
func (f PasswordFixture) right(ctx context.Context) result {
	return f.ask(ctx, f.Person.Login, f.Person.Password)
}

func (f PasswordFixture) breaks() bool     { return f.Break != nil }
func (f PasswordFixture) stalls() bool     { return f.Stall != nil }
func (f PasswordFixture) hasOther() bool   { return f.Other != nil }
func (f PasswordFixture) disables() bool   { return f.Disabled != nil }
func (f PasswordFixture) hasAliases() bool { return len(f.Aliases) > 0 }
func (f PasswordFixture) renames() bool    { return f.Rename != nil }
func (f PasswordFixture) rechecks() bool   { return f.Driver.Recheck != nil }

// passwordRules is the contract of drivers.Password. Rules that change the
// provider for good come last.
func passwordRules() []rule[PasswordFixture] {
	type f = PasswordFixture
	return []rule[PasswordFixture]{
		{name: "the right password proves the person, with an immutable subject", check: provesPerson},
		{name: "another login of a person leads to the same subject", needs: f.hasAliases, check: aliasesLead},
		{name: "L-15 a password that is not exactly right is ErrCredentials", check: deniesNearMisses},
		{name: "an unknown person is ErrCredentials", check: deniesUnknown},
		{name: "D-05 an empty password or login is ErrCredentials", check: deniesEmpty},
		{name: "D-06 a NUL in login or password is ErrCredentials", check: deniesNUL},
		{name: "X-03 an over-long login or password is ErrCredentials", check: deniesLong},
		{name: "D-02 a login made to be taken for something else proves nobody", check: deniesInjection},
		{name: "the password of one person opens nobody else's account", needs: f.hasOther, check: keepsPeopleApart},
		{name: "D-27 what came before changes no answer", check: forgetsTheLast},
		{name: "an identity is a value of its receiver", check: givesValues},
		{name: "callers at one moment get each their own answer", check: standsTogether},
		{name: "a cancelled context ends the call and blames nobody", check: endsWithContext},
		{name: "D-24 a call to a silent provider ends with its context", needs: f.stalls, check: endsWhenStalled},
		{name: "L-03 a disabled person is ErrRefused, but only with the right password", needs: f.disables, check: refusesDisabled},
		{name: "L-18 an unreachable provider is ErrUnavailable for everybody, and comes back", needs: f.breaks, check: saysUnavailable},
		{name: "D-05 what no provider need be asked is refused without one", needs: f.breaks, check: refusesUnasked},
		{name: "a recheck names the same subject", needs: f.rechecks, check: rechecksPerson},
		{name: "a recheck of somebody gone or disabled is ErrRefused", needs: f.rechecks, check: recheckRefuses},
		{name: "a recheck that cannot be made is ErrUnavailable", needs: func(x f) bool { return x.rechecks() && x.breaks() }, check: recheckUnavailable},
		{name: "D-16 a renamed person keeps the subject", needs: f.renames, check: keepsSubject},
	}
}
