package drivertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// TestCodes holds a redirect driver to the contract of drivers.CodeTaker. The
// provider of the fixture must take authorization requests without nonce and
// challenge: pages of other applications send none.
func TestCodes(t *testing.T, f RedirectFixture) {
	t.Helper()
	if f.Driver.Codes == nil {
		t.Fatal("the driver takes no codes")
	}
	run(t, codeRules(), f)
}

// codeRules is the contract of drivers.CodeTaker.
func codeRules() []rule[RedirectFixture] {
	return []rule[RedirectFixture]{
		{name: "the entrance says where a page sends browsers, and no secret", check: entranceLeads},
		{name: "a code that a page fetched proves the person, with the subject of a sign-in", check: codeProves},
		{name: "what is not one plain code is ErrReply", check: codeDeniesNone},
		{name: "a code that the provider did not give is ErrReply", check: codeDeniesMadeUp},
		{name: "R-05 a code is good for one page, once", check: codeDeniesSecondUse},
		{name: "a code for another page is ErrReply", check: codeDeniesOtherPage},
		{name: "R-09 a code that was fetched with a challenge is ErrReply", check: codeDeniesChallenged},
		{name: "R-08 a code that was fetched with a nonce is ErrReply", needs: RedirectFixture.openID, check: codeDeniesNonce},
		{name: "an identity is a value of its receiver", check: codeGivesValues},
		{name: "a cancelled context ends the exchange and blames nobody", check: codeEndsWithContext},
		{name: "an unreachable provider is ErrUnavailable, and comes back", needs: RedirectFixture.breaks, check: codeUnavailable},
	}
}

// fetch is a page of another application that sends the browser away by itself,
// with what it adds to the address.
func (f RedirectFixture) fetch(tb testing.TB, more map[string]string) (drivers.PageCode, error) {
	e, err := f.Driver.Codes.Entrance(tb.Context())
	if err != nil {
		return drivers.PageCode{}, err
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {e.ClientID}, "redirect_uri": {f.RedirectURI}, "scope": {e.Scope}, "state": {fresh()},
	}
	for name, value := range more {
		q.Set(name, value)
	}
	reply := f.Visit(tb, e.AuthorizeURL+"?"+q.Encode())
	return drivers.PageCode{Code: reply.Get("code"), RedirectURI: f.RedirectURI}, nil
}

// take is one call of the driver.
func (f RedirectFixture) take(ctx context.Context, c drivers.PageCode) result {
	return guarded(func() (drivers.Identity, error) { return f.Driver.Codes.TakeCode(ctx, c) })
}

func entranceLeads(tb testing.TB, f RedirectFixture) error {
	e, err := f.Driver.Codes.Entrance(tb.Context())
	if err != nil {
		return err
	}
	u, err := url.Parse(e.AuthorizeURL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return fmt.Errorf("got %q, %v, want an absolute web address", e.AuthorizeURL, err)
	}
	if e.ClientID != f.ClientID {
		return fmt.Errorf("got the client %q, want %q", e.ClientID, f.ClientID)
	}
	if f.Secret != "" && strings.Contains(e.AuthorizeURL+" "+e.Scope, f.Secret) {
		return errors.New("the entrance shows the secret")
	}
	return nil
}

func codeProves(tb testing.TB, f RedirectFixture) error {
	for range 2 {
		c, err := f.fetch(tb, nil)
		if err != nil {
			return err
		}
		if err := f.take(tb.Context(), c).proves(f.Subject); err != nil {
			return err
		}
	}
	return nil
}

// changed takes a code that was fetched and changed, and wants ErrReply.
func (f RedirectFixture) changed(tb testing.TB, more map[string]string, change func(*drivers.PageCode)) error {
	c, err := f.fetch(tb, more)
	if err != nil {
		return err
	}
	code := c.Code
	change(&c)
	return f.take(tb.Context(), c).denied(drivers.ErrReply, code, f.Secret)
}

func asFetched(*drivers.PageCode) {}

func codeDeniesNone(tb testing.TB, f RedirectFixture) error {
	for what, change := range map[string]func(code string) string{
		"no code":        func(string) string { return "" },
		"two codes":      func(code string) string { return code + " " + code },
		"a NUL":          func(code string) string { return code + "\x00" },
		"a line break":   func(code string) string { return code + "\r\nx" },
		"an endless one": func(string) string { return strings.Repeat("x", 1<<20) },
	} {
		if err := f.changed(tb, nil, func(c *drivers.PageCode) { c.Code = change(c.Code) }); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func codeDeniesMadeUp(tb testing.TB, f RedirectFixture) error {
	return f.changed(tb, nil, func(c *drivers.PageCode) { c.Code = fresh() })
}

func codeDeniesSecondUse(tb testing.TB, f RedirectFixture) error {
	c, err := f.fetch(tb, nil)
	if err != nil {
		return err
	}
	if err := f.take(tb.Context(), c).proves(f.Subject); err != nil {
		return err
	}
	return f.take(tb.Context(), c).denied(drivers.ErrReply, c.Code, f.Secret)
}

func codeDeniesOtherPage(tb testing.TB, f RedirectFixture) error {
	return f.changed(tb, nil, func(c *drivers.PageCode) { c.RedirectURI += "/other" })
}

func codeDeniesChallenged(tb testing.TB, f RedirectFixture) error {
	s256 := map[string]string{"code_challenge": challenge(fresh() + fresh()), "code_challenge_method": "S256"}
	return f.changed(tb, s256, asFetched)
}

func codeDeniesNonce(tb testing.TB, f RedirectFixture) error {
	return f.changed(tb, map[string]string{"nonce": fresh()}, asFetched)
}

func codeGivesValues(tb testing.TB, f RedirectFixture) error {
	var kept drivers.Identity
	for i := range 2 {
		c, err := f.fetch(tb, nil)
		if err != nil {
			return err
		}
		r := f.take(tb.Context(), c)
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

func codeEndsWithContext(tb testing.TB, f RedirectFixture) error {
	c, err := f.fetch(tb, nil)
	if err != nil {
		return err
	}
	return f.take(cancelled(tb), c).ended()
}

func codeUnavailable(tb testing.TB, f RedirectFixture) error {
	c, err := f.fetch(tb, nil)
	if err != nil {
		return err
	}
	restore := f.Break(tb)
	err = f.take(tb.Context(), c).denied(drivers.ErrUnavailable, c.Code, f.Secret)
	restore()
	if err != nil {
		return err
	}
	return codeProves(tb, f)
}
