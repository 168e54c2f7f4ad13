package drivertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/signet-sso/signet/drivers"
)

// counter is a [portal] that takes codes of pages too.
type counter struct{ *portal }

func newCounter(fault string) RedirectFixture {
	p := newPortal(fault)
	f := p.fixture()
	f.Driver.Codes = counter{p}
	return f
}

// Entrance implements drivers.CodeTaker.
func (c counter) Entrance(context.Context) (drivers.Entrance, error) {
	e := drivers.Entrance{AuthorizeURL: "https://portal.test/authorize", ClientID: "signet", Scope: "openid"}
	switch c.fault {
	case "relative entrance":
		e.AuthorizeURL = "/authorize"
	case "another client":
		e.ClientID = "somebody"
	case "entrance shows secret":
		e.Scope = portalSecret
	}
	return e, nil
}

// TakeCode implements drivers.CodeTaker.
func (c counter) TakeCode(ctx context.Context, code drivers.PageCode) (drivers.Identity, error) {
	p := c.portal
	switch {
	case p.is("panics at odd codes") && strings.ContainsAny(code.Code, "\r\x00"):
		panic("odd")
	case strings.ContainsAny(code.Code, " \r\n\x00") && p.is("cleans codes"):
		code.Code, _, _ = strings.Cut(strings.TrimRight(code.Code, "\x00"), " ")
	}
	if err := ctx.Err(); err != nil && !p.is("ignores context") {
		return drivers.Identity{}, fmt.Errorf("redeem: %w", err)
	}
	if p.down {
		if p.is("down is a reply") {
			return drivers.Identity{}, drivers.ErrReply
		}
		return drivers.Identity{}, drivers.ErrUnavailable
	}
	return c.trade(code)
}

func (c counter) trade(code drivers.PageCode) (drivers.Identity, error) {
	p := c.portal
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code.Code]
	if !p.is("reuses codes") {
		delete(p.codes, code.Code)
	}
	switch {
	case !ok && p.is("any code"):
	case !ok && p.is("tells code"):
		return drivers.Identity{}, errors.Join(errors.New(code.Code), drivers.ErrReply)
	case !ok,
		g.challenge != "" && !p.is("challenge unchecked"),
		g.nonce != "" && !p.is("nonce unchecked"),
		g.redirect != code.RedirectURI && !p.is("redirect unchecked"):
		return drivers.Identity{}, drivers.ErrReply
	}
	id := clone(p.share)
	switch {
	case p.is("shares"):
		return p.share, nil
	case p.is("subject is login"):
		id.Subject = strings.ToUpper(id.Login)
	}
	return id, nil
}

func TestAnHonestDriverTakesCodes(t *testing.T) {
	TestCodes(t, newCounter(""))
}

// brokenCounters is for each rule how a driver may break it.
var brokenCounters = map[string][]string{
	"the entrance says where a page sends browsers, and no secret":                {"relative entrance", "another client", "entrance shows secret"},
	"a code that a page fetched proves the person, with the subject of a sign-in": {"subject is login"},
	"what is not one plain code is ErrReply":                                      {"cleans codes", "panics at odd codes"},
	"a code that the provider did not give is ErrReply":                           {"any code"},
	"R-05 a code is good for one page, once":                                      {"reuses codes", "tells code"},
	"a code for another page is ErrReply":                                         {"redirect unchecked"},
	"R-09 a code that was fetched with a challenge is ErrReply":                   {"challenge unchecked"},
	"R-08 a code that was fetched with a nonce is ErrReply":                       {"nonce unchecked"},
	"an identity is a value of its receiver":                                      {"shares"},
	"a cancelled context ends the exchange and blames nobody":                     {"ignores context"},
	"an unreachable provider is ErrUnavailable, and comes back":                   {"down is a reply"},
}

func TestEachCodeRuleFindsItsFault(t *testing.T) {
	for _, r := range codeRules() {
		if len(brokenCounters[r.name]) == 0 {
			t.Errorf("no fault is known for the rule %q", r.name)
		}
		for _, fault := range brokenCounters[r.name] {
			if err := r.check(t, newCounter(fault)); err == nil {
				t.Errorf("the rule %q did not find the fault %q", r.name, fault)
			}
		}
	}
}
