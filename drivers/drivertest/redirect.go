package drivertest

import (
	"context"
	"net/url"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// RedirectFixture is a redirect driver and the provider it sends browsers to.
// Driver, Subject, ClientID, RedirectURI and Visit are needed, the rest is
// what the provider can do.
type RedirectFixture struct {
	Driver drivers.Driver
	// Subject is who signs in when Visit goes well.
	Subject  string
	ClientID string
	// Secret is the client secret; no address may show it.
	Secret string
	// RedirectURI is registered at the provider.
	RedirectURI string
	// OpenID says that the driver sends a nonce and checks it.
	OpenID bool

	// Visit is the person's browser: it goes to the address that AuthURL made,
	// signs in, and returns the query that the provider sends it back with.
	Visit func(tb testing.TB, authURL string) url.Values
	// Break makes the provider unreachable for the driver until restore is
	// called.
	Break func(tb testing.TB) (restore func())
}

// TestRedirect holds a redirect driver to the contract.
func TestRedirect(t *testing.T, f RedirectFixture) {
	t.Helper()
	if err := f.Driver.Validate(); err != nil || f.Driver.Redirect == nil {
		t.Fatalf("the driver does not redirect: %v", err)
	}
	run(t, redirectRules(), f)
}

// attempt makes what the broker would remember of a new flow.
func (f RedirectFixture) attempt() (state string, a drivers.Attempt) {
	return fresh(), drivers.Attempt{RedirectURI: f.RedirectURI, Nonce: fresh(), Verifier: fresh() + fresh()}
}

// visit begins an attempt and lets the person sign in.
func (f RedirectFixture) visit(tb testing.TB) (drivers.Attempt, url.Values, error) {
	state, a := f.attempt()
	to, err := f.Driver.Redirect.AuthURL(tb.Context(), state, a)
	if err != nil {
		return a, nil, err
	}
	return a, f.Visit(tb, to), nil
}

// exchange is one call of the driver.
func (f RedirectFixture) exchange(ctx context.Context, a drivers.Attempt, reply url.Values) result {
	return guarded(func() (drivers.Identity, error) {
		return f.Driver.Redirect.Exchange(ctx, a, reply)
	})
}

func (f RedirectFixture) breaks() bool   { return f.Break != nil }
func (f RedirectFixture) openID() bool   { return f.OpenID }
func (f RedirectFixture) rechecks() bool { return f.Driver.Recheck != nil }

// redirectRules is the contract of drivers.Redirect.
func redirectRules() []rule[RedirectFixture] {
	return []rule[RedirectFixture]{
		{name: "the address carries the attempt, each part once", check: addressCarries},
		{name: "R-09 the address shows the S256 challenge and never the verifier or the secret", check: addressKeepsSecrets},
		{name: "R-08 the address carries the nonce", needs: RedirectFixture.openID, check: addressHasNonce},
		{name: "a good reply proves the person, with an immutable subject", check: exchangeProves},
		{name: "a reply without one plain code is ErrReply", check: deniesNoCode},
		{name: "R-11 a provider's error proves nobody, even beside a code", check: deniesErrors},
		{name: "a code that the provider did not give is ErrReply", check: deniesForeignCode},
		{name: "R-05 a code is good for one exchange", check: deniesSecondUse},
		{name: "R-09 a reply to another attempt is ErrReply", check: deniesOtherVerifier},
		{name: "R-08 a reply with another attempt's nonce is ErrReply", needs: RedirectFixture.openID, check: deniesOtherNonce},
		{name: "a code for another redirect URI is ErrReply", check: deniesOtherRedirect},
		{name: "an identity is a value of its receiver", check: exchangeGivesValues},
		{name: "flows at one moment get each their own answer", check: flowsStandTogether},
		{name: "a cancelled context ends the exchange and blames nobody", check: exchangeEndsWithContext},
		{name: "an unreachable provider is ErrUnavailable, and comes back", needs: RedirectFixture.breaks, check: exchangeUnavailable},
		{name: "a recheck names the same subject", needs: RedirectFixture.rechecks, check: exchangeRechecks},
	}
}
