package drivertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/signet-sso/signet/drivers"
)

// BearerFixture is a driver that reads access tokens, and the provider that
// gives them. Driver, Subject, Token and Now are needed, the rest is what the
// provider can do.
type BearerFixture struct {
	Driver drivers.Driver
	// Subject is whose the tokens are: the same as after a sign-in.
	Subject string
	// Secret is the client secret; no error may show it.
	Secret string
	// Now is the driver's clock.
	Now func() time.Time

	// Token gives a new good token.
	Token func(tb testing.TB) string
	// Strange gives a token that is good for somebody else's service.
	Strange func(tb testing.TB) string
	// Foreign is a token that can be seen not to be the provider's.
	Foreign string
	// End makes a token worthless, by time or by withdrawal.
	End func(tb testing.TB, token string)
	// Break makes the provider unreachable for the driver until restore is
	// called. It is left out where the driver has to ask nobody.
	Break func(tb testing.TB) (restore func())
}

// TestBearer holds a driver to the contract of drivers.BearerReader.
func TestBearer(t *testing.T, f BearerFixture) {
	t.Helper()
	if f.Driver.Bearer == nil {
		t.Fatal("the driver reads no access tokens")
	}
	run(t, bearerRules(), f)
}

// bearerRules is the contract of drivers.BearerReader.
func bearerRules() []rule[BearerFixture] {
	return []rule[BearerFixture]{
		{name: "a good token proves the person, with the subject of a sign-in", check: bearerProves},
		{name: "a good token ends after now, and at a time", check: bearerEnds},
		{name: "a token brings no session and nothing for later questions", check: bearerKeepsNothing},
		{name: "a token of its own could be its own", check: knowsItsOwn},
		{name: "a token of another issuer is not its own", needs: func(f BearerFixture) bool { return f.Foreign != "" }, check: knowsForeign},
		{name: "what nobody gave is ErrCredentials", check: deniesMadeUp},
		{name: "a token for another service is ErrCredentials", needs: func(f BearerFixture) bool { return f.Strange != nil }, check: deniesStrange},
		{name: "a token that has ended is ErrCredentials", needs: func(f BearerFixture) bool { return f.End != nil }, check: deniesEnded},
		{name: "an identity is a value of its receiver", check: bearerGivesValues},
		{name: "tokens at one moment get each their own answer", check: bearersStandTogether},
		{name: "a cancelled context ends the reading and blames nobody", check: bearerEndsWithContext},
		{name: "an unreachable provider is ErrUnavailable, and comes back", needs: func(f BearerFixture) bool { return f.Break != nil }, check: bearerUnavailable},
	}
}

// read is one call of the driver.
func (f BearerFixture) read(ctx context.Context, token string) (result, time.Time) {
	var expires time.Time
	r := guarded(func() (drivers.Identity, error) {
		b, err := f.Driver.Bearer.ReadBearer(ctx, token)
		expires = b.Expires
		return b.Identity, err
	})
	if errors.Is(r.err, errBroken) {
		return r, time.Time{} // the call may still be under way
	}
	return r, expires
}

// identity is read without the end.
func (f BearerFixture) identity(ctx context.Context, token string) result {
	r, _ := f.read(ctx, token)
	return r
}

func bearerProves(tb testing.TB, f BearerFixture) error {
	token := f.Token(tb)
	for range 2 {
		if err := f.identity(tb.Context(), token).proves(f.Subject); err != nil {
			return err
		}
	}
	return f.identity(tb.Context(), f.Token(tb)).proves(f.Subject)
}

func bearerEnds(tb testing.TB, f BearerFixture) error {
	r, expires := f.read(tb.Context(), f.Token(tb))
	if r.err != nil || !expires.After(f.Now()) {
		return fmt.Errorf("got the end %v, error %v, want a time to come", expires, r.err)
	}
	r, expires = f.read(tb.Context(), fresh())
	if r.err == nil || !expires.IsZero() {
		return fmt.Errorf("got the end %v beside error %v, want none", expires, r.err)
	}
	return nil
}

func bearerKeepsNothing(tb testing.TB, f BearerFixture) error {
	r := f.identity(tb.Context(), f.Token(tb))
	if r.err != nil || r.id.Session != "" || len(r.id.Upstream) > 0 {
		return fmt.Errorf("got the session %q and %d bytes for later, error %v, want neither", r.id.Session, len(r.id.Upstream), r.err)
	}
	return nil
}

func knowsItsOwn(tb testing.TB, f BearerFixture) error {
	if !f.Driver.Bearer.Issued(f.Token(tb)) {
		return errors.New("it disowns a token of its own")
	}
	return nil
}

func knowsForeign(_ testing.TB, f BearerFixture) error {
	if f.Driver.Bearer.Issued(f.Foreign) {
		return errors.New("it takes a foreign token for its own")
	}
	return nil
}

// deniesMadeUp reads what is no token, or none of the provider's. Whether any
// of it could be its own is open; that it does not panic is not.
func deniesMadeUp(tb testing.TB, f BearerFixture) error {
	good := f.Token(tb)
	for what, token := range map[string]string{
		"nothing": "", "a blank": " ", "dots": "..", "a word": fresh(), "a cut one": good[:len(good)-1], "a longer one": good + "x",
		"one with a blank before it": " " + good, "two": good + " " + good, "a NUL": good + "\x00", "a line break": good + "\r\nX: y",
		"no text": "\xff\xfe", "a form": good + "&active=true", "an endless one": strings.Repeat("x", 1<<20),
		"an endless JWT": "eyJhbGciOiJub25lIn0." + strings.Repeat("e", 1<<20) + ".", "five parts": "a.b.c.d.e",
	} {
		f.Driver.Bearer.Issued(token)
		if err := f.identity(tb.Context(), token).denied(drivers.ErrCredentials, good, f.Secret); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func deniesStrange(tb testing.TB, f BearerFixture) error {
	token := f.Strange(tb)
	return f.identity(tb.Context(), token).denied(drivers.ErrCredentials, token, f.Secret)
}

func deniesEnded(tb testing.TB, f BearerFixture) error {
	token := f.Token(tb)
	if err := f.identity(tb.Context(), token).proves(f.Subject); err != nil {
		return err
	}
	f.End(tb, token)
	return f.identity(tb.Context(), token).denied(drivers.ErrCredentials, token, f.Secret)
}

func bearerGivesValues(tb testing.TB, f BearerFixture) error {
	token := f.Token(tb)
	first := f.identity(tb.Context(), token)
	if err := first.proves(f.Subject); err != nil {
		return err
	}
	kept := clone(first.id)
	spoil(first.id)
	second := f.identity(tb.Context(), token)
	if err := second.proves(f.Subject); err != nil {
		return err
	}
	return same(kept, second.id)
}

// bearersStandTogether mixes good tokens with made-up ones.
func bearersStandTogether(tb testing.TB, f BearerFixture) error {
	const tokens = 8
	var calls []func() (drivers.Identity, error)
	for i := range tokens {
		token := fresh()
		if i%2 == 0 {
			token = f.Token(tb)
		}
		calls = append(calls, func() (drivers.Identity, error) {
			b, err := f.Driver.Bearer.ReadBearer(tb.Context(), token)
			return b.Identity, err
		})
	}
	for i, r := range together(calls) {
		err := r.denied(drivers.ErrCredentials)
		if i%2 == 0 {
			err = r.proves(f.Subject)
		}
		if err != nil {
			return fmt.Errorf("token %d: %w", i, err)
		}
	}
	return nil
}

func bearerEndsWithContext(tb testing.TB, f BearerFixture) error {
	token := f.Token(tb)
	if err := f.identity(tb.Context(), token).proves(f.Subject); err != nil {
		return err
	}
	return f.identity(cancelled(tb), token).ended()
}

func bearerUnavailable(tb testing.TB, f BearerFixture) error {
	token := f.Token(tb)
	restore := f.Break(tb)
	err := f.identity(tb.Context(), token).denied(drivers.ErrUnavailable, token, f.Secret)
	restore()
	if err != nil {
		return err
	}
	return f.identity(tb.Context(), f.Token(tb)).proves(f.Subject)
}
